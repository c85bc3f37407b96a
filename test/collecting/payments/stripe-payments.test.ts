import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { cancelPayment, capturePayment } from '../../../src/collecting/payments/collection/change-payment.ts';
import { createPayment } from '../../../src/collecting/payments/collection/create-payment.ts';
import { applyEventsJob } from '../../../src/collecting/payments/events/apply-stripe-event.ts';
import { attemptPayment } from '../../../src/collecting/payments/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, factTypes, invoiceOver, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { inboxOf, type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';

let stripe: StripeWorld;
let organization: TestOrganization;

beforeAll(async () => {
  stripe = await stripeWorld();
  organization = await stripe.connected();
});

beforeEach(() => {
  stripe.simulator.webhooks.reset();
  stripe.simulator.faults.liftAll();
});

afterAll(async () => {
  await stripe.settle();
  await checkBooks(stripe.world);
  await stripe.close();
});

/** An invoice of a customer with a card, whose payment has not been attempted. */
async function owing(card: string, amount = 4_200n) {
  const { accountId, methodRef } = await stripe.customer(organization, card);
  const invoice = await invoiceOver(stripe.world, organization, accountId, amount);
  const [payment] = await paymentsOf(stripe.world, accountId);
  const attempt = () => attemptPayment(stripe.world.app, { organizationId: organization.id, paymentId: payment!.id });
  return { accountId, methodRef, invoice, paymentId: payment!.id, attempt };
}

const charges = (paymentId: string) =>
  stripe.simulator.book.successfulCharges({ metadata: { perennial_payment: paymentId } });

async function expectPaid(one: { accountId: string; invoice: { id: string }; paymentId: string }) {
  expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([
    { status: 'succeeded', attempts: [{ no: 1, status: 'succeeded' }], applications: [{ status: 'applied' }] },
  ]);
  expect(await storedInvoice(stripe.world, one.invoice.id)).toEqual({
    status: 'paid',
    amount_due: 0n,
    amount_paid: 4_200n,
  });
  expect(charges(one.paymentId)).toHaveLength(1);
  expect(await creditOf(stripe.world, one.accountId)).toBe(0n);
  expect((await factTypes(stripe.world, one.paymentId)).filter((type) => type === 'payment.succeeded')).toHaveLength(1);
}

/** How often the events of the account's payment had an effect: once, however many there were. */
async function eventsAbout(accountId: string): Promise<number[]> {
  const [payment] = await paymentsOf(stripe.world, accountId);
  const rows = await query<{ effects: number }>(
    stripe.world.database.superuserUrl,
    `select effects from provider_events where effects > 0
     and (object_id = $1 or payload -> 'data' -> 'object' ->> 'payment_intent' = $1)`,
    [payment!.provider_ref],
  );
  return rows.map((row) => row.effects);
}

describe('money that is held at Stripe', () => {
  const held = async () => {
    const { accountId } = await stripe.customer(organization, 'pm_card_visa');
    const { id } = await invoiceOver(stripe.world, organization, accountId, 4_200n, 'manual');
    const { id: paymentId } = await organization.transact((work) =>
      createPayment(work, { accountId, invoiceIds: [id], captureMethod: 'manual' }, null),
    );
    await attemptPayment(stripe.world.app, { organizationId: organization.id, paymentId });
    const [payment] = await paymentsOf(stripe.world, accountId);
    return { accountId, invoiceId: id, paymentId, intentId: payment!.provider_ref! };
  };
  const atStripe = async (intentId: string) => {
    const answer = await fetch(`${stripe.simulator.url}/v1/payment_intents/${intentId}`, {
      headers: { authorization: `Bearer ${stripe.simulator.apiKey}` },
    });
    return ((await answer.json()) as { status: string }).status;
  };

  it.each([
    ['voided', 'canceled'],
    ['canceled', 'canceled'],
    ['captured', 'succeeded'],
  ])('is %s although its events come between the wish and the worker', async (wish, status) => {
    const one = await held();
    const { paymentId, invoiceId } = one;
    await organization.transact(async (work) => {
      if (wish === 'voided') await voidInvoice(work, { id: invoiceId });
      if (wish === 'canceled') await cancelPayment(work, { paymentId });
      if (wish === 'captured') await capturePayment(work, { paymentId });
    });
    await stripe.simulator.settled();
    await applyEventsJob.run(stripe.world.app, undefined);
    const events = await inboxOf(stripe.world, organization.id);
    expect(events.at(-1)).toMatchObject({ applied: true, effects: 0 });
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status }]);
    expect(await atStripe(one.intentId)).toBe(status);
  });
});

