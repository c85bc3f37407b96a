import { expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { bodyOf, endWithEachTest, refusal, sdkFor, startWithSdk } from './support.ts';

endWithEachTest();

// What Stripe's real test API answered, as recorded in the public project gburgyan/aat-stripe (Apache-2.0) in
// September 2026; each title begins with the name of the observation.

const ON_SESSION = { automatic_payment_methods: { enabled: true, allow_redirects: 'never' } } as const;

function paid(stripe: Stripe, more: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    ...ON_SESSION,
    ...more,
  });
}

test('list-order: newest first, has_more false on a last page with items, created[gte] in Unix seconds', async () => {
  let now = Date.UTC(2026, 10, 1);
  const { stripe } = await startWithSdk({ now: () => now });
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    ids.push((await stripe.customers.create({ name })).id);
    now += 1000;
  }
  const first = await stripe.customers.list({ limit: 3 });
  expect(first.data.map((item) => item.id)).toEqual([ids[4], ids[3], ids[2]]);
  expect(first.has_more).toBe(true);
  const last = await stripe.customers.list({ limit: 3, starting_after: ids[2]! });
  expect(last.data.map((item) => item.id)).toEqual([ids[1], ids[0]]);
  expect(last.has_more).toBe(false);
  const full = await stripe.customers.list({ limit: 2, starting_after: ids[2]! });
  expect([full.data.length, full.has_more]).toEqual([2, false]);
  const before = await stripe.customers.list({ limit: 2, ending_before: ids[0]! });
  expect(before.data.map((item) => item.id)).toEqual([ids[2], ids[1]]);
  expect(before.has_more).toBe(true);
  const recent = await stripe.customers.list({ created: { gte: Date.UTC(2026, 10, 1) / 1000 + 3 } });
  expect(recent.data.map((item) => item.id)).toEqual([ids[4], ids[3]]);
});

test('unknown-id: 404 resource_missing on param id, also for a second deletion; a deleted customer still reads', async () => {
  const { stripe } = await startWithSdk();
  const missing = { type: 'invalid_request_error', code: 'resource_missing', param: 'id' };
  const unknown = await refusal(stripe.customers.retrieve('cus_unknown'));
  expect(unknown.statusCode).toBe(404);
  expect(bodyOf(unknown)).toMatchObject(missing);
  const customer = await stripe.customers.create();
  expect(await stripe.customers.del(customer.id)).toEqual({ id: customer.id, object: 'customer', deleted: true });
  const again = await refusal(stripe.customers.del(customer.id));
  expect(again.statusCode).toBe(404);
  expect(bodyOf(again)).toMatchObject(missing);
  expect(await stripe.customers.retrieve(customer.id)).toEqual({ id: customer.id, object: 'customer', deleted: true });
  expect((await stripe.customers.list()).data).toEqual([]);
});

test('capture-manual: the whole amount is capturable and nothing received', async () => {
  const { stripe } = await startWithSdk();
  const intent = await paid(stripe, { capture_method: 'manual' });
  expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 2000, amount_received: 0 });
});

test('capture-partial: the rest is released', async () => {
  const { stripe } = await startWithSdk();
  const intent = await paid(stripe, { capture_method: 'manual' });
  const captured = await stripe.paymentIntents.capture(intent.id, {
    amount_to_capture: 1500,
    expand: ['latest_charge'],
  });
  expect(captured).toMatchObject({ status: 'succeeded', amount_received: 1500, amount_capturable: 0 });
  expect(captured.latest_charge).toMatchObject({ amount: 2000, amount_captured: 1500, captured: true });
});

test('cancel-authorization: canceled with the reason kept', async () => {
  const { stripe } = await startWithSdk();
  const intent = await paid(stripe, { capture_method: 'manual' });
  const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'requested_by_customer' });
  expect(canceled).toMatchObject({
    status: 'canceled',
    cancellation_reason: 'requested_by_customer',
    amount_capturable: 0,
  });
});

test('decline: 402 with the PaymentIntent in the error, which another card then pays', async () => {
  const { stripe } = await startWithSdk();
  const intent = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd', ...ON_SESSION });
  const declined = await refusal(
    stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
  );
  expect(declined.type).toBe('StripeCardError');
  expect(declined.statusCode).toBe(402);
  expect(declined.payment_intent).toMatchObject({ id: intent.id, status: 'requires_payment_method' });
  const open = await stripe.paymentIntents.retrieve(intent.id);
  expect(open.last_payment_error).toMatchObject({
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
  });
  const done = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  expect(done).toMatchObject({ status: 'succeeded', amount_received: 2000, last_payment_error: null });
});

