import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { createRefund } from '../../../src/collecting/payments/index.ts';
import { connectStripe, disconnectStripe } from '../../../src/collecting/payments/providers/connect-stripe.ts';
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
  // Events that came while the key was refused are tried again later.
  stripe.world.clock.advance({ hours: 6 });
  await stripe.settle();
  await checkBooks(stripe.world).finally(() => stripe.close());
});

async function owing(organization: TestOrganization, amount = 4_200n) {
  const { accountId } = await stripe.customer(organization, 'pm_card_visa');
  const invoice = await invoiceOver(stripe.world, organization, accountId, amount);
  return { accountId, invoice };
}

const connect = (organization: TestOrganization, secretKey: string) =>
  organization.transact((work) =>
    connectStripe(work, { secretKey, webhookSecrets: ['whsec_another'] }, stripe.world.app.config.encryptionKey),
  );

/** A day goes by, in which the worker looks again and again; answers how often Stripe was asked. */
async function aDay(): Promise<number> {
  const known = stripe.simulator.requests.length;
  for (let hour = 0; hour < 4; hour += 1) {
    stripe.world.clock.advance({ hours: 6 });
    await stripe.settle();
  }
  return stripe.simulator.requests.length - known;
}

async function stalled(): Promise<number> {
  const [row] = await stripe.world.app.sweep<{ count: bigint }>('select stalled_payments() as count');
  return Number(row!.count);
}

const standsStill = { failure_code: 'provider_disconnected', next_attempt_at: null };
const chargesOf = (payment: { provider_ref: string | null }) =>
  stripe.simulator.book.successfulCharges({ paymentIntent: payment.provider_ref ?? '' });

describe('payments of an organization that is not connected to Stripe', () => {
  it('stand still, say so, and go on when it is connected again', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    await organization.transact((work) => disconnectStripe(work));
    await stripe.settle();
    const [waiting] = await paymentsOf(stripe.world, one.accountId);
    expect(waiting).toMatchObject({ status: 'pending', ...standsStill, attempts: [{ no: 1, status: 'canceled' }] });
    expect(await aDay()).toBe(0);
    expect(await stalled()).toBe(1);
    const told = await factTypes(stripe.world, waiting!.id);
    expect(told.filter((type) => type === 'payment.stalled')).toHaveLength(1);

    await connect(organization, stripe.simulator.apiKey);
    await stripe.settle();
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    expect(paid).toMatchObject({ status: 'succeeded', failure_code: null });
    expect(paid!.attempts.at(-1)).toMatchObject({ status: 'succeeded' });
    expect(chargesOf(paid!)).toHaveLength(1);
    expect(await stalled()).toBe(0);
  });

  it('do not stand in the way of a void', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    await organization.transact((work) => disconnectStripe(work));
    await stripe.settle();
    await organization.transact((work) => voidInvoice(work, { id: one.invoice.id }));
    await connect(organization, stripe.simulator.apiKey);
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'canceled' }]);
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'void' });
  });

  it('that may have been made stay UNKNOWN, and are looked up then', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    stripe.simulator.webhooks.drop(1);
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/payment_intents' });
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'unknown' }]);
    await organization.transact((work) => disconnectStripe(work));
    await aDay();
    expect(await aDay()).toBe(0);
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'unknown', ...standsStill }]);
    await expect(organization.transact((work) => voidInvoice(work, { id: one.invoice.id }))).rejects.toMatchObject({
      code: 'PAYMENT_IN_FLIGHT',
    });
    stripe.simulator.webhooks.reset();
    await connect(organization, stripe.simulator.apiKey);
    await stripe.settle();
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    expect(paid).toMatchObject({ status: 'succeeded', attempts: [{ no: 1, status: 'succeeded' }] });
    expect(chargesOf(paid!)).toHaveLength(1);
  });

  it('wait with their refunds', async () => {
    const organization = await stripe.connected();
    const one = await owing(organization);
    await stripe.settle();
    const [paid] = await paymentsOf(stripe.world, one.accountId);
    await organization.transact((work) => disconnectStripe(work));
    await organization.transact((work) => createRefund(work, { paymentId: paid!.id, amount: 1_000n }));
    await stripe.settle();
    expect(await aDay()).toBe(0);
    const refunds = () =>
      query<{ status: string; failure_code: string | null }>(
        stripe.world.database.superuserUrl,
        'select status, failure_code from refunds where payment_id = $1',
        [paid!.id],
      );
    expect(await refunds()).toEqual([{ status: 'pending', failure_code: 'provider_disconnected' }]);
    await connect(organization, stripe.simulator.apiKey);
    await stripe.settle();
    expect(await refunds()).toEqual([{ status: 'succeeded', failure_code: null }]);
    expect(chargesOf(paid!)).toMatchObject([{ refunded: 1_000 }]);
  });
});

