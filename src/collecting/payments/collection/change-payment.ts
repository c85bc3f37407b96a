import { currencyMismatch, DomainError, invalidState, notFound } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { payable } from '../../invoicing/index.ts';
import { changePayment, type HeldPayment, holdPayment, isInTheAir } from '../hold-payment.ts';
import { heldFact } from '../payment-facts.ts';
import { capturePaymentInput, confirmPaymentInput } from '../payments.inputs.ts';
import { inFlightStatuses, refuseMove } from '../payments.lifecycle.ts';
import { startAttempt } from './claim-payment.ts';
import { retryPayment } from './collect-invoice.ts';
import { namedMethod } from './create-payment.ts';
import { end } from './stop-collecting.ts';

const path = ['input', 'paymentId'];

async function hold(work: Work, paymentId: string): Promise<HeldPayment> {
  const held = await holdPayment(work, paymentId);
  if (!held) throw notFound(path);
  return held;
}

function refuseInTheAir(held: HeldPayment): void {
  if (!isInTheAir(held.attempt) || held.attempt?.processing) return;
  throw new DomainError('PAYMENT_IN_FLIGHT', 'The payment is being decided right now.', { path });
}

function refuseCanceling(held: HeldPayment): void {
  if (held.payment.cancelRequestedAt) throw invalidState('The payment is being canceled.', path);
}

/**
 * Goes on with a payment while the customer is there: after they have acted, or with another method after a decline.
 * INVALID_STATE where there is nothing to go on with, PAYMENT_IN_FLIGHT while it is being decided.
 */
export async function confirmPayment(
  work: Work,
  given: { paymentId: string; paymentMethodId?: string | null | undefined },
): Promise<void> {
  const input = readInput(confirmPaymentInput, given);
  const held = await hold(work, input.paymentId);
  const { payment } = held;
  refuseInTheAir(held);
  const waits = payment.status === 'requires_action' || payment.status === 'failed' || isUntried(held);
  refuseCanceling(held);
  if (!waits) throw refuseMove(payment.status, 'confirmed', path);
  const method = input.paymentMethodId ? await namedMethod(work, held.account, input.paymentMethodId) : null;
  if (method && method.provider !== payment.provider) {
    throw new DomainError('CONFLICT', 'The payment was begun with another provider; create a new one.', {
      path: ['input', 'paymentMethodId'],
    });
  }
  if (payment.status === 'requires_action' && !method && payment.provider === 'stripe') {
    // The customer acts at Stripe; what came of it is looked up.
    changePayment(work, held, { nextAttemptAt: held.account.now, claimedUntil: null, lookups: 0 });
    return;
  }
  if (payment.status === 'failed') await refuseUnlessStillDue(work, held);
  const followsAction = payment.status === 'requires_action' && !method;
  await retryPayment(work, held, {
    paymentMethodId: method?.id ?? payment.paymentMethodId ?? null,
    offSession: false,
  });
  await startAttempt(work, held, { followsAction });
}

function isUntried(held: HeldPayment): boolean {
  return held.payment.status === 'pending' && held.attempt === null;
}

/** What was let go when it failed must still be due, and nobody else may be paying it. */
async function refuseUnlessStillDue(work: Work, held: HeldPayment): Promise<void> {
  for (const application of held.applications) {
    const invoice = held.invoices.get(application.invoiceId);
    const [other] = await work.rows(
      `select 1 from payment_applications where organization_id = $1 and invoice_id = $2::uuid and status = 'pending'`,
      [held.payment.organizationId, application.invoiceId],
    );
    if (other) throw new DomainError('PAYMENT_IN_FLIGHT', 'Another payment of its invoice is under way.', { path });
    if (invoice?.status !== 'open' || payable(invoice) < application.amount) {
      throw new DomainError('INVALID_STATE', 'Its invoice does not ask for this amount any more.', { path });
    }
  }
}

/**
 * Takes held money, all or a part (minor units); the rest is let go. INVALID_STATE unless it is held, or once it is being
 * canceled; AMOUNT_TOO_LARGE for more than is held. The provider is asked after the commit; asked for twice it is taken once.
 */
export async function capturePayment(
  work: Work,
  given: { paymentId: string; amount?: { amountMinor: bigint; currency: string } | null | undefined },
): Promise<void> {
  const input = readInput(capturePaymentInput, given);
  const held = await hold(work, input.paymentId);
  const { payment } = held;
  if (payment.status !== 'requires_capture') throw refuseMove(payment.status, 'captured', path);
  refuseCanceling(held);
  if (input.amount && input.amount.currency !== payment.currency) {
    const message = `The payment is in ${payment.currency}, the capture in ${input.amount.currency}.`;
    throw currencyMismatch(['input', 'amount', 'currency'], message);
  }
  const captureAmount = input.amount?.amountMinor ?? payment.amount;
  if (captureAmount > payment.amount) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'More cannot be captured than is held.', { path: ['input', 'amount'] });
  }
  if (payment.captureAmount && payment.captureAmount !== captureAmount) {
    throw new DomainError('CONFLICT', 'Another amount is being captured already.', { path: ['input', 'amount'] });
  }
  const at = held.account.now;
  if (payment.captureAmount) {
    // Asked for already; whoever is at it stays at it.
    changePayment(work, held, { nextAttemptAt: at });
    return;
  }
  changePayment(work, held, { captureAmount, nextAttemptAt: at, claimedUntil: null, lookups: 0 });
  work.announce(heldFact('payment.capture_requested', held, { captureAmount: captureAmount.toString() }));
}

/**
 * Ends a payment that has no money yet, and with it its retries. What the provider holds is let go after the commit, and
 * its answer decides. A capture that nobody is carrying out right now is given up for it. PAYMENT_IN_FLIGHT while it is
 * being decided or captured, INVALID_STATE once it is over.
 */
export async function cancelPayment(work: Work, given: { paymentId: string }): Promise<void> {
  const held = await hold(work, given.paymentId);
  const { payment } = held;
  refuseInTheAir(held);
  const open = inFlightStatuses.includes(payment.status) || payment.status === 'failed';
  if (!open) throw refuseMove(payment.status, 'canceled', path);
  if (payment.captureAmount && payment.claimedUntil && payment.claimedUntil > work.recordedAt) {
    throw new DomainError('PAYMENT_IN_FLIGHT', 'The payment is being captured right now.', { path });
  }
  // Asked for already, perhaps by the invoice: it is asked for again at once, whatever pause the provider was given.
  if (payment.cancelRequestedAt) changePayment(work, held, { nextAttemptAt: held.account.now });
  else await end(work, held, 'requested');
}

/**
 * INVALID_STATE where what was asked of a payment lost against the contrary wish after it was put on record: a capture
 * against a cancellation, or a cancellation against money that was taken first.
 */
export function refuseLostWish(
  payment: { status: string; cancelReason: string | null },
  wish: 'captured' | 'canceled',
): void {
  const { status } = payment;
  const taken = status === 'succeeded' || status === 'reversed';
  if (wish === 'canceled') {
    if (taken) throw refuseMove(status, wish, path);
  } else if (status === 'canceled') {
    throw refuseMove(status, wish, path);
  } else if (!taken && payment.cancelReason !== null) {
    throw invalidState('The payment is being canceled.', path);
  }
}