test('decline-on-create: a PaymentIntent exists, named only in the error', async () => {
  const { stripe } = await startWithSdk();
  const declined = await refusal(paid(stripe, { payment_method: 'pm_card_visa_chargeDeclined' }));
  expect(declined.statusCode).toBe(402);
  const left = await stripe.paymentIntents.list();
  expect(left.data.map((item) => item.id)).toEqual([declined.payment_intent?.id]);
  expect(left.data[0]!.status).toBe('requires_payment_method');
});

test('3ds-capture: a PaymentIntent that waits for the customer cannot be captured', async () => {
  const { stripe } = await startWithSdk();
  const waiting = await paid(stripe, {
    payment_method: 'pm_card_authenticationRequired',
    capture_method: 'manual',
    return_url: 'https://example.com/back',
  });
  expect(waiting.status).toBe('requires_action');
  const refused = await refusal(stripe.paymentIntents.capture(waiting.id));
  expect(refused.statusCode).toBe(400);
  expect(refused.code).toBe('payment_intent_unexpected_state');
});

test('refund-too-much: 400 on param amount without code; a second full refund is charge_already_refunded', async () => {
  const { stripe } = await startWithSdk();
  const intent = await paid(stripe);
  const refused = await refusal(stripe.refunds.create({ payment_intent: intent.id, amount: 2001 }));
  expect(refused.statusCode).toBe(400);
  expect(bodyOf(refused)).toMatchObject({ type: 'invalid_request_error', param: 'amount' });
  expect(bodyOf(refused)).not.toHaveProperty('code');
  expect(bodyOf(refused)).not.toHaveProperty('decline_code');
  expect(await stripe.refunds.create({ payment_intent: intent.id })).toMatchObject({
    amount: 2000,
    status: 'succeeded',
  });
  const again = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
  expect(bodyOf(again)).toMatchObject({ type: 'invalid_request_error', code: 'charge_already_refunded' });
  const held = await paid(stripe, { capture_method: 'manual' });
  const uncaptured = await refusal(stripe.refunds.create({ payment_intent: held.id }));
  expect(uncaptured.statusCode).toBe(400);
  expect(bodyOf(uncaptured)).not.toHaveProperty('code');
  expect(bodyOf(uncaptured)).not.toHaveProperty('param');
});

test('pm-attach-test-id: attaching a test id makes a new PaymentMethod with an id of its own', async () => {
  const { stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id });
  expect(method.id).not.toBe('pm_card_mastercard');
  expect(method).toMatchObject({ type: 'card', customer: customer.id, card: { brand: 'mastercard', last4: '4444' } });
  const second = await stripe.paymentMethods.attach('pm_card_mastercard', { customer: customer.id });
  expect(second.id).not.toBe(method.id);
});

test('pm-detach-final: attaching or detaching again is 400 without code, param and decline_code', async () => {
  const { stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  expect((await stripe.paymentMethods.detach(method.id)).customer).toBeNull();
  for (const call of [
    () => stripe.paymentMethods.attach(method.id, { customer: customer.id }),
    () => stripe.paymentMethods.detach(method.id),
  ]) {
    const refused = await refusal(call());
    expect(refused.statusCode).toBe(400);
    expect(bodyOf(refused).type).toBe('invalid_request_error');
    for (const field of ['code', 'param', 'decline_code']) {
      expect(bodyOf(refused)).not.toHaveProperty(field);
    }
  }
});

test('pm-under-customer: a detached PaymentMethod is 404 on param customer, without code', async () => {
  const { stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  expect((await stripe.customers.retrievePaymentMethod(customer.id, method.id)).id).toBe(method.id);
  await stripe.paymentMethods.detach(method.id);
  const refused = await refusal(stripe.customers.retrievePaymentMethod(customer.id, method.id));
  expect(refused.statusCode).toBe(404);
  expect(bodyOf(refused).param).toBe('customer');
  expect(bodyOf(refused)).not.toHaveProperty('code');
});

test('pm-raw-number: a raw card number is refused with 402 invalid_request_error; a token is taken', async () => {
  const { stripe } = await startWithSdk();
  const raw = { type: 'card', card: { number: '4242424242424242', exp_month: 8, exp_year: 2030, cvc: '314' } } as const;
  const refused = await refusal(stripe.paymentMethods.create(raw));
  expect(refused.statusCode).toBe(402);
  expect(bodyOf(refused).type).toBe('invalid_request_error');
  expect(refused.message).toContain('generally unsafe');
  const token = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_mastercard' } });
  expect(token).toMatchObject({ customer: null, card: { brand: 'mastercard' } });
});

test('si-authentication: requires_action with redirect_to_url', async () => {
  const { stripe } = await startWithSdk();
  const intent = await stripe.setupIntents.create({
    payment_method: 'pm_card_authenticationRequiredOnSetup',
    confirm: true,
    return_url: 'https://example.com/back',
  });
  expect(intent.status).toBe('requires_action');
  expect(intent.next_action?.type).toBe('redirect_to_url');
  expect(intent.next_action?.redirect_to_url?.return_url).toBe('https://example.com/back');
});

test('si-decline: 402 card_declined without param, and a SetupIntent is left open', async () => {
  const { stripe } = await startWithSdk();
  const refused = await refusal(
    stripe.setupIntents.create({ payment_method: 'pm_card_visa_chargeDeclined', confirm: true, ...ON_SESSION }),
  );
  expect(refused.statusCode).toBe(402);
  expect(bodyOf(refused)).toMatchObject({ code: 'card_declined', decline_code: 'generic_decline' });
  expect(bodyOf(refused)).not.toHaveProperty('param');
  const left = await stripe.setupIntents.list();
  expect(left.data.map((item) => item.status)).toEqual(['requires_payment_method']);
});

test('version-unknown: 400 without code and param', async () => {
  const { simulator } = await startWithSdk();
  const stripe = sdkFor(simulator);
  const refused = await refusal(
    stripe.customers.list({}, { apiVersion: '2099-01-01.nothing' } as Stripe.RequestOptions),
  );
  expect(refused.statusCode).toBe(400);
  expect(bodyOf(refused).type).toBe('invalid_request_error');
  expect(bodyOf(refused)).not.toHaveProperty('code');
  expect(bodyOf(refused)).not.toHaveProperty('param');
});

const MANDATE = {
  customer_acceptance: { type: 'online', online: { ip_address: '203.0.113.10', user_agent: 'test' } },
} as const;

function debit(stripe: Stripe, paymentMethod: string, mandate = true): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 1500,
    currency: 'usd',
    confirm: true,
    payment_method: paymentMethod,
    allowed_payment_method_types: ['us_bank_account'],
    ...(mandate ? { mandate_data: MANDATE } : {}),
  });
}

