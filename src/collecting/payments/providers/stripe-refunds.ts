import type { RefundOutcome, RefundRequest } from './gateway.ts';
import { toStripeAmount } from './stripe-amounts.ts';
import { deferred, readFault, type Stripe } from './stripe-client.ts';
import { idOf, marks, outcomeOfRefund } from './stripe-objects.ts';

const refusals: Readonly<Record<string, string>> = {
  charge_already_refunded: 'The payment has been refunded already.',
  charge_disputed: 'The payment is disputed and cannot be refunded.',
  refund_disputed_payment: 'The payment is disputed and cannot be refunded.',
};

const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;

/** Gives money back; the key is the refund's id, so that asking again gives the same refund. */
export async function refundAtStripe(stripe: Stripe, request: RefundRequest): Promise<RefundOutcome> {
  const { refund, payment, organizationId } = request;
  const amount = toStripeAmount(refund.amount, refund.currency, { minimum: false });
  if (!amount.ok || !payment.providerRef) return refused('amount_not_chargeable');
  const reason = reasons.find((known) => known === refund.reason);
  try {
    const made = await stripe.refunds.create(
      {
        payment_intent: payment.providerRef,
        amount: amount.amount,
        ...(reason ? { reason } : {}),
        metadata: {
          [marks.organization]: organizationId,
          [marks.payment]: payment.id,
          [marks.refund]: refund.id,
        },
      },
      { idempotencyKey: refund.id },
    );
    return outcomeOfRefund(made);
  } catch (error) {
    const fault = readFault(error);
    if (fault.kind === 'refused' || fault.kind === 'declined') return refused(fault.code);
    if (fault.kind === 'deferred') return deferred(fault, null);
    return { status: 'unknown', providerRef: null, final: fault.final };
  }
}

function refused(code: string): RefundOutcome {
  const message = refusals[code] ?? 'The payment provider did not accept the refund.';
  return { status: 'failed', providerRef: null, failure: { code, adviceCode: null, message } };
}

/** By its id, or among the refunds of the payment. */
export async function lookUpStripeRefund(stripe: Stripe, request: RefundRequest): Promise<RefundOutcome> {
  const { refund, payment } = request;
  try {
    if (refund.providerRef) return outcomeOfRefund(await stripe.refunds.retrieve(refund.providerRef));
    if (!payment.providerRef) return { status: 'absent', providerRef: null };
    for await (const one of stripe.refunds.list({ payment_intent: payment.providerRef, limit: 100 })) {
      if (one.metadata?.[marks.refund] === refund.id) return outcomeOfRefund(one);
    }
    return { status: 'absent', providerRef: null };
  } catch (error) {
    const fault = readFault(error);
    if (fault.kind === 'deferred') return deferred(fault, null);
    return { status: 'unknown', providerRef: null };
  }
}

/** The PaymentIntent that a refund or charge belongs to. */
export function intentOf(object: { payment_intent?: string | { id: string } | null }): string | null {
  return idOf(object.payment_intent);
}
