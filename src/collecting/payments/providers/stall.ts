import type { Work } from '../../../platform/work.ts';
import { changeAttempt, changePayment, type HeldPayment } from '../hold-payment.ts';
import { heldFact } from '../payment-facts.ts';
import type { Deferred, Failure, Shut } from './gateway.ts';

/** The failure code of what waits until its provider is connected. */
const disconnectedCode = 'provider_disconnected';
/** The failure code of what waits until its provider lets us in again, and of what has waited in vain. */
export const refusedCode = 'provider_access_refused';

/** A provider that did nothing, and will not until somebody acts. */
export type Shutting = Deferred & { shut: Shut };

/** For so long something waits for access that is refused, before it fails: 7 days on the wall clock. */
export const patienceMilliseconds = 7 * 24 * 3_600_000;

/** Whether it waits for its provider to be connected, or to let us in again. */
export function isStalled(row: { failureCode?: string | null }): boolean {
  return row.failureCode === disconnectedCode || row.failureCode === refusedCode;
}

/** The failure code of what stands still. */
export function codeOf({ shut }: Shutting): string {
  return shut === 'disconnected' ? disconnectedCode : refusedCode;
}

function messageOf({ shut, reason }: Shutting): string {
  return shut === 'disconnected'
    ? 'The payment provider is not connected. It goes on once it is connected.'
    : `The payment provider refuses access: ${reason} It goes on once access is given.`;
}

/** Since when access has been refused for it; null where nobody refuses anything. */
export function since(row: { refusedSince?: Date | null }, { shut }: Shutting, recordedAt: Date): Date | null {
  return shut === 'disconnected' ? (row.refusedSince ?? null) : (row.refusedSince ?? recordedAt);
}

/**
 * How it fails once access was refused for too long; null as long as it waits. Only for what cannot have reached the
 * provider. Soft: the customer's card is not at fault, and the operator may mend the key while it is retried.
 */
export function endOfPatience(row: { refusedSince?: Date | null }, shut: Shutting, recordedAt: Date): Failure | null {
  if (shut.shut === 'disconnected' || !row.refusedSince) return null;
  if (recordedAt.getTime() - row.refusedSince.getTime() < patienceMilliseconds) return null;
  const message = `The payment provider refused access for too long: ${shut.reason} No money was taken.`;
  return { code: refusedCode, adviceCode: null, message, declineClass: 'soft' };
}

/**
 * A provider that is not connected, or does not let us in, is not asked again by each payment: it stands still, says why,
 * and goes on when somebody connects it or it lets us in (`resumeStalled`). An attempt of which nothing can have left the
 * house is over, so that the invoice can be paid otherwise meanwhile, or voided.
 */
export function stallPayment(work: Work, held: HeldPayment, shut: Shutting, unsent: boolean): void {
  const { payment, account } = held;
  const told = isStalled(payment);
  const why = { failureCode: codeOf(shut), failureMessage: messageOf(shut) };
  if (unsent) changeAttempt(work, held, { ...why, status: 'canceled', finishedAt: account.now });
  else changeAttempt(work, held, why);
  // One that is to be canceled, and that the provider cannot know of, needs nobody's answer.
  const ends = payment.cancelRequestedAt && unsent && !payment.providerRef;
  const refusedSince = since(payment, shut, work.recordedAt);
  changePayment(work, held, {
    ...why,
    refusedSince,
    claimedUntil: null,
    nextAttemptAt: ends ? account.now : null,
  });
  if (!told) work.announce(heldFact('payment.stalled', held));
}
