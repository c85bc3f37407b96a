import type { EntitySchema } from '@mikro-orm/core';
import type DataLoader from 'dataloader';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Actor } from './actor.ts';
import type { Clock } from './clock.ts';
import type { Database, Reader } from './database.ts';
import type { FactStream } from './fact-stream.ts';
import type { IdPrefix } from './id.ts';
import type { PublishedFact } from './outbox.ts';
import type { TryCounter } from './try-counter.ts';
import type { Consequence, Scope, Work } from './work.ts';

// What an app is, what its modules give it, and what a request has of it: each names the others, so they stand together.

/** The running application, as processes and doors see it. `src/app.ts` makes it. */
export interface App {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly modules: readonly Module[];
  readonly jobs: ReadonlyMap<string, Job>;
  /** One verb, one transaction; retried after conflicts; database constraints become DomainErrors. */
  transact<T>(scope: Scope, verb: (work: Work) => Promise<T>): Promise<T>;
  /** The same verb, kept by nobody: answers what it would have done. */
  rehearse<T>(scope: Scope, verb: (work: Work) => Promise<T>): Promise<T>;
  /** A snapshot of one organization for one request; close it. */
  read(organizationId: string): Reader;
  /** Rows of a sweep function (`select * from due_subscriptions(…)`): ids across organizations, nothing else. */
  sweep<T>(text: string, values?: unknown[]): Promise<T[]>;
  /** Wakes a job, now or later; a lost wake only delays. Jobs of the same name and key that wait are one. */
  wake(job: string, data?: unknown, options?: { key?: string; delayMs?: number }): void;
  /** The published facts of each organization in their order, for readers with a cursor. */
  readonly facts: FactStream;
  /** Tries of passwords, counted for all processes together. */
  readonly tries: TryCounter;
  /**
   * Publishes queued facts of these organizations (all when none is named) until none is left; answers how many. `once`:
   * what is there now, without a look whether there is more.
   */
  relay(organizations?: readonly string[], how?: { once?: boolean }): Promise<number>;
  close(): Promise<void>;
}

/** Work that falls due by itself on the clocks of accounts: renewals, retries, lapses. */
export interface Timer {
  name: string;
  /** The earliest instant at which something of a test clock's accounts falls due, or null. Reads only. */
  nextDue(app: App, clock: { organizationId: string; clockId: string }): Promise<Date | null>;
  /** Does all that is due on a test clock at or before `at`; the clock already stands there. */
  runDue(app: App, clock: { organizationId: string; clockId: string }, at: Date): Promise<void>;
}

/** A job of the worker: woken by the queue, true by the tables. Running it twice, late or never changes nothing but the delay. */
export interface Job {
  name: string;
  /** How often the worker looks by itself, in milliseconds, also when nothing woke it; 0 for jobs that are only woken. */
  everyMs: number;
  /** `leaveOff` is aborted when the process is to end: whoever works long stops at the next resting place. */
  run(app: App, data: unknown, leaveOff?: AbortSignal): Promise<void>;
  /** Most runs at a time in one worker. */
  concurrency?: number;
}

/** After commit, from the relay, at least once: for what may wait or leaves the house. */
export interface Reaction {
  facts: readonly string[];
  react(app: App, facts: readonly PublishedFact[]): Promise<void>;
}

/** A TypeGraphQL resolver class. */
export type ResolverClass = abstract new (...args: never[]) => object;

/** What the app must know of a module: `*.module.ts`. Delete its line in `modules.ts` and the feature is gone. */
export interface Module {
  name: string;
  entities?: readonly EntitySchema[];
  resolvers?: readonly ResolverClass[];
  /** Fact type → what must be true in the same transaction. */
  consequences?: Readonly<Record<string, Consequence>>;
  reactions?: readonly Reaction[];
  jobs?: readonly Job[];
  timers?: readonly Timer[];
  /** Bodies for what a module beneath asks for by name, and whose type it knows: so that nothing calls up. */
  offers?: Readonly<Record<string, unknown>>;
  /** How `node(id)` finds this module's objects, by the prefix of their ids. */
  nodes?: NodeLoaders;
  /** Names of database constraints → what to tell the caller. */
  constraints?: Readonly<
    Record<
      string,
      {
        code: 'ALREADY_EXISTS' | 'CONFLICT' | 'IN_USE' | 'NOT_FOUND' | 'INVALID_STATE' | 'IMMUTABLE';
        path?: string[];
        message: string;
      }
    >
  >;
}

/**
 * Reads objects of one kind for `node` and `nodes`: checks the permission, answers API objects by uuid and leaves out
 * what is missing or foreign.
 */
export type NodeLoader = (context: Context, ids: readonly string[]) => Promise<ReadonlyMap<string, object>>;
export type NodeLoaders = Readonly<Partial<Record<IdPrefix, NodeLoader>>>;

export type Mode = 'live' | 'sandbox';

/** Whom valid credentials name. `rateKey` is what points are counted by: an id, never the credential. */
export interface Identity {
  organizationId: string;
  mode: Mode;
  actor: Actor;
  permissions: ReadonlySet<string>;
  rateKey: string;
}

/** What every request has, also one without credentials. */
export interface PublicContext {
  app: App;
  requestId: string;
  /** Goes into the answer's `extensions`. */
  extensions: Record<string, unknown>;
}

/** Answers values in the order of the keys; an Error in place of a value refuses that key alone. */
export type Batch<Key, Value> = (keys: readonly Key[]) => Promise<readonly (Value | Error)[]>;

/** What a resolver gets: who asks, what they may, and one snapshot to read from. Plain properties only. */
export interface Context extends PublicContext {
  organizationId: string;
  mode: Mode;
  actor: Actor;
  permissions: ReadonlySet<string>;
  /** One snapshot, opened by the first read; the door closes it when the answer is done. */
  reader: Reader;
  loaders: Map<string, DataLoader<unknown, unknown>>;
  /** The request's loader of this name, made at its first use. Keys are strings or numbers. */
  loader<Key extends string | number, Value>(name: string, batch: Batch<Key, Value>): DataLoader<Key, Value>;
  /** The HTTP header `Idempotency-Key` of a request with a single mutation. */
  idempotencyKey: string | null;
  /** The names of all fields that the document asks for, of whatever type; null where nobody looked: any may be. */
  fieldNames: ReadonlySet<string> | null;
}
