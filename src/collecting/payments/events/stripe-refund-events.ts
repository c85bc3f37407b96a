import type { App } from '../../../platform/app-types.ts';
import type { Work } from '../../../platform/work.ts';
import { recordOutcome } from '../collection/record-outcome.ts';
import { holdPayment } from '../hold-payment.ts';
import { refundFact } from '../payment-facts.ts';
import { type ProviderEventRow, RefundEntity } from '../payments.entities.ts';
import { fromStripeAmount } from '../providers/stripe-amounts.ts';
import type { Stripe } from '../providers/stripe-client.ts';
import { idOf, marks, outcomeOfIntent, outcomeOfRefund } from '../providers/stripe-objects.ts';
import { drawRefund, refundRow } from '../refunds/create-refund.ts';
import { makeRoom } from '../refunds/make-room.ts';
import { recordHeldRefund, recordRefundOutcome, restoreCredit } from '../refunds/record-refund.ts';
import { type Effect, fetchObject, Ignored, objectOf, ourPayment } from './stripe-event-objects.ts';

/** A refund as it is now, whoever made it. */
export async function readRefundEvent(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const id = event.objectId ?? '';
  const refund = await fetchObject(() => stripe.refunds.retrieve(id));
  const intent = await intentOf(stripe, idOf(refund.payment_intent), 'the refund belongs to no payment intent');
  return refundsEffect(app, event.organizationId, intent, [refund]);
}

/** All refunds of a charge: the event of the charge may come before those of the refunds, or alone. */
export async function readChargeRefunds(app: App, stripe: Stripe, event: ProviderEventRow): Promise<Effect> {
  const chargeId = event.objectId ?? '';
  const intentId = idOf(objectOf(event).payment_intent as string | null);
  const intent = await intentOf(stripe, intentId, 'the charge belongs to no payment intent');
  const refunds: Stripe.Refund[] = [];
  for await (const refund of stripe.refunds.list({ charge: chargeId, limit: 100 })) refunds.push(refund);
  return refundsEffect(app, event.organizationId, intent, refunds);
}

async function intentOf(stripe: Stripe, id: string | null, orElse: string): Promise<Stripe.PaymentIntent> {
  if (!id) throw new Ignored(orElse);
  return fetchObject(() => stripe.paymentIntents.retrieve(id));
}

/** What was given back had come in before: the payment first, since the event of its success may come after this one. */
async function refundsEffect(
  app: App,
  organizationId: string,
  intent: Stripe.PaymentIntent,
  refunds: readonly Stripe.Refund[],
): Promise<Effect> {
  const paymentId = await ourPayment(app, organizationId, intent);
  if (!paymentId) throw new Ignored('the payment was not begun here');
  const outcome = outcomeOfIntent(intent);
  return async (work) => {
    let moved = await recordOutcome(work, { paymentId, attemptId: null, outcome, source: 'news' });
    if (moved) await work.flush();
    for (const refund of refunds) if (await recordProviderRefund(work, paymentId, refund)) moved = true;
    return moved;
  };
}

/** Records a refund as Stripe has it now: one of ours, or one that was made at Stripe and is ours from now on. */
async function recordProviderRefund(work: Work, paymentId: string, refund: Stripe.Refund): Promise<boolean> {
  const organizationId = work.organizationId;
  const outcome = outcomeOfRefund(refund);
  const known =
    (await work.findOne(RefundEntity, { organizationId, provider: 'stripe', providerRef: refund.id })) ??
    (await markedRefund(work, paymentId, refund));
  if (known) return recordRefundOutcome(work, known.id, outcome);
  if (outcome.status === 'failed' || outcome.status === 'canceled' || outcome.status === 'unknown') return false;
  return adoptRefund(work, paymentId, refund);
}

async function markedRefund(work: Work, paymentId: string, refund: Stripe.Refund) {
  const id = refund.metadata?.[marks.refund];
  if (!id || !/^[0-9a-f-]{36}$/.test(id)) return null;
  const found = await work.findOne(RefundEntity, { organizationId: work.organizationId, id, paymentId });
  return found?.providerRef && found.providerRef !== refund.id ? null : found;
}

/** Somebody gave money back at Stripe itself: the books follow. */
async function adoptRefund(work: Work, paymentId: string, refund: Stripe.Refund): Promise<boolean> {
  const organizationId = work.organizationId;
  const held = await holdPayment(work, paymentId, organizationId, { withUsers: true });
  if (!held) return false;
  // Several events tell of one refund, and may be applied at the same time: the first one in makes it.
  const known = await work.findOne(RefundEntity, { organizationId, provider: 'stripe', providerRef: refund.id });
  if (known) return recordRefundOutcome(work, known.id, outcomeOfRefund(refund));
  const { payment, account } = held;
  if (payment.status !== 'succeeded') throw new Error('the payment of a refund has not succeeded');
  const amount = fromStripeAmount(refund.amount, refund.currency);
  const at = account.now;
  await makeRoom(work, { payment, at }, amount);
  const row = refundRow(work, payment, {
    amount,
    reason: refund.reason ?? null,
    metadata: {},
    at,
    requestedBy: 'provider:stripe',
  });
  row.providerRef = refund.id;
  work.insert(RefundEntity, [row]);
  // It has happened already: as much as there is to take it from.
  await drawRefund(work, payment, row, at);
  work.announce(refundFact('refund.created', row, payment, at));
  const made = { refund: row, payment, at };
  recordHeldRefund(work, made, outcomeOfRefund(refund));
  await restoreCredit(work, made);
  return true;
}
