import { expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { endWithEachTest, type Receiver, refusal, startReceiver, startWithSdk } from './support.ts';

endWithEachTest();

const SECRET = 'whsec_simulator';

async function startWithReceiver(options: { secrets?: string[]; events?: string[]; seed?: number } = {}) {
  const receiver = await startReceiver();
  const { secrets = [SECRET], seed = 1, ...rest } = options;
  const started = await startWithSdk({
    webhook: { url: receiver.url, secrets, ...rest },
    seed,
    deliver: { retryMilliseconds: [5, 5, 5] },
  });
  return { ...started, receiver };
}

async function names(stripe: Stripe, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await stripe.customers.create({ name: `n${index}` });
  }
}

function received(receiver: Receiver): unknown[] {
  return receiver.received.map((item) => (item.event.data.object as { name?: string }).name);
}

test('events are signed as constructEvent wants, name their cause, and carry the object', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  const customer = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'cause' });
  await simulator.settled();
  const { body, signature } = receiver.received[0]!;
  const event = stripe.webhooks.constructEvent(body, signature, SECRET);
  expect(event).toMatchObject({
    object: 'event',
    type: 'customer.created',
    api_version: '2026-10-28.endive',
    livemode: false,
    request: { id: customer.lastResponse.requestId, idempotency_key: 'cause' },
    data: { object: { id: customer.id, name: 'Ada' } },
  });
  expect(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other')).toThrow(
    Stripe.errors.StripeSignatureVerificationError,
  );
  expect(() => stripe.webhooks.constructEvent(`${body} `, signature, SECRET)).toThrow(
    Stripe.errors.StripeSignatureVerificationError,
  );
  expect(await stripe.events.retrieve(event.id)).toMatchObject({ id: event.id, pending_webhooks: 0 });
});

test('an update carries previous_attributes; what happens by itself has no request', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  const customer = await stripe.customers.create({ name: 'Ada' });
  await stripe.customers.update(customer.id, { name: 'Grace' });
  await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  await simulator.settled();
  expect(receiver.received[1]!.event.data.previous_attributes).toEqual({ name: 'Ada' });
  const method = (await stripe.paymentMethods.list({ customer: customer.id })).data[0]!;
  simulator.world.updateCard(method.id, { last4: '9999', exp_year: 2033 });
  await simulator.settled();
  const { event } = receiver.received.at(-1)!;
  expect(event.type).toBe('payment_method.automatically_updated');
  expect(event.request).toEqual({ id: null, idempotency_key: null });
  expect((event.data.object as Stripe.PaymentMethod).card).toMatchObject({ last4: '9999', exp_year: 2033 });
});

test('during a rotation every secret signs; afterwards only the new one', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  const fresh = simulator.webhooks.rotateSecret('whsec_new');
  await names(stripe, 1);
  await simulator.settled();
  const during = receiver.received[0]!;
  for (const secret of [SECRET, fresh]) {
    expect(stripe.webhooks.constructEvent(during.body, during.signature, secret).type).toBe('customer.created');
  }
  simulator.webhooks.retireSecrets();
  await names(stripe, 1);
  await simulator.settled();
  const after = receiver.received[1]!;
  expect(stripe.webhooks.constructEvent(after.body, after.signature, fresh).type).toBe('customer.created');
  expect(() => stripe.webhooks.constructEvent(after.body, after.signature, SECRET)).toThrow('No signatures found');
});

test('without a rule, events arrive once each and in order', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  await names(stripe, 8);
  await simulator.settled();
  expect(received(receiver)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']);
});

test('a receiver that refuses is tried again; one that refuses for good leaves the event undelivered', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  receiver.answers.push(500, 302);
  await names(stripe, 1);
  await simulator.settled();
  expect(received(receiver)).toEqual(['n0', 'n0', 'n0']);
  expect(simulator.webhooks.deliveries[0]).toMatchObject({
    state: 'delivered',
    attempts: [{ status: 500 }, { status: 302 }, { status: 200 }],
  });
  receiver.answers.push(500, 500, 500, 500);
  await stripe.customers.create({ name: 'lost' });
  await simulator.settled();
  expect(simulator.webhooks.deliveries[1]).toMatchObject({ state: 'failed' });
  const undelivered = await stripe.events.list({ delivery_success: false });
  expect(undelivered.data.map((event) => (event.data.object as Stripe.Customer).name)).toEqual(['lost']);
  expect(undelivered.data[0]!.pending_webhooks).toBe(1);
  expect((await stripe.events.list({ delivery_success: true })).data).toHaveLength(1);
  await simulator.webhooks.resend(undelivered.data[0]!.id);
  expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
});

test('hold and release: in order, backwards, shuffled, and in a chosen order with gaps and repeats', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  const round = async (order: Parameters<typeof simulator.webhooks.release>[0]) => {
    simulator.webhooks.hold();
    await names(stripe, 4);
    await simulator.settled();
    expect(received(receiver)).toEqual([]);
    expect(simulator.webhooks.heldDeliveries).toHaveLength(4);
    await simulator.webhooks.release(order);
    return received({ ...receiver, received: receiver.received.splice(0) });
  };
  expect(await round('first_to_last')).toEqual(['n0', 'n1', 'n2', 'n3']);
  expect(await round('last_to_first')).toEqual(['n3', 'n2', 'n1', 'n0']);
  const shuffled = await round('shuffled');
  expect([...shuffled].sort()).toEqual(['n0', 'n1', 'n2', 'n3']);
  expect(await round([2, 0, 2])).toEqual(['n2', 'n0', 'n2']);
});

