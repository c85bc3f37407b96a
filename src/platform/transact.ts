import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
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
 * entity manager each time; nothing outside the database may happen in it.
 */
export async function transact<T>(ground: Ground, scope: Scope, verb: (work: Work) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(ground, scope, verb);
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
  const em = ground.database.orm.em.fork() as SqlEntityManager;
  em.setFilterParams('tenant', { organizations: [...scope.organizations] });
  await em.begin();
  try {
    await showOnly(em, scope.organizations);
    const work = new Work(em, scope, ground.clock.now(), ground.consequences);
    const answer = await verb(work);
    await work.finish();
    await em.commit();
    if (work.facts.length > 0) ground.nudge(organizationsOf(work));
    return answer;
  } catch (error) {
    // A broken connection can not be rolled back; the first error is the one that matters.
    await em.rollback().catch(() => undefined);
    throw error;
  }
}

/**
 * The longest a transaction may wait for its process between two statements. One that was stopped or cut off holds rows
 * and the relay's turn: the server ends its transaction, and its writes are refused if it ever comes back.
 */
const longestPause = '15s';

/** Row-level security sees these organizations until the transaction ends; no later one inherits them. */
async function showOnly(em: SqlEntityManager, organizations: readonly string[]): Promise<void> {
  const trx = em.getTransactionContext<{ executeQuery(query: unknown): Promise<unknown> }>();
  await trx?.executeQuery(
    CompiledQuery.raw(
      `select set_config('perennial.organizations', $1, true), set_config('idle_in_transaction_session_timeout', $2, true)`,
      [`{${organizations.join(',')}}`, longestPause],
    ),
  );
}

function organizationsOf(work: Work): string[] {
  return [...new Set(work.facts.map((fact) => fact.organizationId))];
}
