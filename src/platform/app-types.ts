import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Clock } from './clock.ts';
import type { Database, Reader } from './database.ts';
import type { FactStream } from './fact-stream.ts';
import type { Job, Module } from './module.ts';
import type { Scope, Work } from './work.ts';

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
  /** A snapshot of one organization for one request; close it. */
  read(organizationId: string): Reader;
  /** Rows of a sweep function (`select * from due_subscriptions(…)`): ids across organizations, nothing else. */
  sweep<T>(text: string, values?: unknown[]): Promise<T[]>;
  /** Wakes a job, now or later; a lost wake only delays. Jobs of the same name and key that wait are one. */
  wake(job: string, data?: unknown, options?: { key?: string; delayMs?: number }): void;
  /** The published facts of each organization in their order, for readers with a cursor. */
  readonly facts: FactStream;
  /**
   * Publishes queued facts of these organizations (all when none is named) until none is left; answers how many. `once`:
   * what is there now, without a look whether there is more.
   */
  relay(organizations?: readonly string[], how?: { once?: boolean }): Promise<number>;
  close(): Promise<void>;
}
