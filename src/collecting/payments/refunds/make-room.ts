import type { Work } from '../../../platform/work.ts';
import { type PaymentRow, RefundEntity, type RefundRow } from '../payments.entities.ts';
import { refundingOf } from './create-refund.ts';
import { recordHeldRefund, restoreCredit } from './record-refund.ts';

const unsent: readonly string[] = ['approved', 'pending', 'unknown'];

/**
 * Makes room for a refund that was made at the provider itself (minor units), beside those that were begun here. What the
 * provider has given back leaves ours, which it does not know, no money: the youngest of them fail, since it would refuse
 * them. One that may be on its way to the provider right now is decided there: throws, and what asks is tried again later.
 * The payment is locked by the caller.
 */
export async function makeRoom(
  work: Work,
  { payment, at }: { payment: PaymentRow; at: Date },
  amount: bigint,
): Promise<void> {
  const { organizationId, id: paymentId } = payment;
  let over = (await refundingOf(work, organizationId, paymentId)) + amount - payment.amount;
  if (over <= 0n) return;
  const own = await work.find(RefundEntity, { organizationId, paymentId, providerRef: null }, { recordedAt: 'desc' });
  for (const refund of own) {
    if (over <= 0n) break;
    if (!unsent.includes(refund.status)) continue;
    if (mayBeOnItsWay(refund)) throw new Error('a refund of the same payment is being decided');
    const held = { refund, payment, at };
    const message = 'The money was given back at the payment provider already.';
    const failure = { code: 'refunded_at_provider', adviceCode: null, message };
    recordHeldRefund(work, held, { status: 'failed', providerRef: null, failure });
    await restoreCredit(work, held);
    over -= refund.amount;
  }
  await work.flush();
}

function mayBeOnItsWay(refund: RefundRow): boolean {
  return refund.claimedUntil !== null || refund.lookups > 0;
}
