import { createHash } from 'node:crypto';
import { type Actor, actorText } from './actor.ts';
import { DomainError, invalidInput, type UserErrorCode } from './errors.ts';
import { hashOf, once } from './idempotency.ts';
import { readSignedText, signText } from './signed-text.ts';
import type { Work } from './work.ts';

/** Seconds for which a preview may be carried out. */
const lifetimeSeconds = 3_600;
const purpose = 'preview';
const path = ['input', 'previewToken'];

/** What was previewed. */
export interface Previewed {
  /** The mutation that carries it out. */
  operation: string;
  /** The part of its input that decides what it comes to. */
  input: unknown;
}

/** What a mutation that carries out a preview is told of it. */
export interface Promised {
  token: string;
  /** The account's instant for which it holds. */
  at: Date;
  outcome: string;
  expires: string;
}

/** Who asks, under which secret of the operator. */
export interface Asking {
  secret: string;
  organizationId: string;
  actor: Actor;
}

/**
 * Signs what this rehearsal came to, for whoever rehearsed it. `at` is the account's instant for which it holds; `outcome` is
 * what must come out again, as plain JSON without ids of its own.
 */
export function signPreview(
  work: Work,
  secret: string,
  { operation, input, at, outcome }: Previewed & { at: Date; outcome: unknown },
): { token: string; expiresAt: Date } {
  const expiresAt = new Date(work.recordedAt.getTime() + lifetimeSeconds * 1_000);
  const token = signText(secret, purpose, {
    organization: work.organizationId,
    actor: actorText(work.actor),
    operation,
    input: hashOf(input),
    at: at.toISOString(),
    outcome: hashOf(outcome),
    expires: expiresAt.toISOString(),
  });
  return { token, expiresAt };
}

/**
 * What a token promises. INVALID_INPUT unless it was given to this caller, in this organization, for this mutation and input.
 */
export function readPreviewToken(asking: Asking, { operation, input }: Previewed, token: string): Promised {
  const facts = readSignedText(asking.secret, purpose, token);
  const isOurs = facts?.organization === asking.organizationId && facts.actor === actorText(asking.actor);
  if (!isOurs || facts.operation !== operation) throw invalidInput(path, 'This is not the token of such a preview.');
  if (facts.input !== hashOf(input)) {
    throw invalidInput(path, 'The token was given for another input; preview this one.');
  }
  const { at, outcome, expires } = facts as Record<string, string>;
  return { token, at: new Date(at!), outcome: outcome!, expires: expires! };
}

/**
 * Carries out what was previewed, once for its token whatever idempotency keys it comes with: runs the verb as of the preview's
 * instant and refuses with STALE_PREVIEW, so that nothing is written, unless it comes to the same. A repetition answers what the
 * first one did. IDEMPOTENCY_IN_PROGRESS while that still runs.
 */
export async function keepPromise<Ids>(
  work: Work,
  promised: Promised,
  { operation, input }: Previewed,
  verb: (at: Date) => Promise<Ids>,
  outcome: (ids: Ids) => unknown,
): Promise<{ result: Ids; replayed: boolean }> {
  const key = `preview ${createHash('sha256').update(promised.token).digest('base64url')}`;
  const carryOut = async () => {
    if (promised.expires <= work.recordedAt.toISOString()) throw stale('The preview is too old; ask for a new one.');
    const ids = await verb(promised.at).catch((error: unknown) => {
      throw isOverruled(error) ? stale(error.message) : error;
    });
    if (hashOf(await outcome(ids)) !== promised.outcome) {
      throw stale(
        'Something has changed since the preview, and it would not come to what was shown; ask for a new one.',
      );
    }
    return ids;
  };
  return once(work, { key, operation, input }, carryOut).catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'IDEMPOTENCY_IN_PROGRESS') throw error;
    throw new DomainError(error.code, 'This preview is being carried out by another request.', { path });
  });
}

const stale = (message: string) => new DomainError('STALE_PREVIEW', message, { path });

/** Refusals that say nothing of what has changed. */
const notOfChanges: readonly string[] = [
  'IDEMPOTENCY_IN_PROGRESS',
  'IDEMPOTENCY_KEY_REUSED',
  'STALE_PREVIEW',
] satisfies UserErrorCode[];

/** What was possible with this input when it was previewed is refused now. */
const isOverruled = (error: unknown): error is DomainError =>
  error instanceof DomainError && !notOfChanges.includes(error.code);
