import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { changeAttempt, changePayment, type HeldPayment, holdPayment } from '../hold-payment.ts';
import { nextStep, type Step } from '../next-step.ts';
import { heldFact } from '../payment-facts.ts';
import {
  PaymentAttemptEntity,
  PaymentMethodEntity,
  type PaymentMethodRow,
  ProviderCustomerEntity,
} from '../payments.entities.ts';
import type { ChargeRequest, Provider } from '../providers/gateway.ts';
import { claimMilliseconds } from '../providers/keep-claim.ts';
import { recordHeldOutcome } from './record-outcome.ts';

/** What one worker may do at the provider until the claim runs out. */
export interface Claim {
  step: Exclude<Step, 'nothing' | 'cancel_here'>;
  provider: Provider;
  request: ChargeRequest;
  captureAmount: bigint;
  account: { id: string; name: string; email: string | null };
}

/**
 * Claims the next step of a payment that is due: nobody else takes it for a while, and the attempt, whose id is the
 * provider's idempotency key, is on record before anything leaves the house. `own`: the caller began the payment and may
 * make its first attempt, which is kept for it. Null if there is nothing to do.
 */
export async function claimPayment(work: Work, paymentId: string, own = false): Promise<Claim | null> {
  const held = await holdPayment(work, paymentId);
  if (!held || !isDue(work, held, own)) return null;
  const step = nextStep(held.payment, held.attempt, work.recordedAt);
  if (step === 'nothing') return null;
  if (step === 'cancel_here') {
    await tell(work, held, { status: 'canceled', providerRef: null });
    return null;
  }
  const method = await methodOf(work, held);
  if (step === 'charge' && !(await mayCharge(work, held, method))) return null;
  if (step === 'charge') await startAttempt(work, held, {});
  changePayment(work, held, { claimedUntil: new Date(work.recordedAt.getTime() + claimMilliseconds) });
  const customerRef = await customerOf(work, held);
  const { id, name, email } = held.account;
  return {
    step,
    provider: held.payment.provider as Provider,
    request: requestOf(held, method, customerRef),
    captureAmount: held.payment.captureAmount ?? held.payment.amount,
    account: { id, name, email: email ?? null },
  };
}

function isDue(work: Work, held: HeldPayment, own: boolean): boolean {
  const { nextAttemptAt, claimedUntil } = held.payment;
  if (!nextAttemptAt || nextAttemptAt > held.account.now) return false;
  return !claimedUntil || claimedUntil <= work.recordedAt || (own && !held.attempt);
}

function tell(work: Work, held: HeldPayment, outcome: Parameters<typeof recordHeldOutcome>[2]['outcome']) {
  return recordHeldOutcome(work, held, {
    paymentId: held.payment.id,
    attemptId: held.attempt?.id ?? null,
    source: 'answer',
    outcome,
  });
}

/** A method that was taken away meanwhile is not charged. */
async function mayCharge(work: Work, held: HeldPayment, method: PaymentMethodRow | null): Promise<boolean> {
  if (method && !method.detachedAt) return true;
  if (!method && !held.payment.offSession) return true;
  await startAttempt(work, held, {});
  const message = 'There is no payment method to charge.';
  const failure = { code: 'payment_method_missing', adviceCode: null, message, declineClass: 'new_card' as const };
  await tell(work, held, { status: 'failed', providerRef: null, failure });
  return false;
}

/** Puts the next attempt of a held payment on record. An attempt that waited for the customer ends with it. */
export async function startAttempt(work: Work, held: HeldPayment, options: { followsAction?: boolean }): Promise<void> {
  const { payment, account } = held;
  if (held.attempt?.status === 'requires_action') {
    changeAttempt(work, held, { status: 'canceled', clientSecret: null, finishedAt: account.now });
    // The index that allows one attempt in flight looks row by row.
    await work.flush();
  }
  held.attempt = {
    organizationId: payment.organizationId,
    id: newId(),
    paymentId: payment.id,
    attemptNo: (held.attempt?.attemptNo ?? 0) + 1,
    provider: payment.provider,
    providerRef: payment.providerRef ?? null,
    paymentMethodId: payment.paymentMethodId ?? null,
    offSession: payment.offSession,
    followsAction: options.followsAction ?? false,
    status: 'pending',
    processing: false,
    amount: payment.amount,
    failureCode: null,
    failureMessage: null,
    adviceCode: null,
    clientSecret: null,
    at: account.now,
    finishedAt: null,
    recordedAt: work.recordedAt,
  };
  work.insert(PaymentAttemptEntity, [held.attempt]);
  work.announce(heldFact('payment.attempted', held));
}

async function methodOf(work: Work, held: HeldPayment): Promise<PaymentMethodRow | null> {
  const { organizationId, paymentMethodId } = held.payment;
  return paymentMethodId ? work.findOne(PaymentMethodEntity, { organizationId, id: paymentMethodId }) : null;
}

async function customerOf(work: Work, held: HeldPayment): Promise<string | null> {
  const { organizationId, accountId, provider } = held.payment;
  if (provider !== 'stripe') return null;
  return (await work.findOne(ProviderCustomerEntity, { organizationId, accountId, provider }))?.providerRef ?? null;
}

function requestOf(held: HeldPayment, method: PaymentMethodRow | null, customerRef: string | null): ChargeRequest {
  const { payment, attempt } = held;
  return {
    organizationId: payment.organizationId,
    payment: {
      id: payment.id,
      amount: payment.amount,
      currency: payment.currency,
      captureMethod: payment.captureMethod as 'automatic' | 'manual',
      providerRef: payment.providerRef ?? null,
      accountId: payment.accountId,
      invoiceIds: held.applications.map((application) => application.invoiceId).sort(),
      settled: payment.status === 'succeeded',
    },
    attempt: {
      id: attempt?.id ?? payment.id,
      no: attempt?.attemptNo ?? 0,
      offSession: attempt?.offSession ?? payment.offSession,
      recordedAt: attempt?.recordedAt ?? payment.recordedAt,
      followsAction: attempt?.followsAction ?? false,
      charges: attempt?.providerRef ?? null,
    },
    method: method ? { id: method.id, providerRef: method.providerRef, type: method.type } : null,
    customerRef,
  };
}
