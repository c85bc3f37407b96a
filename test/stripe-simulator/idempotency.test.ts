import { expect, test } from '@jest/globals';
import { bodyOf, endWithEachTest, eventTypes, refusal, startWithSdk } from './support.ts';

endWithEachTest();

const PAYMENT = {
  amount: 2000,
  currency: 'usd',
  confirm: true,
  off_session: true,
  payment_method: 'pm_card_visa',
} as const;

test('a replay gives the same object with its own Request-Id and names the original', async () => {
  const { simulator, stripe } = await startWithSdk();
  const first = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'attempt-1' });
  const second = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'attempt-1' });
  expect(second.id).toBe(first.id);
  expect(first.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  expect(second.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
  expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
  expect(second.lastResponse.idempotencyKey).toBe('attempt-1');
  expect(eventTypes(simulator)).toEqual(['customer.created']);
  expect(simulator.requests.map((request) => request.replayed)).toEqual([false, true]);
});

test('a payment with the same key is charged once, however often it is sent', async () => {
  const { simulator, stripe } = await startWithSdk();
  const send = () =>
    stripe.paymentIntents.create({ ...PAYMENT, metadata: { invoice: 'in_1' } }, { idempotencyKey: 'attempt-1' });
  const intents = [await send(), await send(), await send()];
  expect(new Set(intents.map((intent) => intent.id)).size).toBe(1);
  expect(simulator.book.successfulCharges({ metadata: { invoice: 'in_1' } })).toHaveLength(1);
  expect(simulator.book.chargedTwice('invoice')).toEqual([]);
});

test('the same key with other parameters or on another endpoint is an idempotency_error without code, and changes nothing', async () => {
  const { simulator, stripe } = await startWithSdk();
  await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' });
  for (const call of [
    () => stripe.customers.create({ name: 'Grace' }, { idempotencyKey: 'k' }),
    () => stripe.paymentIntents.create({ amount: 500, currency: 'usd' }, { idempotencyKey: 'k' }),
  ]) {
    const error = await refusal(call());
    expect(error.type).toBe('StripeIdempotencyError');
    expect(error.statusCode).toBe(400);
    expect(bodyOf(error)).not.toHaveProperty('code');
    expect(bodyOf(error)).not.toHaveProperty('param');
  }
  expect(eventTypes(simulator)).toEqual(['customer.created']);
});

test('a decline is kept: the same key replays it even after the card is good again', async () => {
  const { simulator, stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  simulator.world.declineLater(method.id, 'insufficient_funds');
  const send = (key: string) =>
    stripe.paymentIntents.create(
      { ...PAYMENT, customer: customer.id, payment_method: method.id },
      { idempotencyKey: key },
    );
  const first = await refusal(send('a'));
  expect(first.decline_code).toBe('insufficient_funds');
  simulator.world.declineLater(method.id, null);
  const replay = await refusal(send('a'));
  expect(replay.payment_intent?.id).toBe(first.payment_intent?.id);
  expect(replay.headers?.['idempotent-replayed']).toBe('true');
  expect((await send('b')).status).toBe('succeeded');
});

test('failed validation is not kept: the key may be used again', async () => {
  const { stripe } = await startWithSdk();
  const tooSmall = await refusal(stripe.paymentIntents.create({ amount: 1, currency: 'usd' }, { idempotencyKey: 'k' }));
  expect(tooSmall.code).toBe('amount_too_small');
  const intent = await stripe.paymentIntents.create({ amount: 100, currency: 'usd' }, { idempotencyKey: 'k' });
  expect(intent.amount).toBe(100);
});

test('a key whose first request still runs is 409 idempotency_key_in_use', async () => {
  const { simulator, stripe } = await startWithSdk();
  const fault = simulator.fail({ kind: 'slow_before_effect', method: 'POST', milliseconds: 300 });
  const slow = stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' });
  while (fault.struck === 0) {
    await new Promise(setImmediate);
  }
  const error = await refusal(stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' }));
  expect(error.statusCode).toBe(409);
  expect(error.type).toBe('StripeAPIError');
  expect(error.code).toBe('idempotency_key_in_use');
  const created = await slow;
  expect((await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'k' })).id).toBe(created.id);
});

test('a key expires after 24 hours: the same request then has a second effect', async () => {
  const { simulator, stripe } = await startWithSdk();
  const send = () =>
    stripe.paymentIntents.create({ ...PAYMENT, metadata: { invoice: 'in_1' } }, { idempotencyKey: 'k' });
  const first = await send();
  simulator.advance(24 * 3600 - 60);
  expect((await send()).id).toBe(first.id);
  simulator.advance(120);
  expect((await send()).id).not.toBe(first.id);
  expect(simulator.book.chargedTwice('invoice')).toEqual(['in_1']);
});

test('a key longer than 255 characters is refused; GET has none', async () => {
  const { simulator, stripe } = await startWithSdk();
  const error = await refusal(stripe.customers.create({}, { idempotencyKey: 'k'.repeat(256) }));
  expect(error.statusCode).toBe(400);
  await stripe.customers.list();
  expect(simulator.requests.at(-1)!.idempotencyKey).toBeNull();
  await stripe.customers.create();
  expect(simulator.requests.at(-1)!.idempotencyKey).toMatch(/^stripe-node-retry-/);
});
