import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import Stripe from 'stripe';
import type { StripeSimulator } from '../support/stripe-simulator/index.ts';
import { customerWith, endWithEachTest, eventTypes, refusal, startReceiver, startWithSdk } from './support.ts';

endWithEachTest();

/** Turns a knob the way a test in another process does. */
async function knob(simulator: StripeSimulator, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(
    `${simulator.url}/_simulator/${path}`,
    body ? { method: 'POST', body: JSON.stringify(body) } : {},
  );
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) {
    throw new Error(JSON.stringify(answer));
  }
  return answer;
}

const RETURN_URL = 'https://example.com/back?x=1';

function waiting(stripe: Stripe): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_authenticationRequired',
    return_url: RETURN_URL,
    metadata: { invoice: 'in_1' },
  });
}

test('the customer authenticates by a call, or on the page of the next action', async () => {
  const { simulator, stripe } = await startWithSdk();
  const first = await waiting(stripe);
  expect(await knob(simulator, `payment_intents/${first.id}/authenticate`, { outcome: 'fail' })).toMatchObject({
    status: 'requires_payment_method',
  });
  await expect(knob(simulator, `payment_intents/${first.id}/authenticate`, {})).rejects.toThrow(
    'payment_intent_unexpected_state',
  );
  const second = await waiting(stripe);
  const page = second.next_action!.redirect_to_url!.url!;
  expect(await (await fetch(page)).text()).toContain('<button name="outcome" value="succeed">');
  const pressed = await fetch(page, {
    method: 'POST',
    body: new URLSearchParams({ outcome: 'succeed' }),
    redirect: 'manual',
  });
  expect(pressed.status).toBe(303);
  const target = new URL(pressed.headers.get('location')!);
  expect(Object.fromEntries(target.searchParams)).toEqual({
    x: '1',
    payment_intent: second.id,
    redirect_status: 'succeeded',
  });
  expect((await stripe.paymentIntents.retrieve(second.id)).status).toBe('succeeded');
});

test('faults, time, log and book over HTTP', async () => {
  const { simulator, stripe } = await startWithSdk();
  await knob(simulator, 'faults', {
    kind: 'lock_timeout',
    method: 'POST',
    path: '/v1/payment_intents',
    times: 'forever',
  });
  expect((await refusal(waiting(stripe))).code).toBe('lock_timeout');
  await knob(simulator, 'faults/lift', {});
  const intent = await waiting(stripe);
  await knob(simulator, `payment_intents/${intent.id}/authenticate`, {});
  const book = await knob(simulator, 'book?metadata_key=invoice');
  expect(book).toMatchObject({ charges: [{ paymentIntent: intent.id, amount: 2000 }], charged_twice: [] });
  expect(Object.keys(book.groups as object)).toEqual(['in_1']);
  const log = (await knob(simulator, 'requests')) as unknown as {
    fault: string | null;
    status: number;
    idempotencyKey: string;
  }[];
  expect(log.map((item) => [item.fault, item.status])).toEqual([
    ['lock_timeout', 409],
    [null, 200],
  ]);
  expect(log.every((item) => item.idempotencyKey.length > 0)).toBe(true);
  const before = simulator.state.clock.seconds();
  expect((await knob(simulator, 'clock/advance', { seconds: 90_000 })).now).toBeGreaterThanOrEqual(before + 90_000);
  await expect(knob(simulator, 'faults', { kind: 'earthquake' })).rejects.toThrow('Invalid kind');
  await expect(knob(simulator, 'no/such/knob', {})).rejects.toThrow('no knob');
});

