import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { App } from './platform/app-types.ts';
import type { Clock } from './platform/clock.ts';
import { constraintErrors } from './platform/constraints.ts';
import { type Database, openDatabase, Reader } from './platform/database.ts';
import { FactStream } from './platform/fact-stream.ts';
import { IdempotencyKeyEntity } from './platform/idempotency.ts';
import type { Module, PublishedFact } from './platform/module.ts';
import { FactEntity, FactSequenceEntity, PublishedFactEntity, QueuedFactEntity } from './platform/outbox.ts';
import { mostAtOnce, publishFacts } from './platform/relay.ts';
import { type Ground, rehearse, transact } from './platform/transact.ts';
import { openTryCounter } from './platform/try-counter.ts';
import type { Consequence } from './platform/work.ts';

/** What wakes jobs and tells other processes that facts were published. Nothing is true by it: it only saves waiting. */
export interface Wires {
  wake: App['wake'];
  /** Facts of an organization were published by this process; the word says of which and how far. */
  ring(word: string): void;
  /** Facts were published by some process; the empty word: some may have been missed. */
  hear(heard: (word: string) => void): void;
  close(): Promise<void>;
}

export interface AppParts {
  config: Config;
  databaseUrl: string;
  connections: number;
  clock: Clock;
  log: Logger;
  modules: readonly Module[];
  wires: Wires;
}

const platformEntities = [FactEntity, QueuedFactEntity, FactSequenceEntity, PublishedFactEntity, IdempotencyKeyEntity];

/** Every entity of the platform and of the modules. */
export function entitiesOf(modules: readonly Module[]) {
  return [...platformEntities, ...modules.flatMap((module) => module.entities ?? [])];
}

/** The only place where everything meets: database, clock, queue, modules. */
export async function createApp(parts: AppParts): Promise<App> {
  const { config, clock, log, modules, wires } = parts;
  const database = await openDatabase({
    url: parts.databaseUrl,
    entities: entitiesOf(modules),
    connections: parts.connections,
  });
  const meaning = constraintErrors(modules);
  const ground: Ground = {
    database,
    clock,
    consequences: gatherConsequences(modules),
    nudge: (organizations) => wires.wake('relay', organizations, { key: 'relay' }),
  };
  const facts = new FactStream(database, log);
  wires.hear((word) => facts.heard(...readWord(word)));
  const tries = openTryCounter({ redisUrl: config.redisUrl, pool: database.pool, log });
  const app: App = {
    config,
    database,
    clock,
    log,
    modules,
    jobs: new Map(modules.flatMap((module) => module.jobs ?? []).map((job) => [job.name, job])),
    transact: (scope, verb) =>
      transact(ground, scope, verb).catch((error) => {
        throw meaning(error);
      }),
    rehearse: (scope, verb) =>
      rehearse(ground, scope, verb).catch((error) => {
        throw meaning(error);
      }),
    read: (organizationId) => new Reader(database.pool, organizationId),
    sweep: (text, values = []) => sweep(database, text, values),
    wake: wires.wake,
    facts,
    tries,
    relay: (organizations, how) => relay(app, ground, wires, organizations, how),
    close: async () => {
      facts.close();
      await tries.close();
      await wires.close();
      await database.close();
    },
  };
  return app;
}

function gatherConsequences(modules: readonly Module[]): Map<string, Consequence[]> {
  const gathered = new Map<string, Consequence[]>();
  for (const module of modules) {
    for (const [type, consequence] of Object.entries(module.consequences ?? {})) {
      gathered.set(type, [...(gathered.get(type) ?? []), consequence]);
    }
  }
  return gathered;
}

async function sweep<T>(database: Database, text: string, values: unknown[]): Promise<T[]> {
  const result = await database.pool.query(text, values);
  return result.rows as T[];
}

/** What the bell says, read; a process of another version may name the organization alone. */
function readWord(word: string): [organizationId: string, sequence: bigint | null] {
  const [organizationId = '', sequence] = word.split(':', 2);
  return [organizationId, /^\d{1,18}$/.test(sequence ?? '') ? BigInt(sequence!) : null];
}

async function relay(
  app: App,
  ground: Ground,
  wires: Wires,
  only?: readonly string[],
  how: { once?: boolean } = {},
): Promise<number> {
  let moved = 0;
  for (;;) {
    const organizations = only ?? (await organizationsWithFacts(app));
    let round = 0;
    for (const organizationId of organizations) {
      const facts = await publishFacts(ground, organizationId);
      if (facts.length === 0) continue;
      round += facts.length;
      app.facts.published(organizationId, facts);
      wires.ring(`${organizationId}:${facts.at(-1)!.sequence}`);
      await react(app, facts);
    }
    moved += round;
    if (round === 0 || (how.once && round < mostAtOnce)) return moved;
  }
}

async function organizationsWithFacts(app: App): Promise<string[]> {
  const rows = await app.sweep<{ organization_id: string }>('select * from organizations_with_queued_facts(5000)');
  return rows.map((row) => row.organization_id);
}

/** Reactions only wake what tables know anyway, so one that fails is logged and the sweep of its module finds the work. */
async function react(app: App, facts: readonly PublishedFact[]): Promise<void> {
  for (const module of app.modules) {
    for (const reaction of module.reactions ?? []) {
      const matching = facts.filter((fact) => reaction.facts.includes(fact.type));
      if (matching.length === 0) continue;
      await reaction.react(app, matching).catch((error) => {
        app.log.error({ err: error, module: module.name }, 'a reaction failed');
      });
    }
  }
}
