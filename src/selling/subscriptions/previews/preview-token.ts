import { createHash } from 'node:crypto';
import { issuedInvoices, substanceOf } from '../../../collecting/invoicing/index.ts';
import type { Context } from '../../../platform/context.ts';
import { DomainError, invalidInput } from '../../../platform/errors.ts';
import { hashOf } from '../../../platform/idempotency.ts';
import { readSignedText, signText } from '../../../platform/signed-text.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { readStanding, termsOf } from './agreed-terms.ts';

/** Seconds for which a preview may be carried out. */
const lifetimeSeconds = 3_600;
const purpose = 'preview';
const path = ['input', 'previewToken'];

/** What is to be done, by whom a preview may be carried out. */
export interface Previewed {
  /** The mutation that carries it out. */
  operation: string;
  /** Its input, without token and idempotency key. */
  input: unknown;
  secret: string;
}

/**
 * Signs what this rehearsal came to: the invoices it issued, and where it left the subscription. `at` is the account's
 * instant for which it holds.
 */
export function promise(
  work: Work,
  previewed: Previewed,
  at: Date,
  subscription: Billable,
): { token: string; expiresAt: Date } {
  const expiresAt = new Date(work.recordedAt.getTime() + lifetimeSeconds * 1_000);
  const token = signText(previewed.secret, purpose, {
    organization: work.organizationId,
    operation: previewed.operation,
    input: hashOf(previewed.input),
    at: at.toISOString(),
    outcome: outcomeOf(work, subscription),
    expires: expiresAt.toISOString(),
  });
  return { token, expiresAt };
}

/**
 * Carries out what was previewed: runs the verb as of the preview's instant and refuses with STALE_PREVIEW, so that nothing
 * is written, unless it comes to the same invoices and terms. Without a token the verb just runs. INVALID_INPUT for a
 * token that is none, or was given for another input.
 */
export async function keepPromise<T extends { id: string }>(
  work: Work,
  previewed: Previewed & { token: string | null | undefined },
  verb: (at: Date | undefined) => Promise<T>,
): Promise<T> {
  if (previewed.token === null || previewed.token === undefined) return verb(undefined);
  const facts = readSignedText(previewed.secret, purpose, previewed.token);
  if (facts?.organization !== work.organizationId || facts.operation !== previewed.operation) {
    throw invalidInput(path, 'This is not the token of such a preview.');
  }
  if (facts.input !== hashOf(previewed.input)) {
    throw invalidInput(path, 'The token was given for another input; preview this one.');
  }
  if (String(facts.expires) <= work.recordedAt.toISOString()) throw stale('The preview is too old; ask for a new one.');
  const answer = await verb(new Date(String(facts.at))).catch((error: unknown) => {
    throw isOverruled(error) ? stale(error.message) : error;
  });
  if (outcomeOf(work, await readStanding(work, answer.id)) !== facts.outcome) {
    throw stale('Something has changed since the preview, and it would not be billed as shown; ask for a new one.');
  }
  return answer;
}

/**
 * The key by which a mutation with a token happens once: the caller's own, or the token itself, so that what was promised
 * once is not done twice.
 */
export function keyOfPromise(
  context: Context,
  given: string | null | undefined,
  token: string | null | undefined,
): string | null | undefined {
  if (given != null || context.idempotencyKey !== null || token == null) return given;
  return `preview ${createHash('sha256').update(token).digest('base64url')}`;
}

const stale = (message: string) => new DomainError('STALE_PREVIEW', message, { path });

/** What was possible when it was previewed is not any more. */
const isOverruled = (error: unknown): error is DomainError =>
  error instanceof DomainError && (error.code === 'INVALID_STATE' || error.code === 'CONFLICT');

const outcomeOf = (work: Work, subscription: Billable) =>
  hashOf({ invoices: substanceOf(issuedInvoices(work)), terms: termsOf(subscription) });
