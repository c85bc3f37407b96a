import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { createRefund } from '../../../src/collecting/payments/index.ts';
import { connectStripe } from '../../../src/collecting/payments/providers/connect-stripe.ts';
import { tryAgainAfter } from '../../../src/collecting/payments/providers/refusals.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { factTypes, invoiceOver, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { inboxOf, type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';

let stripe: StripeWorld;

beforeAll(async () => {
  stripe = await stripeWorld();
});

afterAll(async () => {
  stripe.world.clock.advance({ hours: 7 });
  await stripe.settle();
  await checkBooks(stripe.world).finally(() => stripe.close());
});

const hour = 3_600_000;
const code = 'provider_access_refused';

async function owing(organization: TestOrganization) {
  const { accountId } = await stripe.customer(organization, 'pm_card_visa');
  const invoice = await invoiceOver(stripe.world, organization, accountId, 4_200n);
  return { accountId, invoice };
}

const refuse = (path: string, method = 'POST') =>
  stripe.simulator.fail({ kind: 'permission_denied', method, path, times: Number.POSITIVE_INFINITY });

/** Time goes by, in which the worker looks every so often; answers after how many minutes it asked Stripe for something. */
async function goesBy(hours: number, step = 360): Promise<number[]> {
  const asked: number[] = [];
  const job = stripe.world.app.jobs.get('try-stalled-payments')!;
  for (let minutes = step; minutes <= hours * 60; minutes += step) {
    const known = stripe.simulator.requests.length;
    stripe.world.clock.advance({ minutes: step });
    await job.run(stripe.world.app, undefined);
    await stripe.settle();
    if (stripe.simulator.requests.length > known) asked.push(minutes);
  }
  return asked;
}

interface Shown {
  accessRefusedSince: string | null;
  accessRefusedReason: string | null;
  accessTriedAgainAt: string | null;
}

async function connection(organization: TestOrganization): Promise<Shown> {
  const { data } = await stripe.world.graphql<{ stripeConnection: Shown }>(
    '{ stripeConnection { accessRefusedSince accessRefusedReason accessTriedAgainAt } }',
    {},
    { as: organization },
  );
  return data!.stripeConnection;
}

const nothingRefused = { accessRefusedSince: null, accessRefusedReason: null, accessTriedAgainAt: null };

const connect = (organization: TestOrganization, secretKey: string) =>
  organization.transact((work) =>
    connectStripe(work, { secretKey, webhookSecrets: ['whsec_another'] }, stripe.world.app.config.encryptionKey),
  );

const chargesOf = (payment: { provider_ref: string | null }) =>
  stripe.simulator.book.successfulCharges({ paymentIntent: payment.provider_ref ?? '' });

async function dunningOf(invoiceId: string) {
  const rows = await query<{ status: string; failures: number }>(
    stripe.world.database.superuserUrl,
    'select status, failures from dunning_runs where invoice_id = $1',
    [invoiceId],
  );
  return rows[0];
}

describe('a key that may not charge', () => {
  it('is tried at growing intervals, and the payment and the connection say why', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    const fault = refuse('/v1/payment_intents');
    const since = stripe.world.clock.now().toISOString();
    await stripe.settle();
    const [payment] = await paymentsOf(stripe.world, one.accountId);
    expect(payment).toMatchObject({ status: 'pending', failure_code: code, next_attempt_at: null });
    const { data } = await stripe.world.graphql(
      `query ($id: ID!) { payment(id: $id) { status failureCode failureMessage attempts { status failureCode failureMessage } } }`,
      { id: toGlobalId('pay', payment!.id) },
      { as: organization },
    );
    const failureMessage = expect.stringContaining('The key or the account may not do this.');
    expect(data).toMatchObject({
      payment: {
        status: 'PENDING',
        failureCode: code,
        failureMessage,
        attempts: [{ status: 'CANCELED', failureCode: code, failureMessage }],
      },
    });
    expect(await connection(organization)).toMatchObject({
      accessRefusedSince: since,
      accessRefusedReason: 'The key or the account may not do this.',
    });

    expect(await goesBy(6, 10)).toEqual([10, 20, 40, 80, 160, 320]);

    fault.lift();
    await goesBy(6);
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    expect(paid).toMatchObject({ status: 'succeeded', failure_code: null });
    expect(chargesOf(paid!)).toHaveLength(1);
    expect(await connection(organization)).toEqual(nothingRefused);
  });

  it('fails the payment after seven days, and its retries end like any others', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    const fault = refuse('/v1/payment_intents');
    await stripe.settle();
    await goesBy(7 * 24 - 6);
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'pending', failure_code: code }]);
    await goesBy(6);
    const [failed] = await paymentsOf(stripe.world, one.accountId);
    expect(failed).toMatchObject({ status: 'failed', failure_code: code });
    expect(await dunningOf(one.invoice.id)).toEqual({ status: 'retrying', failures: 1 });
    // The first retry is refused too, and fails at once.
    await goesBy(24);
    expect(await dunningOf(one.invoice.id)).toEqual({ status: 'retrying', failures: 2 });
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'failed', failure_code: code }]);
    fault.lift();
    await goesBy(54);
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    expect(paid).toMatchObject({ status: 'succeeded', failure_code: null });
    expect(chargesOf(paid!)).toHaveLength(1);
    expect(await dunningOf(one.invoice.id)).toMatchObject({ status: 'recovered' });
    expect(await connection(organization)).toEqual(nothingRefused);
  });

  it('never fails what may have been charged: it is looked up until that is known', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    stripe.simulator.webhooks.drop(1);
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/payment_intents' });
    await stripe.settle();
    const fault = refuse('/v1/payment_intents*', 'GET');
    await goesBy(9 * 24);
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'unknown', failure_code: code }]);
    await expect(organization.transact((work) => voidInvoice(work, { id: one.invoice.id }))).rejects.toMatchObject({
      code: 'PAYMENT_IN_FLIGHT',
    });
    fault.lift();
    stripe.simulator.webhooks.reset();
    await goesBy(12);
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    expect(paid).toMatchObject({ status: 'succeeded' });
    expect(chargesOf(paid!)).toHaveLength(1);
  });

  it('does not stand in the way of a void', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    const fault = refuse('/v1/payment_intents');
    await stripe.settle();
    await organization.transact((work) => voidInvoice(work, { id: one.invoice.id }));
    fault.lift();
    await goesBy(12);
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'canceled' }]);
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'void' });
    expect(await connection(organization)).toEqual(nothingRefused);
  });

  it('goes on at once when it is connected again', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    const fault = refuse('/v1/payment_intents');
    await stripe.settle();
    fault.lift();
    await connect(organization, stripe.simulator.apiKey);
    expect(await connection(organization)).toEqual(nothingRefused);
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'succeeded' }]);
  });
});