describe('events of Stripe that were stored before it was disconnected', () => {
  it('wait, and are applied in the order of their arrival once it is connected again, under the same address', async () => {
    const organization = await stripe.connected();
    const { accountId, methodRef } = await stripe.customer(organization, 'pm_card_visa');
    await stripe.settle();
    const before = await inboxOf(stripe.world, organization.id);
    stripe.simulator.world.updateCard(methodRef, { exp_year: 2039 });
    await stripe.simulator.settled();
    await organization.transact((work) => disconnectStripe(work));
    await stripe.settle();
    await aDay();
    const later = (await inboxOf(stripe.world, organization.id)).slice(before.length);
    expect(later.length).toBeGreaterThan(0);
    const waits = { applied: false, ignored: null, dead: false, error: 'Stripe is not connected.' };
    for (const event of later) expect(event).toMatchObject(waits);
    const shown = await stripe.world.graphql<{ stripeEvents: { nodes: { reason: string }[] } }>(
      '{ stripeEvents(filter: { state: [WAITING] }) { nodes { reason } } }',
      {},
      { as: organization },
    );
    expect(shown.data!.stripeEvents.nodes).toHaveLength(later.length);

    const addresses = () =>
      query<{ id: string }>(
        stripe.world.database.superuserUrl,
        'select id from stripe_connections where organization_id = $1',
        [organization.id],
      );
    const address = await addresses();
    await connect(organization, stripe.simulator.apiKey);
    expect(await addresses()).toEqual(address);
    await stripe.settle();
    const applied = (await inboxOf(stripe.world, organization.id)).slice(before.length);
    for (const event of applied) expect(event).toMatchObject({ applied: true, error: null });
    const [method] = await query<{ exp_year: number }>(
      stripe.world.database.superuserUrl,
      'select exp_year from payment_methods where account_id = $1',
      [accountId],
    );
    expect(method).toEqual({ exp_year: 2039 });
  });
});

describe('a key that Stripe does not accept any more', () => {
  it('is tried with one question for all, and all go on once it is accepted', async () => {
    const organization = await stripe.connected();
    const all = [await owing(organization), await owing(organization), await owing(organization)];
    await connect(organization, 'sk_test_revoked');
    await stripe.settle();
    expect(await stalled()).toBe(3);
    const [first] = await paymentsOf(stripe.world, all[0]!.accountId);
    const refused = { failure_code: 'provider_access_refused', next_attempt_at: null };
    expect(first).toMatchObject({ status: 'pending', ...refused, attempts: [{ no: 1, status: 'canceled' }] });
    const job = stripe.world.app.jobs.get('try-stalled-payments')!;
    stripe.world.clock.advance({ minutes: 11 });
    const known = stripe.simulator.requests.length;
    await job.run(stripe.world.app, undefined);
    expect(stripe.simulator.requests.length - known).toBe(1);
    expect(await stalled()).toBe(3);

    await connect(organization, stripe.simulator.apiKey);
    // As if nobody had told: the key was changed where the process reads it.
    await query(
      stripe.world.database.superuserUrl,
      'update payments set next_attempt_at = null where organization_id = $1',
      [organization.id],
    );
    expect(await stalled()).toBe(3);
    await job.run(stripe.world.app, undefined);
    await stripe.settle();
    expect(await stalled()).toBe(0);
    for (const { accountId } of all) {
      const [paid] = await paymentsOf(stripe.world, accountId);
      expect(paid).toMatchObject({ status: 'succeeded' });
      expect(chargesOf(paid!)).toHaveLength(1);
    }
  });
});

describe('what needs Stripe where it is not connected', () => {
  const refusal = async (organization: TestOrganization, field: string, type: string, input: object) => {
    const text = `mutation ($input: ${type}!) { ${field}(input: $input) { userErrors { code message path } } }`;
    const { data } = await stripe.world.graphql<Record<string, { userErrors: object[] }>>(
      text,
      { input },
      { as: organization },
    );
    return data?.[field]?.userErrors;
  };
  const code = 'PAYMENT_REFUSED';
  const message = 'Stripe is not connected.';

  it('is refused, with the input that asks for it', async () => {
    const organization = await stripe.world.organization({ mode: 'live' });
    const accountId = toGlobalId('acc', (await organization.account()).id);
    const method = { stripePaymentMethodId: 'pm_card_visa' };
    expect(
      await refusal(organization, 'attachPaymentMethod', 'AttachPaymentMethodInput', { accountId, method }),
    ).toEqual([{ code, message, path: ['input', 'method', 'stripePaymentMethodId'] }]);
    expect(
      await refusal(organization, 'createPaymentMethodSetup', 'CreatePaymentMethodSetupInput', { accountId }),
    ).toEqual([{ code, message, path: ['input', 'accountId'] }]);
  });
});
