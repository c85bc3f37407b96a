import type { Work } from '../../../platform/work.ts';
import { declineClass } from '../../../rules/dunning.ts';
import { changeAttempt, changePayment, type HeldPayment, hasWish, holdPayment } from '../hold-payment.ts';
import { lookAgainAfter } from '../next-step.ts';
import { heldFact, type PaymentFactType } from '../payment-facts.ts';
import { type PaymentEvent, paymentMove } from '../payments.lifecycle.ts';
import type { ChargeOutcome } from '../providers/gateway.ts';
import { forgetRefusal, noteRefusal } from '../providers/refusals.ts';
import { endOfPatience, isStalled, refusedCode, type Shutting, stallPayment } from '../providers/stall.ts';
import { reverseHeld } from './reverse-payment.ts';
import { releaseApplications, reserveApplications, settleMoney } from './settle-money.ts';

export interface OutcomeInput {
  paymentId: string;
  outcome: ChargeOutcome;
  /** The attempt that was asked about; null when the provider told by itself. */
  attemptId: string | null;
  /** `answer`: to what we asked of it · `news`: seen by an event or another's look. */
  source: 'answer' | 'news';
  /** Nothing of the attempt can have reached the provider before this request. */
  unsent?: boolean;
}

const eventOf: Readonly<Record<ChargeOutcome['status'], PaymentEvent | null>> = {
  succeeded: 'succeed',
  reversed: 'reverse',
  requires_capture: 'hold',
  requires_action: 'ask',
  processing: 'wait',
  failed: 'fail',
  canceled: 'cancel',
  unknown: 'doubt',
  deferred: null,
  absent: null,
};

/**
 * The only place where the state of a payment moves by what a provider says. Older or repeated news changes nothing;
 * answers true if anything moved. Money that comes late, for a payment we had given up, counts all the same: it covers
 * what is still due and the rest becomes credit.
 */
export async function recordOutcome(work: Work, input: OutcomeInput): Promise<boolean> {
  const held = await holdPayment(work, input.paymentId);
  return held ? recordHeldOutcome(work, held, input) : false;
}

/** The same for a payment that is held already. */
export async function recordHeldOutcome(work: Work, held: HeldPayment, input: OutcomeInput): Promise<boolean> {
  const { outcome } = input;
  const event = eventOf[outcome.status];
  if (!event) {
    const shut = outcome.status === 'deferred' && outcome.shut ? { ...outcome, shut: outcome.shut } : null;
    if (shut) return standStill(work, held, input, shut);
    postpone(work, held, 'service', { claimedUntil: null });
    return false;
  }
  await leaveStandstill(work, held, input);
  if (isNotOfThisAttempt(held, input, event)) return ignore(work, held, input);
  const before = held.payment.status;
  const to = paymentMove(before, event);
  if (!to) return ignore(work, held, input);
  if (outcome.providerRef && !held.payment.providerRef) changePayment(work, held, { providerRef: outcome.providerRef });
  const same = to === before && held.attempt?.processing === (event === 'wait');
  const more = moreToTell(held, event);
  await moves[event](work, held, outcome, input.source);
  if (same) return false;
  if (event === 'reverse') return true;
  work.announce(heldFact(factOf[event], held, more));
  return true;
}

/** Access is refused: the payment stands still, or fails if that has gone on for too long and nothing can have been charged. */
async function standStill(work: Work, held: HeldPayment, input: OutcomeInput, shut: Shutting): Promise<boolean> {
  await noteRefusal(work, held.payment.organizationId, shut);
  const failure = input.unsent ? endOfPatience(held.payment, shut, work.recordedAt) : null;
  if (!failure) {
    stallPayment(work, held, shut, input.unsent ?? false);
    return false;
  }
  return recordHeldOutcome(work, held, { ...input, outcome: { status: 'failed', providerRef: null, failure } });
}

/** Whatever is known of the payment, it does not stand still; if Stripe answered for it, it lets us in again. */
async function leaveStandstill(work: Work, held: HeldPayment, { outcome, source }: OutcomeInput): Promise<void> {
  const { payment } = held;
  if (isStalled(payment)) changePayment(work, held, { failureCode: null, failureMessage: null });
  if (!payment.refusedSince || (outcome.status === 'failed' && outcome.failure.code === refusedCode)) return;
  changePayment(work, held, { refusedSince: null });
  if (source === 'answer' && outcome.providerRef) await forgetRefusal(work, payment.organizationId);
}