function bankAccount(stripe: Stripe, number: string): Promise<Stripe.PaymentMethod> {
  return stripe.paymentMethods.create({
    type: 'us_bank_account',
    us_bank_account: { account_holder_type: 'individual', account_number: number, routing_number: '110000000' },
    billing_details: { name: 'Ada' },
  });
}

test('ach: without mandate_data 400, and a PaymentIntent is left in requires_confirmation', async () => {
  const { stripe } = await startWithSdk();
  const account = await bankAccount(stripe, '000123456789');
  const refused = await refusal(debit(stripe, account.id, false));
  expect(refused.statusCode).toBe(400);
  expect((await stripe.paymentIntents.list()).data.map((item) => item.status)).toEqual(['requires_confirmation']);
});

test('ach: microdeposits, then processing for about 20 seconds, then succeeded', async () => {
  const { simulator, stripe } = await startWithSdk();
  const intent = await debit(stripe, (await bankAccount(stripe, '000123456789')).id);
  expect(intent.status).toBe('requires_action');
  expect(intent.next_action?.verify_with_microdeposits?.microdeposit_type).toBe('descriptor_code');
  const wrong = await refusal(stripe.paymentIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM0000' }));
  expect(wrong.code).toBe('payment_method_microdeposit_verification_descriptor_code_mismatch');
  const one = await refusal(stripe.paymentIntents.verifyMicrodeposits(intent.id, { amounts: [32] }));
  expect(bodyOf(one)).toMatchObject({
    code: 'payment_method_microdeposit_verification_amounts_invalid',
    param: 'amounts',
  });
  const verified = await stripe.paymentIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM11AA' });
  expect(verified).toMatchObject({ status: 'processing', next_action: null });
  simulator.advance(19);
  expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing');
  simulator.advance(2);
  expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'succeeded', amount_received: 1500 });
  const late = await refusal(stripe.paymentIntents.verifyMicrodeposits(intent.id, { descriptor_code: 'SM11AA' }));
  expect(late.code).toBe('payment_intent_unexpected_state');
});

test.each([
  ['000222222227', 'insufficient_funds'],
  ['000111111113', 'account_closed'],
])('ach: account %s fails after processing with %s', async (number, code) => {
  const { simulator, stripe } = await startWithSdk();
  const intent = await debit(stripe, (await bankAccount(stripe, number)).id);
  await stripe.paymentIntents.verifyMicrodeposits(intent.id, { amounts: [32, 45] });
  simulator.advance(21);
  const failed = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
  expect(failed).toMatchObject({ status: 'requires_payment_method', amount_received: 0, last_payment_error: { code } });
  expect(failed.latest_charge).toMatchObject({ status: 'failed', failure_code: code });
});