describe('a charge at Stripe', () => {
  it('is made under the id of the attempt, and its events change nothing more', async () => {
    const one = await owing('pm_card_visa');
    await one.attempt();
    await stripe.settle();
    await expectPaid(one);
    const [payment] = await paymentsOf(stripe.world, one.accountId);
    const keys = stripe.simulator.requests
      .filter((request) => request.path === '/v1/payment_intents' && request.method === 'POST')
      .map((request) => request.idempotencyKey);
    expect(keys).toContain(payment!.attempts[0]?.id);
    const events = await inboxOf(stripe.world, organization.id);
    expect(events.findLast((event) => event.type === 'payment_intent.succeeded')).toMatchObject({
      applied: true,
      effects: 0,
    });
    expect(events.every((event) => event.applied || event.ignored)).toBe(true);
  });

  it.each([
    'reset_after_effect',
    'server_error_after_effect',
    'cut_body',
    'server_error_before_effect',
    'html_before_effect',
  ] as const)('is made once when the answer is lost: %s', async (kind) => {
    const one = await owing('pm_card_visa');
    stripe.simulator.webhooks.drop(1);
    stripe.simulator.fail({
      kind,
      method: 'POST',
      path: '/v1/payment_intents',
      times: kind.startsWith('reset') ? 2 : 1,
    });
    await one.attempt();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'unknown' }]);
    stripe.world.clock.advance({ minutes: 1 });
    await one.attempt();
    await expectPaid(one);
  });

  it('comes out the same when the event is quicker than the answer', async () => {
    const one = await owing('pm_card_visa');
    stripe.simulator.fail({ kind: 'answer_after_webhooks', method: 'POST', path: '/v1/payment_intents' });
    await Promise.all([one.attempt(), stripe.world.settle()]);
    await stripe.settle();
    await expectPaid(one);
  });

  it('is found by its event when the answer never came', async () => {
    const one = await owing('pm_card_visa');
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/payment_intents' });
    await one.attempt();
    await stripe.settle();
    await expectPaid(one);
    expect(await eventsAbout(one.accountId)).toEqual([1]);
  });

  it('is not made anew after a day in which Stripe did not answer: it is looked up first', async () => {
    const one = await owing('pm_card_visa');
    stripe.simulator.webhooks.drop(1);
    const outage = [
      stripe.simulator.fail({ kind: 'server_error_after_effect', method: 'POST', path: '/v1/payment_intents' }),
      stripe.simulator.fail({ kind: 'html_before_effect', method: 'GET', path: '/v1/payment_intents*', times: 1000 }),
    ];
    await one.attempt();
    for (let hour = 0; hour < 25; hour += 1) {
      stripe.world.clock.advance({ hours: 1 });
      await one.attempt();
    }
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'unknown' }]);
    for (const fault of outage) fault.lift();
    stripe.world.clock.advance({ hours: 2 });
    await one.attempt();
    await expectPaid(one);
  });

  it('waits while Stripe is busy, and is sent again under the same key', async () => {
    const one = await owing('pm_card_visa');
    stripe.simulator.fail({ kind: 'rate_limit', method: 'POST', path: '/v1/payment_intents', times: 2 });
    await one.attempt();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'pending' }]);
    for (let minute = 0; minute < 3; minute += 1) {
      stripe.world.clock.advance({ minutes: 1 });
      await one.attempt();
    }
    await stripe.settle();
    await expectPaid(one);
  });
});

describe('events of one payment', () => {
  it('lead to the same end in every order', async () => {
    const orders = permutations([0, 1, 2, 3]);
    expect(orders).toHaveLength(24);
    const { webhooks } = stripe.simulator;
    const one = await owing('pm_card_visa');
    webhooks.hold();
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/payment_intents' });
    await one.attempt();
    const held = webhooks.heldDeliveries.map((delivery) => delivery.eventId);
    expect(held.length).toBeGreaterThanOrEqual(3);
    await webhooks.release('last_to_first');
    await stripe.settle();
    await expectPaid(one);
    for (const order of orders.slice(0, 6)) {
      for (const index of order) if (held[index]) await webhooks.resend(held[index]);
      await stripe.settle();
      await expectPaid(one);
    }
  });

  it.each(permutations([0, 1, 2]).map((order) => [order.join(' '), order] as const))(
    'of a decline and a success on session, in the order %s',
    async (_name, order) => {
      const one = await owing('pm_card_chargeCustomerFail');
      const { webhooks, world } = stripe.simulator;
      webhooks.hold();
      await one.attempt();
      const [failed] = await paymentsOf(stripe.world, one.accountId);
      expect(failed).toMatchObject({ status: 'failed' });
      world.declineLater(one.methodRef, null);
      await fetch(`${stripe.simulator.url}/v1/payment_intents/${failed!.provider_ref}/confirm`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${stripe.simulator.apiKey}`,
          'content-type': 'application/x-www-form-urlencoded',
          'stripe-version': '2026-10-28.endive',
        },
        body: new URLSearchParams({ payment_method: 'pm_card_visa', return_url: 'https://example.com' }),
      });
      const held = webhooks.heldDeliveries
        .filter((delivery) => /^payment_intent\.(payment_failed|succeeded)$|^charge\.succeeded$/.test(delivery.type))
        .map((delivery) => delivery.eventId);
      expect(held).toHaveLength(3);
      await webhooks.release(order.map((index) => held[index]!));
      await stripe.settle();
      expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'paid' });
      expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'succeeded' }]);
      expect(await creditOf(stripe.world, one.accountId)).toBe(0n);
    },
  );

  it('count once when they come ten times at once, and again after thirty days', async () => {
    const one = await owing('pm_card_visa');
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/payment_intents' });
    stripe.simulator.webhooks.duplicate(10);
    stripe.simulator.webhooks.parallel();
    await one.attempt();
    await stripe.settle();
    await expectPaid(one);
    stripe.world.clock.advance({ days: 30 });
    const succeeded = stripe.simulator.events.filter((event) => event.type === 'payment_intent.succeeded').at(-1)!;
    await stripe.simulator.webhooks.resend(succeeded.id, 10);
    await stripe.settle();
    await expectPaid(one);
    expect(await eventsAbout(one.accountId)).toEqual([1]);
  });
});

describe('what must be confirmed by the customer', () => {
  it('fails off session, and succeeds by what they do at Stripe', async () => {
    const one = await owing('pm_card_authenticationRequired');
    await one.attempt();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([
      { status: 'failed', failure_code: 'authentication_required', decline_class: 'authentication' },
    ]);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