test('webhooks over HTTP: hold, release in an order, duplicate, drop, rotate', async () => {
  const { simulator, stripe } = await startWithSdk();
  const receiver = await startReceiver();
  simulator.addWebhook({ url: receiver.url, secret: 'whsec_a' });
  await knob(simulator, 'webhooks/hold', {});
  const customer = await stripe.customers.create();
  await stripe.customers.update(customer.id, { name: 'Ada' });
  expect(await knob(simulator, 'webhooks/held')).toHaveLength(2);
  await knob(simulator, 'webhooks/release', { order: [1, 0] });
  expect(receiver.types()).toEqual(['customer.updated', 'customer.created']);
  await knob(simulator, 'webhooks/duplicate', { count: 2 });
  await stripe.customers.create();
  await knob(simulator, 'settled', {});
  expect(receiver.received).toHaveLength(4);
  await knob(simulator, 'webhooks/reset', {});
  await knob(simulator, 'webhooks/drop', { chance: 1, times: 1 });
  await stripe.customers.create();
  const { secret } = await knob(simulator, 'webhooks/rotate_secret', {});
  await stripe.customers.create();
  await knob(simulator, 'settled', {});
  expect(receiver.received).toHaveLength(5);
  const last = receiver.received[4]!;
  expect(stripe.webhooks.constructEvent(last.body, last.signature, String(secret)).type).toBe('customer.created');
  await knob(simulator, 'webhooks/retire_secrets', {});
  await knob(simulator, `events/${last.event.id}/resend`, { copies: 2 });
  expect(receiver.received).toHaveLength(7);
  expect(await knob(simulator, 'webhooks/deliveries')).toHaveLength(8);
});

test('the world over HTTP: bank answers, later refund steps, disputes, new cards, declines', async () => {
  const { simulator, stripe } = await startWithSdk();
  const debit = await stripe.paymentIntents.create({
    amount: 2000,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_usBankAccount_processing',
    allowed_payment_method_types: ['us_bank_account'],
    mandate_data: { customer_acceptance: { type: 'offline' } },
  });
  await knob(simulator, `payment_intents/${debit.id}/finish`, { outcome: 'succeed' });
  const refund = await stripe.refunds.create({ payment_intent: debit.id, amount: 100 });
  await knob(simulator, `refunds/${refund.id}/move`, { status: 'failed', failure_reason: 'unknown' });
  const dispute = await knob(simulator, `charges/${String(refund.charge)}/dispute`, { reason: 'duplicate' });
  await knob(simulator, `disputes/${String(dispute.id)}/decide`, { status: 'lost' });
  const { customer, paymentMethod } = await customerWith(stripe, 'pm_card_visa');
  await knob(simulator, `payment_methods/${paymentMethod}/update_card`, { exp_year: 2040 });
  await knob(simulator, `payment_methods/${paymentMethod}/decline`, { decline_code: 'lost_card' });
  const error = await refusal(
    stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      confirm: true,
      off_session: true,
      customer,
      payment_method: paymentMethod,
    }),
  );
  expect(error.decline_code).toBe('lost_card');
  expect(eventTypes(simulator)).toEqual(
    expect.arrayContaining([
      'payment_intent.processing',
      'payment_intent.succeeded',
      'refund.failed',
      'charge.dispute.created',
      'charge.dispute.closed',
      'payment_method.automatically_updated',
      'payment_intent.payment_failed',
    ]),
  );
});

test('the start command prints what is needed, logs requests, delivers events, and stops on a signal', async () => {
  const receiver = await startReceiver();
  const script = new URL('../support/stripe-simulator/start.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, '--port', '0', '--webhook', receiver.url, '--secret', 'whsec_walk'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    const lines: string[] = [];
    const output = createInterface({ input: child.stdout });
    const until = (text: string): Promise<string> =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines.find((line) => line.includes(text));
          if (found !== undefined) {
            output.off('line', look);
            resolve(found);
          }
        };
        output.on('line', look);
        look();
      });
    output.on('line', (line) => lines.push(line));
    await until('Ctrl-C stops');
    const url = new URL((await until('Stripe simulator at')).split(' at ')[1]!);
    expect(lines.join('\n')).toContain('sk_test_simulator');
    expect(lines.join('\n')).toContain('whsec_walk');
    const stripe = new Stripe('sk_test_simulator', { host: url.hostname, port: Number(url.port), protocol: 'http' });
    await stripe.customers.create({}, { idempotencyKey: 'walk' });
    expect(await until('POST /v1/customers')).toBe('POST /v1/customers 200  (key walk)');
    await fetch(new URL('/_simulator/settled', url), { method: 'POST' });
    const { body, signature } = receiver.received[0]!;
    expect(stripe.webhooks.constructEvent(body, signature, 'whsec_walk').type).toBe('customer.created');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
