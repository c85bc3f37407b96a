import type Stripe from 'stripe';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import type { State } from '../engine/state.ts';
import { recordBalance } from './balance.ts';

/** The statuses that a refund can be moved to after it was made. */
export type LaterRefundStatus = 'succeeded' | 'failed' | 'canceled' | 'requires_action';

/** Books the money of a refund (minor units) out of the balance. */
export function bookRefund(state: State, refund: Stripe.Refund): void {
  const movement = { type: 'refund', amount: -refund.amount, currency: refund.currency, source: refund.id } as const;
  refund.balance_transaction = recordBalance(state, movement).id;
}

/** Counts a refund on its charge; a negative amount takes it back. */
export function countOnCharge(charge: Stripe.Charge, amount: number): void {
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
}

/** Moves a refund on. One that fails or is canceled gives its money back to the balance and leaves the charge. */
export function moveRefund(
  state: State,
  refund: Stripe.Refund,
  status: LaterRefundStatus,
  failureReason?: string,
): void {
  const before = structuredClone(refund);
  const wasCounted = refund.status !== 'failed' && refund.status !== 'canceled';
  refund.status = status;
  delete refund.pending_reason;
  if (status === 'failed') {
    refund.failure_reason = failureReason ?? 'unknown';
  }
  if ((status === 'failed' || status === 'canceled') && wasCounted) {
    const movement = {
      type: 'refund_failure',
      amount: refund.amount,
      currency: refund.currency,
      source: refund.id,
    } as const;
    refund.failure_balance_transaction = recordBalance(state, movement).id;
    countOnCharge(state.charges.get(idOf(refund.charge)!)!, -refund.amount);
  }
  if (status === 'failed') {
    emit(state, 'refund.failed', refund, before);
  }
  emit(state, 'refund.updated', refund, before);
  emit(state, 'charge.refund.updated', refund, before);
}