/**
 * A refusal or a wait that was only seen does not decide an attempt that we are just sending: it may be older than the
 * attempt. Its own answer will tell, or the next look. The same for the answer to an attempt that others followed.
 */
function isNotOfThisAttempt(held: HeldPayment, input: OutcomeInput, event: PaymentEvent): boolean {
  if (event === 'succeed') return false;
  const { attempt, payment } = held;
  if (input.source === 'answer') return input.attemptId !== null && attempt?.id !== input.attemptId;
  if (attempt?.status !== 'pending' || attempt.processing) return false;
  return event !== 'hold' && payment.status === 'pending';
}

function ignore(work: Work, held: HeldPayment, input: OutcomeInput): false {
  const { attempt, payment } = held;
  if (input.source === 'news') return false;
  if (payment.status === 'succeeded' && payment.nextAttemptAt) {
    changePayment(work, held, { nextAttemptAt: null, claimedUntil: null });
    return false;
  }
  const decided = ['succeeded', 'failed', 'canceled', 'reversed'].includes(payment.status);
  if (!decided && (attempt?.id ?? null) === input.attemptId) {
    postpone(work, held, 'answer', { claimedUntil: null });
  } else if (input.outcome.status !== payment.status) {
    work.announce(heldFact('payment.outcome_ignored', held, { outcome: input.outcome.status }));
  }
  return false;
}

const factOf: Readonly<Record<PaymentEvent, PaymentFactType>> = {
  wait: 'payment.processing',
  doubt: 'payment.unknown',
  ask: 'payment.requires_action',
  hold: 'payment.requires_capture',
  succeed: 'payment.succeeded',
  fail: 'payment.failed',
  cancel: 'payment.canceled',
  retry: 'payment.retried',
  reverse: 'payment.reversed',
};

/** `late`: we had given it up · `reason` of a cancellation: asked for, settled otherwise, superseded, or the provider's. */
function moreToTell(held: HeldPayment, event: PaymentEvent): Record<string, unknown> {
  if (event === 'succeed' && ['failed', 'canceled'].includes(held.payment.status)) return { late: true };
  if (event === 'cancel') return { reason: held.payment.cancelReason ?? 'provider' };
  return {};
}

type Move = (
  work: Work,
  held: HeldPayment,
  outcome: ChargeOutcome,
  source: OutcomeInput['source'],
) => Promise<void> | void;

const moves: Readonly<Record<PaymentEvent, Move>> = {
  wait: (work, held, outcome, source) => waitFor(work, held, { outcome, source }, 'pending', 'bank'),
  doubt: (work, held, outcome, source) => waitFor(work, held, { outcome, source }, 'unknown', 'answer'),
  ask: (work, held, outcome, source) => waitFor(work, held, { outcome, source }, 'requires_action', 'customer'),
  hold: (work, held, outcome, source) => waitFor(work, held, { outcome, source }, 'requires_capture', 'capture'),
  succeed,
  fail,
  cancel,
  retry: () => undefined,
  reverse,
};

/**
 * Not decided: the application stays reserved (again), and the provider is asked again after a while. News that says
 * nothing new puts off no wish, nor ends the claim of whoever is carrying it out.
 */
async function waitFor(
  work: Work,
  held: HeldPayment,
  { outcome, source }: Pick<OutcomeInput, 'outcome' | 'source'>,
  status: 'pending' | 'unknown' | 'requires_action' | 'requires_capture',
  waitingFor: 'bank' | 'answer' | 'customer' | 'capture',
): Promise<void> {
  const first = held.attempt?.status !== status;
  await reserveApplications(work, held);
  changeAttempt(work, held, {
    status,
    processing: outcome.status === 'processing',
    providerRef: outcome.providerRef ?? held.attempt?.providerRef ?? null,
    clientSecret:
      outcome.status === 'requires_action' ? (outcome.clientSecret ?? held.attempt?.clientSecret ?? null) : null,
    failureCode: null,
    failureMessage: null,
    adviceCode: null,
    finishedAt: null,
  });
  const nothingFailed = { failureCode: null, failureMessage: null, declineClass: null };
  if (source === 'news' && !first && hasWish(held.payment) && held.payment.nextAttemptAt) {
    changePayment(work, held, { status, ...nothingFailed });
    return;
  }
  postpone(work, held, waitingFor, { status, claimedUntil: null, ...nothingFailed, ...(first ? { lookups: 0 } : {}) });
}

/**
 * Says when the provider is asked again; at once if something is wanted of it, and if it did not do that although it was
 * asked, after seconds at first.
 */
