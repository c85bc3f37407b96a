import { expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { FaultKind } from '../support/stripe-simulator/index.ts';
import { bodyOf, endWithEachTest, eventTypes, refusal, sdkFor, startReceiver, startWithSdk } from './support.ts';

endWithEachTest();

function pay(stripe: Stripe, key: string): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create(
    {
      amount: 2000,
      currency: 'usd',
      confirm: true,
      off_session: true,
      payment_method: 'pm_card_visa',
      metadata: { invoice: 'in_1' },
    },
    { idempotencyKey: key },
  );
}

const PATH = '/v1/payment_intents';

test.each<[FaultKind, number, string, string]>([
  ['lock_timeout', 409, 'StripeAPIError', 'lock_timeout'],
  ['rate_limit', 429, 'StripeRateLimitError', 'rate_limit'],
])('%s: %d as %s, no effect, and the key stays usable', async (kind, status, type, code) => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind, method: 'POST', path: PATH });
  const error = await refusal(pay(stripe, 'k'));
  expect(error).toMatchObject({ statusCode: status, type, code });
  expect(bodyOf(error).type).toBe('invalid_request_error');
  expect(simulator.book.successfulCharges()).toEqual([]);
  expect((await pay(stripe, 'k')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test('rate_limit is not retried by the SDK unless Stripe-Should-Retry says so', async () => {
  const { simulator } = await startWithSdk();
  const stripe = sdkFor(simulator, { maxNetworkRetries: 2 });
  simulator.fail({ kind: 'rate_limit', path: PATH });
  const error = await refusal(pay(stripe, 'a'));
  expect(error.headers?.['stripe-rate-limited-reason']).toBe('global-rate');
  expect(simulator.requests).toHaveLength(1);
  simulator.fail({ kind: 'rate_limit', path: PATH, shouldRetry: true });
  expect((await pay(stripe, 'b')).status).toBe('succeeded');
  expect(simulator.requests).toHaveLength(3);
});

test('server_error_before_effect: 500 and nothing happened; the SDK’s own retry succeeds', async () => {
  const { simulator } = await startWithSdk();
  simulator.fail({ kind: 'server_error_before_effect', path: PATH, times: 2 });
  const error = await refusal(pay(sdkFor(simulator), 'a'));
  expect(error).toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
  expect(simulator.book.successfulCharges()).toEqual([]);
  const stripe = sdkFor(simulator, { maxNetworkRetries: 1 });
  expect((await pay(stripe, 'b')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test('server_error_after_effect: the money moved, and the same key replays the 500', async () => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind: 'server_error_after_effect', path: PATH });
  expect((await refusal(pay(stripe, 'k'))).statusCode).toBe(500);
  const replay = await refusal(pay(stripe, 'k'));
  expect(replay.statusCode).toBe(500);
  expect(replay.headers?.['idempotent-replayed']).toBe('true');
  expect(simulator.book.byMetadata('invoice').get('in_1')).toHaveLength(1);
  const found = (await stripe.paymentIntents.list()).data.filter((intent) => intent.metadata.invoice === 'in_1');
  expect(found.map((intent) => intent.status)).toEqual(['succeeded']);
});

test('server_error_after_effect with replay "truth": the same key gives the payment', async () => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind: 'server_error_after_effect', path: PATH, replay: 'truth' });
  expect((await refusal(pay(stripe, 'k'))).statusCode).toBe(500);
  expect((await pay(stripe, 'k')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test.each<[FaultKind, number]>([
  ['no_answer_before_effect', 0],
  ['no_answer_after_effect', 1],
])('%s: the SDK times out, %d charge exists, the same key ends with one', async (kind, charges) => {
  const { simulator } = await startWithSdk();
  const stripe = sdkFor(simulator, { timeout: 150 });
  simulator.fail({ kind, path: PATH });
  const error = await refusal(pay(stripe, 'k'));
  expect(error.type).toBe('StripeConnectionError');
  expect(error.message).toContain('timeout');
  expect(simulator.book.successfulCharges()).toHaveLength(charges);
  expect(simulator.requests[0]).toMatchObject({ answered: false, fault: kind });
  expect((await pay(sdkFor(simulator), 'k')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test.each<[FaultKind, number]>([
  ['reset_before_effect', 0],
  ['reset_after_effect', 1],
])('%s: the connection is reset with %d charge made, and the same key ends with one', async (kind, charges) => {
  const { simulator, stripe } = await startWithSdk();
  // Twice: the SDK sends a request on a closed connection once more by itself, even with no retries allowed.
  simulator.fail({ kind, path: PATH, times: 2 });
  const error = await refusal(pay(stripe, 'k'));
  expect(error.type).toBe('StripeConnectionError');
  expect(simulator.requests.map((request) => request.idempotencyKey)).toEqual(['k', 'k']);
  expect(simulator.book.successfulCharges()).toHaveLength(charges);
  expect((await pay(stripe, 'k')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test('cut_body: the effect is there, the answer is half', async () => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind: 'cut_body', path: PATH });
  const error = await refusal(pay(stripe, 'k'));
  expect(error.type).toBe('StripeConnectionError');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
  expect((await pay(stripe, 'k')).status).toBe('succeeded');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test('invalid_json and html_before_effect: the SDK cannot read the answer', async () => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind: 'invalid_json', path: PATH });
  expect((await refusal(pay(stripe, 'a'))).message).toContain('Invalid JSON');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
  simulator.fail({ kind: 'html_before_effect', path: PATH });
  expect((await refusal(pay(stripe, 'b'))).message).toContain('Invalid JSON');
  expect(simulator.book.successfulCharges()).toHaveLength(1);
});

test('answer_after_webhooks: the webhook is there before the API’s answer', async () => {
  const { simulator, stripe } = await startWithSdk();
  const receiver = await startReceiver();
  simulator.addWebhook({ url: receiver.url });
  simulator.fail({ kind: 'answer_after_webhooks', path: PATH });
  let answered = false;
  const call = pay(stripe, 'k').then((intent) => {
    answered = true;
    return intent;
  });
  while (!receiver.types().includes('payment_intent.succeeded')) {
    await new Promise(setImmediate);
    expect(answered).toBe(false);
  }
  expect((await call).status).toBe('succeeded');
});

test('slow_after_effect: the answer comes late', async () => {
  const { simulator, stripe } = await startWithSdk();
  simulator.fail({ kind: 'slow_after_effect', path: PATH, milliseconds: 120 });
  const started = performance.now();
  const call = pay(stripe, 'k');
  while (simulator.book.successfulCharges().length === 0) {
    await new Promise(setImmediate);
  }
  expect((await call).status).toBe('succeeded');
  expect(performance.now() - started).toBeGreaterThanOrEqual(115);
});

test('a fault keeps to its method, path, count, skip and condition, and can be lifted', async () => {
  const { simulator, stripe } = await startWithSdk();
  const fault = simulator.fail({ kind: 'lock_timeout', method: 'POST', path: '/v1/customers/*', times: 1, skip: 1 });
  const customer = await stripe.customers.create();
  await stripe.customers.retrieve(customer.id);
  await stripe.customers.update(customer.id, { name: 'first' });
  expect(fault.struck).toBe(0);
  expect((await refusal(stripe.customers.update(customer.id, { name: 'second' }))).code).toBe('lock_timeout');
  expect(fault.struck).toBe(1);
  await stripe.customers.update(customer.id, { name: 'third' });
  const scoped = simulator.fail({
    kind: 'rate_limit',
    times: Number.POSITIVE_INFINITY,
    when: (request) => request.idempotencyKey === 'only',
  });
  await stripe.customers.create({});
  expect((await refusal(stripe.customers.create({}, { idempotencyKey: 'only' }))).statusCode).toBe(429);
  scoped.lift();
  await stripe.customers.create({}, { idempotencyKey: 'only' });
  const names = simulator.events.map((event) => (event.data.object as { name?: string | null }).name);
  expect(names).toEqual([null, 'first', 'third', null, null]);
  expect(eventTypes(simulator).filter((type) => type === 'customer.updated')).toHaveLength(2);
});

test('two simulators give different ids unless they have the same seed', async () => {
  const firstId = async (seed?: number) => {
    const { stripe } = await startWithSdk(seed === undefined ? {} : { seed });
    return (await stripe.customers.create()).id;
  };
  expect(await firstId()).not.toBe(await firstId());
  expect(await firstId(5)).toBe(await firstId(5));
});

test('faults by chance are the same for the same seed', async () => {
  const run = async (seed: number) => {
    const { simulator, stripe } = await startWithSdk({ seed });
    simulator.fail({ kind: 'rate_limit', chance: 0.5, times: Number.POSITIVE_INFINITY });
    const outcomes: boolean[] = [];
    for (let count = 0; count < 12; count += 1) {
      outcomes.push(
        await stripe.customers.create().then(
          () => true,
          () => false,
        ),
      );
    }
    return outcomes;
  };
  const first = await run(7);
  expect(await run(7)).toEqual(first);
  expect(new Set(first).size).toBe(2);
});
