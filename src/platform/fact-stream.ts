import type { Logger } from 'pino';
import type { Database } from './database.ts';
import { Reader } from './database.ts';
import type { PublishedFact } from './outbox.ts';

/** Published facts kept in memory for each organization that somebody watches; older ones are read from the table. */
const mostKept = 2_000;
const mostRead = 1_000;
/** How often a watched organization is looked at although no bell rang. */
const lookMs = 1_000;

/** A published fact as this process knows it. */
export interface HeardFact extends PublishedFact {
  /** When it became known here, by the process's monotonic clock: what was looked up since saw all that came before it. */
  heardAt: number;
}

const none: readonly HeardFact[] = [];

/**
 * Called whenever there may be more. `from`: the first fact that may concern this watcher, where nothing else happened
 * since it was called last; without it the watcher has to look at everything.
 */
export type Wake = (from?: bigint) => void;

interface Watched {
  /** The last facts in order, without a gap. */
  recent: HeardFact[];
  /** The sequence that `recent` ends with; null until the first look. */
  last: bigint | null;
  watchers: Set<Wake>;
  /** Those of them that facts of one object concern, by its id. */
  byObject: Map<string, Set<Wake>>;
  /** Those that any fact may concern. */
  others: Set<Wake>;
  looking: Promise<void> | null;
  lookAgain: boolean;
}

/**
 * The published facts of organizations as readers with a cursor see them: each goes through the order at its own pace,
 * nothing is buffered for the slow one, and who reconnects goes on where it stopped. Bells only say "look".
 */
export class FactStream {
  private readonly watched = new Map<string, Watched>();
  private readonly database: Database;
  private readonly log: Logger;
  private timer: NodeJS.Timeout | null = null;

  constructor(database: Database, log: Logger) {
    this.database = database;
    this.log = log;
  }

  /** The sequence of an organization's newest published fact; 0 when there is none. */
  async head(organizationId: string): Promise<bigint> {
    const [row] = await this.query<{ last_sequence: bigint }>(
      organizationId,
      'select last_sequence from fact_sequences where organization_id = $1',
      [organizationId],
    );
    return row?.last_sequence ?? 0n;
  }

  /** Facts after a sequence, in order, at most a page of them. */
  async after(organizationId: string, sequence: bigint): Promise<readonly HeardFact[]> {
    return this.known(organizationId, sequence) ?? this.load(organizationId, sequence);
  }

  /** The same if they are at hand; null if they have to be read. */
  known(organizationId: string, sequence: bigint): readonly HeardFact[] | null {
    const watched = this.watched.get(organizationId);
    if (!watched || watched.last === null) return null;
    if (watched.last <= sequence) return none;
    const { recent } = watched;
    const [oldest] = recent;
    if (!oldest || oldest.sequence > sequence + 1n) return null;
    return recent.slice(Number(sequence + 1n - oldest.sequence));
  }

  /** Readers that watch now, for the metrics and for tests that look for leaks. */
  get watchers(): number {
    let count = 0;
    for (const watched of this.watched.values()) count += watched.watchers.size;
    return count;
  }

  /**
   * Calls back whenever there may be more; returns how to stop. `about`: the id of an object; only facts that name it
   * are of interest, so that a thousand watchers of a thousand objects are not all called for each fact.
   */
  watch(organizationId: string, wake: Wake, about: string | null = null): () => void {
    let watched = this.watched.get(organizationId);
    if (!watched) {
      watched = {
        recent: [],
        last: null,
        watchers: new Set(),
        byObject: new Map(),
        others: new Set(),
        looking: null,
        lookAgain: false,
      };
      this.watched.set(organizationId, watched);
    }
    const { watchers, byObject, others } = watched;
    const group = about === null ? others : (byObject.get(about) ?? new Set());
    if (about !== null) byObject.set(about, group);
    group.add(wake);
    watchers.add(wake);
    this.timer ??= setInterval(() => this.heard(''), lookMs);
    if (watched.last === null) void this.look(organizationId, watched);
    return () => {
      watchers.delete(wake);
      group.delete(wake);
      if (about !== null && group.size === 0 && byObject.get(about) === group) byObject.delete(about);
      if (watchers.size > 0 || this.watched.get(organizationId) !== watched) return;
      this.watched.delete(organizationId);
      if (this.watched.size === 0 && this.timer) {
        clearInterval(this.timer);
        this.timer = null;
      }
    };
  }