test('duplicate: every event in the scope arrives so many times, with the same id', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  simulator.webhooks.duplicate(3, { types: ['customer.created'] });
  const customer = await stripe.customers.create({ name: 'Ada' });
  await stripe.customers.update(customer.id, { name: 'Grace' });
  await simulator.settled();
  expect(receiver.types()).toEqual(['customer.created', 'customer.created', 'customer.created', 'customer.updated']);
  expect(new Set(receiver.received.slice(0, 3).map((item) => item.event.id)).size).toBe(1);
});

test('drop: lost events never arrive and stay undelivered for the backfill', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  simulator.webhooks.drop(1, { times: 2 });
  await names(stripe, 4);
  await simulator.settled();
  expect(received(receiver)).toEqual(['n2', 'n3']);
  const lost = await stripe.events.list({ delivery_success: false, types: ['customer.created'] });
  expect(lost.data.map((event) => (event.data.object as Stripe.Customer).name)).toEqual(['n1', 'n0']);
});

test('reorder: groups arrive shuffled, the same for the same seed', async () => {
  const run = async (seed: number) => {
    const { simulator, stripe, receiver } = await startWithReceiver({ seed });
    simulator.webhooks.reorder(10);
    await names(stripe, 10);
    await simulator.settled();
    return received(receiver);
  };
  const first = await run(3);
  expect(await run(3)).toEqual(first);
  expect([...first].sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9']);
  expect(first).not.toEqual([...first].sort());
});

test('an incomplete group is not lost', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  simulator.webhooks.reorder(10);
  await names(stripe, 3);
  await simulator.settled();
  expect(received(receiver).sort()).toEqual(['n0', 'n1', 'n2']);
});

test('delay: later than the answer by the given time; reset ends the rule', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  simulator.webhooks.delay(60);
  const started = performance.now();
  await names(stripe, 1);
  expect(receiver.received).toEqual([]);
  await simulator.settled();
  expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  simulator.webhooks.reset();
  await names(stripe, 1);
  await simulator.settled();
  expect(receiver.received).toHaveLength(2);
});

test('resend: an event of long ago arrives ten times at once, freshly signed', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  await names(stripe, 1);
  await simulator.settled();
  simulator.advance(29 * 24 * 3600);
  await simulator.webhooks.resend(simulator.events[0]!.id, 10);
  expect(receiver.received).toHaveLength(11);
  const last = receiver.received.at(-1)!;
  expect(stripe.webhooks.constructEvent(last.body, last.signature, SECRET).id).toBe(simulator.events[0]!.id);
});

test('endpoints: the secret is told on creation only; only wanted events arrive; a deleted or disabled one gets none', async () => {
  const { simulator, stripe } = await startWithSdk();
  const receiver = await startReceiver();
  const endpoint = await stripe.webhookEndpoints.create({
    url: receiver.url,
    enabled_events: ['customer.updated'],
    api_version: '2026-10-28.endive',
  });
  expect(endpoint.secret).toMatch(/^whsec_/);
  expect((await stripe.webhookEndpoints.list()).data[0]).not.toHaveProperty('secret');
  const customer = await stripe.customers.create();
  await stripe.customers.update(customer.id, { name: 'Ada' });
  await simulator.settled();
  expect(receiver.types()).toEqual(['customer.updated']);
  const first = receiver.received[0]!;
  expect(stripe.webhooks.constructEvent(first.body, first.signature, endpoint.secret!).type).toBe('customer.updated');
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: true });
  await stripe.customers.update(customer.id, { name: 'Grace' });
  await stripe.webhookEndpoints.update(endpoint.id, { disabled: false, enabled_events: ['*'] });
  await stripe.webhookEndpoints.del(endpoint.id);
  await stripe.customers.update(customer.id, { name: 'Edith' });
  await simulator.settled();
  expect(receiver.received).toHaveLength(1);
  expect((await refusal(stripe.webhookEndpoints.retrieve(endpoint.id))).code).toBe('resource_missing');
});

test('the list of events: newest first, by type and time, for 30 days', async () => {
  const { simulator, stripe } = await startWithSdk();
  const customer = await stripe.customers.create();
  await stripe.customers.update(customer.id, { name: 'Ada' });
  await stripe.customers.del(customer.id);
  const types = async (parameters: Stripe.EventListParams) =>
    (await stripe.events.list(parameters)).data.map((event) => event.type);
  expect(await types({})).toEqual(['customer.deleted', 'customer.updated', 'customer.created']);
  expect(await types({ type: 'customer.updated' })).toEqual(['customer.updated']);
  expect(await types({ types: ['customer.created', 'customer.deleted'] })).toEqual([
    'customer.deleted',
    'customer.created',
  ]);
  const oldest = simulator.events[0]!;
  expect(await types({ ending_before: oldest.id })).toEqual(['customer.deleted', 'customer.updated']);
  simulator.advance(31 * 24 * 3600);
  expect(await types({})).toEqual([]);
  expect((await refusal(stripe.events.retrieve(oldest.id))).statusCode).toBe(404);
});

test('any event can be sent: unknown types, foreign objects', async () => {
  const { simulator, stripe, receiver } = await startWithReceiver();
  simulator.world.emitEvent('checkout.session.completed', {
    id: 'cs_test_1',
    object: 'checkout.session',
    payment_status: 'unpaid',
  });
  await simulator.settled();
  const { body, signature } = receiver.received[0]!;
  const event = stripe.webhooks.constructEvent(body, signature, SECRET);
  expect(event).toMatchObject({
    type: 'checkout.session.completed',
    data: { object: { id: 'cs_test_1' } },
    request: { id: null },
  });
});
