import { createHash } from 'node:crypto';
import { defineEntity } from '@mikro-orm/core';
import { columns, tenantFilter } from './columns.ts';
import { DomainError } from './errors.ts';
import type { Work } from './work.ts';

export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    key: columns.text().primary(),
    operation: columns.text(),
    requestHash: columns.text(),
    state: columns.text(),
    result: columns.data<unknown>().nullable(),
    recordedAt: columns.instant(),
    finishedAt: columns.instant().nullable(),
  },
});

export interface Request {
  /** The caller's key, or null when none was given: then the verb just runs. */
  key: string | null | undefined;
  operation: string;
  input: unknown;
}

interface Known {
  got: boolean;
  request_hash: string | null;
  operation: string | null;
  result: unknown;
}

/**
 * Whatever arrives twice happens once. The verb answers ids (JSON), never texts: a repetition gets the same ids and
 * reads the objects again. A refusal leaves nothing behind, so the same key may be tried again.
 * IDEMPOTENCY_KEY_REUSED for another input or operation, IDEMPOTENCY_IN_PROGRESS while the first one runs.
 */
export async function once<T>(
  work: Work,
  request: Request,
  verb: () => Promise<T>,
): Promise<{ result: T; replayed: boolean }> {
  if (!request.key) return { result: await verb(), replayed: false };
  const known = await lockKey(work, request.key);
  if (!known.got) {
    throw new DomainError('IDEMPOTENCY_IN_PROGRESS', 'A request with this idempotency key is still running.', {
      path: ['input', 'idempotencyKey'],
    });
  }
  const requestHash = hashOf(request.input);
  if (known.request_hash !== null) {
    if (known.request_hash !== requestHash || known.operation !== request.operation) {
      throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used with another input.', {
        path: ['input', 'idempotencyKey'],
      });
    }
    return { result: known.result as T, replayed: true };
  }
  const result = await verb();
  work.insert(IdempotencyKeyEntity, [
    {
      organizationId: work.organizationId,
      key: request.key,
      operation: request.operation,
      requestHash,
      state: 'finished',
      result: result as never,
      recordedAt: work.recordedAt,
      finishedAt: work.recordedAt,
    },
  ]);
  return { result, replayed: false };
}

async function lockKey(work: Work, key: string): Promise<Known> {
  const [row] = await work.rows<Known>(
    `select l.got, k.request_hash, k.operation, k.result
     from (select pg_try_advisory_xact_lock(lock_number(1, $1::text || ' ' || $2)) as got) l
     left join idempotency_keys k on k.organization_id = $1::uuid and k.key = $2`,
    [work.organizationId, key],
  );
  return row!;
}

/** The hash of an input whatever the order of its keys; bigint and Date by their text. */
export function hashOf(input: unknown): string {
  return createHash('sha256').update(canonical(input)).digest('hex');
}

function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return `"${value}"`;
  if (value instanceof Date) return `"${value.toISOString()}"`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, part]) => part !== undefined && part !== null)
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
