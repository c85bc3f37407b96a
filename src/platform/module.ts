import type { EntitySchema } from '@mikro-orm/core';
import type { App } from './app-types.ts';
import type { NodeLoaders } from './node.ts';
import type { Fact } from './outbox.ts';
import type { Consequence } from './work.ts';

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

/** A fact with its place in its organization's order. */
export interface PublishedFact extends Fact {
  id: string;
  sequence: bigint;
  recordedAt: Date;
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
  /** How `node(id)` finds this module's objects, by the prefix of their ids. */
  nodes?: NodeLoaders;
  /** Names of database constraints → what to tell the caller. */
  constraints?: Readonly<
    Record<
      string,
      {
        code: 'ALREADY_EXISTS' | 'CONFLICT' | 'IN_USE' | 'INVALID_STATE' | 'IMMUTABLE';
        path?: string[];
        message: string;
      }
    >
  >;
}