  /**
   * A bell rang for an organization, or for all ("" as after a lost connection). `sequence`: how far its facts are
   * published; what is known already, as of this process's own, needs no look.
   */
  heard(organizationId: string, sequence: bigint | null = null): void {
    if (organizationId === '') {
      for (const [id, watched] of this.watched) void this.look(id, watched);
      return;
    }
    const watched = this.watched.get(organizationId);
    if (!watched || (sequence !== null && watched.last !== null && watched.last >= sequence)) return;
    void this.look(organizationId, watched);
  }

  /** Facts that this very process has just published: taken without a look if they fit on. */
  published(organizationId: string, facts: readonly PublishedFact[]): void {
    const watched = this.watched.get(organizationId);
    if (!watched) return;
    if (watched.last !== null && facts[0]?.sequence === watched.last + 1n) this.append(watched, heard(facts));
    else void this.look(organizationId, watched);
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
    this.watched.clear();
  }

  private async look(organizationId: string, watched: Watched): Promise<void> {
    if (watched.looking) {
      watched.lookAgain = true;
      return watched.looking;
    }
    watched.looking = this.readOn(organizationId, watched)
      .catch((error: unknown) => this.log.warn({ err: error }, 'published facts could not be read'))
      .finally(() => {
        watched.looking = null;
        if (watched.lookAgain) {
          watched.lookAgain = false;
          void this.look(organizationId, watched);
        }
      });
    return watched.looking;
  }

  private async readOn(organizationId: string, watched: Watched): Promise<void> {
    if (watched.last === null) {
      watched.last = await this.head(organizationId);
      // Who looked before has looked at the table, and may have looked too early.
      for (const wake of watched.watchers) wake();
    }
    for (;;) {
      const facts = await this.load(organizationId, watched.last);
      const fresh = facts.filter((fact) => fact.sequence > (watched.last ?? 0n));
      this.append(watched, fresh);
      if (facts.length < mostRead) return;
    }
  }

  private append(watched: Watched, facts: readonly HeardFact[]): void {
    const [first] = facts;
    if (!first) return;
    const fits = first.sequence === (watched.last ?? 0n) + 1n;
    if (!fits) watched.recent = [];
    watched.recent.push(...facts);
    if (watched.recent.length > mostKept * 1.5) watched.recent = watched.recent.slice(-mostKept);
    watched.last = facts.at(-1)!.sequence;
    if (!fits) {
      for (const wake of watched.watchers) wake();
      return;
    }
    for (const wake of watched.others) wake(first.sequence);
    if (watched.byObject.size === 0) return;
    for (const fact of facts) {
      for (const id of namedBy(fact)) {
        for (const wake of watched.byObject.get(id) ?? []) wake(fact.sequence);
      }
    }
  }

  private async load(organizationId: string, sequence: bigint): Promise<HeardFact[]> {
    const facts = await this.query<PublishedFact>(
      organizationId,
      `select f.id, p.sequence, f.type, f.organization_id as "organizationId", f.object_type as "objectType", f.object_id as "objectId",
         f.account_id as "accountId", f.at, f.recorded_at as "recordedAt", f.data
       from published_facts p join facts f on f.organization_id = p.organization_id and f.id = p.fact_id
       where p.organization_id = $1 and p.sequence > $2 order by p.sequence limit ${mostRead}`,
      [organizationId, sequence.toString()],
    );
    return heard(facts);
  }

  private async query<T>(organizationId: string, text: string, values: unknown[]): Promise<T[]> {
    const reader = new Reader(this.database.pool, organizationId);
    try {
      return await reader.rows<T>(text, values);
    } finally {
      await reader.close();
    }
  }
}

function heard(facts: readonly PublishedFact[]): HeardFact[] {
  const heardAt = performance.now();
  return facts.map((fact) => ({ ...fact, heardAt }));
}

/** The ids of objects that a fact names, and other texts that no watcher waits for. */
function namedBy(fact: PublishedFact): Set<string> {
  const names = new Set([fact.objectId]);
  if (fact.accountId) names.add(fact.accountId);
  for (const value of Object.values(fact.data)) {
    if (typeof value === 'string') names.add(value);
    else if (Array.isArray(value)) for (const one of value) names.add(one as string);
  }
  return names;
}
