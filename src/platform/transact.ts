import type { PoolClient } from 'pg';
import type { Clock } from './clock.ts';
import { beginText, type Database } from './database.ts';
import { type Consequences, type Scope, Work } from './work.ts';

/** What a process needs to run verbs. */
export interface Ground {
  database: Database;
  clock: Clock;
  consequences: Consequences;
  /** Called after a commit that announced facts of these organizations; only wakes, may be lost. */
  nudge(organizations: readonly string[]): void;
}

/** Serialization failures, deadlocks, lock time-outs: the whole transaction may be run again. */
const worthAnotherTry = new Set(['40001', '40P01', '55P03']);
const mostTries = 5;

/** Thrown by a verb that has seen it must begin anew with a fresh snapshot. */
export class BeginAnew extends Error {}

/**
 * One verb, one transaction. Runs it again after a conflict with another one (at most five times), with a fresh
 * snapshot each time; nothing outside the database may happen in it.
 */
export function transact<T>(ground: Ground, scope: Scope, verb: (work: Work) => Promise<T>): Promise<T> {
  return tryAgain(() => runOnce(ground, scope, verb));
}

/**
 * Runs a verb as `transact` does and keeps nothing: what it answers is what it would have done. The consequences of its
 * facts are left out.
 */
export function rehearse<T>(ground: Ground, scope: Scope, verb: (work: Work) => Promise<T>): Promise<T> {
  return tryAgain(() => rehearseOnce(ground, { ...scope, rehearsal: true }, verb));
}

async function tryAgain<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= mostTries || !isWorthAnotherTry(error)) throw error;
    }
  }
}

/** The SQLSTATE of a database error, or null. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

function isWorthAnotherTry(error: unknown): boolean {
  if (error instanceof BeginAnew) return true;
  const state = sqlState(error);
  if (state === '23505') return (error as { constraint?: string }).constraint === 'idempotency_keys_pkey';
  return state !== null && worthAnotherTry.has(state);
}

async function runOnce<T>(ground: Ground, scope: Scope, verb: (work: Work) => Promise<T>): Promise<T> {
  const { work, client, begun } = await begin(ground, scope);
  try {
    const answer = await verb(work);
    await work.consequencesDone();
    await work.settle();
    const written = work.flush();
    work.close();
    await commit(client, begun, written);
    client.release();
    if (work.facts.length > 0) ground.nudge(organizationsOf(work));
    return answer;
  } catch (error) {
    work.close();
    await rollBack(client);
    throw error;
  }
}

async function rehearseOnce<T>(ground: Ground, scope: Scope, verb: (work: Work) => Promise<T>): Promise<T> {
  const { work, client } = await begin(ground, scope);
  try {
    return await verb(work);
  } finally {
    work.close();
    // The answer needs nothing more of it: the connection is given back when it is clean again.
    void rollBack(client);
  }
}

async function begin(
  ground: Ground,
  scope: Scope,
): Promise<{ work: Work; client: PoolClient; begun: Promise<unknown> }> {
  const { database, clock, consequences } = ground;
  const text = beginText(scope.organizations, { readOnly: false });
  const client = await database.pool.connect();
  // The first statement does not wait for it: what goes wrong here goes wrong there, and is told as this.
  const begun = client.query(text);
  begun.catch(() => undefined);
  return { work: new Work({ orm: database.orm, client, begun }, scope, clock.now(), consequences), client, begun };
}

/** A broken connection can not be rolled back; the first error is the one that matters. */
function rollBack(client: PoolClient): Promise<void> {
  return client.query('rollback').then(
    () => client.release(),
    (broken) => client.release(broken),
  );
}

/** The last writes and the commit leave together. After a failed write the server answers a commit by rolling back. */
async function commit(client: PoolClient, begun: Promise<unknown>, written: Promise<void>): Promise<void> {
  const committed = client.query('commit');
  await Promise.allSettled([written, committed]);
  await begun;
  await written;
  if ((await committed).command !== 'COMMIT') throw new Error('the transaction was not committed');
}

function organizationsOf(work: Work): string[] {
  return [...new Set(work.facts.map((fact) => fact.organizationId))];
}
