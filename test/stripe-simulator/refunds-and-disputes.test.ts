import { expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { endWithEachTest, eventTypes, refusal, startWithSdk } from './support.ts';

endWithEachTest();

function pay(stripe: Stripe, card = 'pm_card_visa'): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    off_session: true,
    payment_method: card,
    capture_method: 'automatic',
  });
}

test('partial refunds add up until the charge is refunded', async () => {
  const { simulator, stripe } = await startWithSdk();
  const intent = await pay(stripe);
  const first = await stripe.refunds.create({
    payment_intent: intent.id,
    amount: 500,
    reason: 'duplicate',
    metadata: { a: '1' },
  });
  expect(first).toMatchObject({
    amount: 500,
    status: 'succeeded',
    reason: 'duplicate',
    metadata: { a: '1' },
    charge: intent.latest_charge,
  });
  const charge = await stripe.charges.retrieve(String(intent.latest_charge));
  expect(charge).toMatchObject({ amount_refunded: 500, refunded: false });
  expect((await refusal(stripe.refunds.create({ charge: charge.id, amount: 1501 }))).param).toBe('amount');
  await stripe.refunds.create({ charge: charge.id });
  const full = await stripe.charges.retrieve(charge.id, { expand: ['refunds'] });
  expect(full).toMatchObject({ amount_refunded: 2000, refunded: true });
  expect(full.refunds?.data.map((refund) => refund.amount)).toEqual([1500, 500]);
  expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toHaveLength(2);
  expect(eventTypes(simulator).slice(3)).toEqual([
    'refund.created',
    'charge.refunded',
    'refund.created',
    'charge.refunded',
  ]);
  expect(simulator.book.successfulCharges()[0]).toMatchObject({ amount: 2000, refunded: 2000 });
});

test('a refund can be told apart by metadata, and a card refund cannot be canceled', async () => {
  const { simulator, stripe } = await startWithSdk();
  const intent = await pay(stripe);
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  expect((await stripe.refunds.update(refund.id, { metadata: { ours: '1' } })).metadata).toEqual({ ours: '1' });
  expect(eventTypes(simulator).slice(-2)).toEqual(['refund.updated', 'charge.refund.updated']);
  expect((await refusal(stripe.refunds.cancel(refund.id))).statusCode).toBe(400);
  simulator.world.moveRefund(refund.id, 'requires_action');
  expect((await stripe.refunds.cancel(refund.id)).status).toBe('canceled');
  expect(await stripe.charges.retrieve(String(intent.latest_charge))).toMatchObject({
    amount_refunded: 0,
    refunded: false,
  });
});

test('a refund that fails later: refund.failed with its reason, the money back, and a second refund possible', async () => {
  const { simulator, stripe } = await startWithSdk();
  const intent = await pay(stripe);
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  simulator.world.moveRefund(refund.id, 'failed', 'lost_or_stolen_card');
  const failed = await stripe.refunds.retrieve(refund.id, { expand: ['failure_balance_transaction'] });
  expect(failed).toMatchObject({
    status: 'failed',
    failure_reason: 'lost_or_stolen_card',
    failure_balance_transaction: { amount: 2000 },
  });
  expect(eventTypes(simulator).slice(-3)).toEqual(['refund.failed', 'refund.updated', 'charge.refund.updated']);
  expect(simulator.book.successfulCharges()[0]!.refunded).toBe(0);
  expect((await stripe.refunds.create({ payment_intent: intent.id })).amount).toBe(2000);
});

test('what cannot be refunded: nothing named, an unknown or unpaid PaymentIntent, a disputed charge', async () => {
  const { simulator, stripe } = await startWithSdk();
  expect((await refusal(stripe.refunds.create({}))).code).toBe('parameter_missing');
  expect((await refusal(stripe.refunds.create({ payment_intent: 'pi_x' }))).code).toBe('resource_missing');
  const open = await stripe.paymentIntents.create({ amount: 500, currency: 'usd' });
  expect((await refusal(stripe.refunds.create({ payment_intent: open.id }))).statusCode).toBe(400);
  const intent = await pay(stripe);
  const dispute = simulator.world.dispute(String(intent.latest_charge));
  expect((await refusal(stripe.refunds.create({ payment_intent: intent.id }))).code).toBe('charge_disputed');
  simulator.world.decideDispute(dispute.id, 'won');
  expect((await stripe.refunds.create({ payment_intent: intent.id })).status).toBe('succeeded');
});

test.each([
  ['winning_evidence', 'won', ['charge.dispute.updated', 'charge.dispute.closed', 'charge.dispute.funds_reinstated']],
  ['losing_evidence', 'lost', ['charge.dispute.updated', 'charge.dispute.closed']],
])('a dispute answered with %s is %s', async (evidence, status, types) => {
  const { simulator, stripe } = await startWithSdk();
  await pay(stripe, 'pm_card_createDispute');
  const dispute = (await stripe.disputes.list()).data[0]!;
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 2000, is_charge_refundable: false });
  const answered = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: evidence } });
  expect(answered).toMatchObject({
    status: 'under_review',
    evidence_details: { submission_count: 1, has_evidence: true },
  });
  const closed = await stripe.disputes.retrieve(dispute.id);
  expect(closed.status).toBe(status);
  expect(eventTypes(simulator).slice(-types.length)).toEqual(types);
  const net = closed.balance_transactions.reduce((sum, item) => sum + item.net, 0);
  expect(net).toBe(status === 'won' ? -1500 : -3500);
  expect(
    (await refusal(stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'more' } }))).statusCode,
  ).toBe(400);
});

test('a dispute can be given up, an inquiry closed; saved evidence is not yet submitted', async () => {
  const { simulator, stripe } = await startWithSdk();
  await pay(stripe, 'pm_card_createDispute');
  const dispute = (await stripe.disputes.list()).data[0]!;
  const saved = await stripe.disputes.update(dispute.id, {
    evidence: { product_description: 'A plan' },
    submit: false,
  });
  expect(saved.status).toBe('needs_response');
  expect((await stripe.disputes.close(dispute.id)).status).toBe('lost');
  expect((await refusal(stripe.disputes.close(dispute.id))).statusCode).toBe(400);
  const asked = await pay(stripe, 'pm_card_createDisputeInquiry');
  const inquiry = (await stripe.disputes.list({ payment_intent: asked.id })).data[0]!;
  expect((await stripe.disputes.close(inquiry.id)).status).toBe('warning_closed');
  expect(eventTypes(simulator).at(-1)).toBe('charge.dispute.closed');
});

test('charges are listed by PaymentIntent and by customer, failed tries included', async () => {
  const { stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  const intent = await stripe.paymentIntents.create({
    amount: 500,
    currency: 'eur',
    customer: customer.id,
    allowed_payment_method_types: ['card'],
    metadata: { invoice: 'in_1' },
  });
  await refusal(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }));
  await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  const charges = (await stripe.charges.list({ payment_intent: intent.id })).data;
  expect(charges.map((charge) => charge.status)).toEqual(['succeeded', 'failed']);
  expect(charges[0]).toMatchObject({ currency: 'eur', customer: customer.id, metadata: { invoice: 'in_1' } });
  expect((await stripe.charges.list({ customer: customer.id })).data).toHaveLength(2);
  expect((await stripe.charges.update(charges[0]!.id, { metadata: { seen: '1' } })).metadata).toEqual({
    invoice: 'in_1',
    seen: '1',
  });
});
