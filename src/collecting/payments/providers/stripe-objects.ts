import { visibleDeclineCode } from '../../../rules/dunning.ts';
import { declineMessage } from './decline-messages.ts';
import type { ChargeOutcome, Failure, MethodDescription, RefundOutcome } from './gateway.ts';
import { fromStripeAmount } from './stripe-amounts.ts';
import type { Stripe } from './stripe-client.ts';

/** Metadata by which our objects are known again at Stripe, also when an answer was lost. */
export const marks = {
  organization: 'perennial_organization',
  account: 'perennial_account',
  payment: 'perennial_payment',
  attempt: 'perennial_attempt',
  invoices: 'perennial_invoices',
  refund: 'perennial_refund',
} as const;

/** The id of an expandable field. */
export function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === 'string' ? value : (value?.id ?? null);
}

/** A decline as we keep it; the message is one the customer may read. */
export function declineOf(code: string, adviceCode: string | null): Failure {
  return { code, adviceCode, message: declineMessage(visibleDeclineCode(code)) };
}

/** What a PaymentIntent, as it is now, says about our payment. */
export function outcomeOfIntent(intent: Stripe.PaymentIntent): ChargeOutcome {
  // The SDK hands on any JSON without an error as if it were the object that was asked for.
  if (intent?.object !== 'payment_intent') return { status: 'unknown', providerRef: null };
  const providerRef = intent.id;
  switch (intent.status) {
    case 'succeeded':
      return {
        status: 'succeeded',
        providerRef,
        amountReceived: fromStripeAmount(intent.amount_received, intent.currency),
      };
    case 'requires_capture':
      return { status: 'requires_capture', providerRef };
    case 'processing':
      return { status: 'processing', providerRef };
    case 'canceled':
      return { status: 'canceled', providerRef };
    case 'requires_action':
    case 'requires_confirmation':
      return { status: 'requires_action', providerRef, clientSecret: intent.client_secret };
    case 'requires_payment_method':
      return refusedOrWaiting(intent);
    default:
      return { status: 'unknown', providerRef };
  }
}

function refusedOrWaiting(intent: Stripe.PaymentIntent): ChargeOutcome {
  const error = intent.last_payment_error;
  if (!error) return { status: 'requires_action', providerRef: intent.id, clientSecret: intent.client_secret };
  const failure = declineOf(error.decline_code ?? error.code ?? 'generic_decline', error.advice_code ?? null);
  return { status: 'failed', providerRef: intent.id, failure };
}

/** What a Refund, as it is now, says about ours. */
export function outcomeOfRefund(refund: Stripe.Refund): RefundOutcome {
  if (refund?.object !== 'refund') return { status: 'unknown', providerRef: null };
  const providerRef = refund.id;
  switch (refund.status) {
    case 'succeeded':
    case 'pending':
    case 'requires_action':
    case 'canceled':
      return { status: refund.status, providerRef };
    case 'failed': {
      const message = 'The bank of the customer did not take the refund.';
      const code = refund.failure_reason ?? 'refund_failed';
      return { status: 'failed', providerRef, failure: { code, adviceCode: null, message } };
    }
    default:
      return { status: 'unknown', providerRef };
  }
}

/** What may be known of a PaymentMethod. */
export function describeStripeMethod(method: Stripe.PaymentMethod): MethodDescription {
  const bank = method.us_bank_account ?? method.sepa_debit ?? null;
  return {
    providerRef: method.id,
    type: method.type,
    brand: method.card?.brand ?? null,
    last4: method.card?.last4 ?? bank?.last4 ?? null,
    expMonth: method.card?.exp_month ?? null,
    expYear: method.card?.exp_year ?? null,
  };
}