function postpone(
  work: Work,
  held: HeldPayment,
  waitingFor: Parameters<typeof lookAgainAfter>[0],
  changes: Partial<HeldPayment['payment']>,
): void {
  const lookups = changes.lookups ?? held.payment.lookups;
  const wanted = hasWish(held.payment);
  const pause = wanted && (waitingFor === 'customer' || waitingFor === 'capture') ? 'answer' : waitingFor;
  const after = wanted && lookups === 0 ? 0 : lookAgainAfter(pause, lookups);
  const counted = { ...changes, lookups: lookups + 1 };
  const now = held.account.now;
  if (after !== null && held.payment.testClockId && (pause === 'answer' || pause === 'service')) {
    // A test clock may stand still while the provider is slow: it is the wall clock that counts here.
    const claimedUntil = lookups < looksAtOnceOnTestClocks ? null : plus(work.recordedAt, after);
    changePayment(work, held, { ...counted, nextAttemptAt: now, claimedUntil });
    return;
  }
  changePayment(work, held, { ...counted, nextAttemptAt: after === null ? null : plus(now, after) });
}

const looksAtOnceOnTestClocks = 3;
const plus = (at: Date, milliseconds: number) => new Date(at.getTime() + milliseconds);

const over = {
  nextAttemptAt: null,
  claimedUntil: null,
  lookups: 0,
  cancelRequestedAt: null,
  cancelReason: null,
  captureAmount: null,
};

async function succeed(work: Work, held: HeldPayment, outcome: ChargeOutcome): Promise<void> {
  const at = held.account.now;
  const received = outcome.status === 'succeeded' ? outcome.amountReceived : undefined;
  // Of a held amount less may be captured: what came in is what the payment is about from now on.
  const amount =
    received !== undefined && received > 0n && received < held.payment.amount ? received : held.payment.amount;
  changeAttempt(work, held, {
    status: 'succeeded',
    processing: false,
    providerRef: outcome.providerRef ?? held.attempt?.providerRef ?? null,
    clientSecret: null,
    failureCode: null,
    failureMessage: null,
    adviceCode: null,
    finishedAt: at,
  });
  const nothingFailed = { failureCode: null, failureMessage: null, declineClass: null };
  const again = outcome.status === 'succeeded' ? outcome.lookAgainAfter : undefined;
  const nextAttemptAt = again ? plus(at, again) : null;
  changePayment(work, held, { ...over, ...nothingFailed, nextAttemptAt, status: 'succeeded', amount, settledAt: at });
  await settleMoney(work, held);
}

/** The provider has taken back what it had brought; what is told of it is told there. */
function reverse(work: Work, held: HeldPayment, outcome: ChargeOutcome): Promise<void> | undefined {
  return outcome.status === 'reversed' ? reverseHeld(work, held, { reason: outcome.reason, notes: null }) : undefined;
}

async function fail(work: Work, held: HeldPayment, outcome: ChargeOutcome): Promise<void> {
  if (outcome.status !== 'failed') return;
  const { failure } = outcome;
  const failureCode = failure.code;
  changeAttempt(work, held, {
    status: 'failed',
    processing: false,
    providerRef: outcome.providerRef ?? held.attempt?.providerRef ?? null,
    clientSecret: null,
    failureCode,
    failureMessage: failure.message,
    adviceCode: failure.adviceCode,
    finishedAt: held.account.now,
  });
  releaseApplications(work, held);
  const { cancelRequestedAt, cancelReason } = held.payment;
  changePayment(work, held, {
    ...over,
    // A cancellation that was asked for still has to reach the provider, where the customer could yet pay.
    ...(cancelRequestedAt ? { cancelRequestedAt, cancelReason, nextAttemptAt: held.account.now } : {}),
    status: 'failed',
    failureCode,
    failureMessage: failure.message,
    declineClass: failure.declineClass ?? declineClass(failureCode, failure.adviceCode),
  });
}

function cancel(work: Work, held: HeldPayment, outcome: ChargeOutcome): void {
  changeAttempt(work, held, {
    ...(held.attempt && ['pending', 'unknown', 'requires_action', 'requires_capture'].includes(held.attempt.status)
      ? { status: 'canceled', finishedAt: held.account.now }
      : {}),
    processing: false,
    providerRef: outcome.providerRef ?? held.attempt?.providerRef ?? null,
    clientSecret: null,
  });
  releaseApplications(work, held);
  // Who asked for it, and why, stays on record.
  const { cancelRequestedAt, cancelReason } = held.payment;
  changePayment(work, held, { ...over, cancelRequestedAt, cancelReason, status: 'canceled' });
}
