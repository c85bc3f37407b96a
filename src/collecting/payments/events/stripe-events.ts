import type { App } from '../../../platform/app-types.ts';
import { recordOutcome } from '../collection/record-outcome.ts';
import type { ProviderEventRow } from '../payments.entities.ts';
import type { Stripe } from '../providers/stripe-client.ts';
import { idOf, outcomeOfIntent } from '../providers/stripe-objects.ts';
import { type Effect, fetchObject, Ignored, objectOf, ourPayment } from './stripe-event-objects.ts';
import { readCustomerEvent, readMethodEvent, readSetupEvent } from './stripe-method-events.ts';
import { readChargeRefunds, readRefundEvent } from './stripe-refund-events.ts';

type Reader = (app: App, stripe: Stripe, event: ProviderEventRow) => Promise<Effect>;

const readers: Readonly<Record<string, Reader>> = {
  'payment_intent.succeeded': readIntentEvent,
  'payment_intent.payment_failed': readIntentEvent,
  'payment_intent.processing': readIntentEvent,
  'payment_intent.requires_action': readIntentEvent,
  'payment_intent.canceled': readIntentEvent,
  'payment_intent.amount_capturable_updated': readIntentEvent,
  'charge.succeeded': readIntentEvent,
  'charge.failed': readIntentEvent,
  'charge.captured': readIntentEvent,
  'charge.expired': readIntentEvent,
  'charge.refunded': readChargeRefunds,
  'refund.created': readRefundEvent,
  'refund.updated': readRefundEvent,
  'refund.failed': readRefundEvent,
  'charge.refund.updated': readRefundEvent,
  'setup_intent.succeeded': readSetupEvent,
  'payment_method.attached': readMethodEvent,
  'payment_method.detached': readMethodEvent,
  'payment_method.updated': readMethodEvent,
  'payment_method.automatically_updated': readMethodEvent,
  'customer.updated': readCustomerEvent,
  'customer.deleted': readCustomerEvent,
};

const later: readonly [prefix: string, reason: string][] = [
  ['charge.dispute.', 'disputes are not offered yet'],
  ['checkout.session.', 'checkout is not offered yet'],
  ['invoice.', 'subscriptions that Stripe runs are not offered yet'],
  ['customer.subscription.', 'subscriptions that Stripe runs are not offered yet'],
];

/** Fetches what an event is about, as it is now, and answers what it does. Ignored for what is of no concern. */
export async function readStripeEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const read = Object.hasOwn(readers, event.type) ? readers[event.type] : undefined;
  if (!read) {
    const known = later.find(([prefix]) => event.type.startsWith(prefix));
    throw new Ignored(known ? known[1] : 'events of this type change nothing here');
  }
  return read(app, stripe, event);
}

/** The PaymentIntent of an event about one, or about a charge of one. */
function intentIdOf(event: ProviderEventRow): string {
  const object = objectOf(event);
  const id = event.type.startsWith('charge.') ? idOf(object.payment_intent as string | null) : event.objectId;
  if (!id) throw new Ignored('the charge belongs to no payment intent');
  return id;
}

async function readIntentEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const id = intentIdOf(event);
  const intent = await fetchObject(() => stripe.paymentIntents.retrieve(id));
  const paymentId = await ourPayment(app, event.organizationId, intent);
  if (!paymentId) throw new Ignored('the payment was not begun here');
  const outcome = outcomeOfIntent(intent);
  return (work) => recordOutcome(work, { paymentId, attemptId: null, outcome, source: 'news' });
}