describe('a key that may not give money back', () => {
  it('fails the refund after seven days, and what was not given back can be given back later', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    await stripe.settle();
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    const fault = refuse('/v1/refunds');
    const begin = () => organization.transact((work) => createRefund(work, { paymentId: paid!.id, amount: 4_200n }));
    await begin();
    await stripe.settle();
    const refunds = () =>
      query<{ status: string; failure_code: string | null }>(
        stripe.world.database.superuserUrl,
        'select status, failure_code from refunds where payment_id = $1 order by id',
        [paid!.id],
      );
    expect(await refunds()).toMatchObject([{ failure_code: code }]);
    expect(await connection(organization)).not.toEqual(nothingRefused);
    await goesBy(7 * 24 + 6);
    expect(await refunds()).toEqual([{ status: 'failed', failure_code: code }]);
    fault.lift();
    await begin();
    await stripe.settle();
    expect(await refunds()).toMatchObject([{ status: 'failed' }, { status: 'succeeded', failure_code: null }]);
    expect(chargesOf(paid!)).toMatchObject([{ refunded: 4_200 }]);
  });
});

describe('a key that was revoked', () => {
  it('is asked with one question at growing intervals, and fails all payments after seven days', async () => {
    const organization = await stripe.connected();
    const all = [await owing(organization), await owing(organization)];
    await connect(organization, 'sk_test_revoked');
    await stripe.settle();
    expect(await connection(organization)).toMatchObject({ accessRefusedReason: 'The key is not accepted.' });
    const known = stripe.simulator.requests.length;
    expect(await goesBy(6, 10)).toEqual([10, 20, 40, 80, 160, 320]);
    expect(stripe.simulator.requests.length - known).toBe(6);
    await goesBy(7 * 24);
    for (const { accountId, invoice } of all) {
      expect(await paymentsOf(stripe.world, accountId)).toMatchObject([{ status: 'failed', failure_code: code }]);
      expect(await dunningOf(invoice.id)).toEqual({ status: 'retrying', failures: 1 });
      const [payment] = await paymentsOf(stripe.world, accountId);
      expect((await factTypes(stripe.world, payment!.id)).filter((type) => type === 'payment.stalled')).toHaveLength(1);
    }
  });
});

describe('events of Stripe while access is refused', () => {
  it('wait, and are applied once it is given', async () => {
    const organization = await stripe.connected();
    const fault = refuse('/v1/payment_methods/*', 'GET');
    const { accountId, methodRef } = await stripe.customer(organization, 'pm_card_visa');
    await stripe.settle();
    const waiting = await inboxOf(stripe.world, organization.id);
    expect(waiting).toContainEqual(
      expect.objectContaining({ type: 'payment_method.attached', applied: false, dead: false, ignored: null }),
    );
    await goesBy(9 * 24);
    expect(await inboxOf(stripe.world, organization.id)).toEqual(waiting);
    stripe.simulator.world.updateCard(methodRef, { exp_year: 2035 });
    fault.lift();
    await goesBy(12);
    const after = await inboxOf(stripe.world, organization.id);
    expect(after.filter((event) => event.type.startsWith('payment_method.') && !event.applied)).toEqual([]);
    const [method] = await query<{ exp_year: number }>(
      stripe.world.database.superuserUrl,
      'select exp_year from payment_methods where account_id = $1',
      [accountId],
    );
    expect(method).toEqual({ exp_year: 2035 });
    expect(await connection(organization)).toEqual(nothingRefused);
  });
});

it('the pause until access is tried again grows with the time of the refusal, from ten minutes to six hours', () => {
  expect([0, hour / 6, hour, 3 * hour, 6 * hour, 100 * hour].map(tryAgainAfter)).toEqual([
    hour / 6,
    hour / 6,
    hour,
    3 * hour,
    6 * hour,
    6 * hour,
  ]);
});
