import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import type { TestOrganization } from '../support/makers.ts';
import { invoiceOver, paymentsOf, storedInvoice } from '../support/payments.ts';
import { inboxOf, type StripeWorld, stripeWorld } from '../support/stripe-world.ts';

const secrets = ['whsec_of_the_environment', 'whsec_of_the_rotation'];

let stripe: StripeWorld;
let first: TestOrganization;
let second: TestOrganization;

beforeAll(async () => {
  stripe = await stripeWorld('2026-03-01T12:00:00Z', secrets);
  first = await stripe.world.organization();
  stripe.world.clock.advance({ seconds: 1 });
  second = await stripe.world.organization();
  stripe.simulator.addWebhook({ url: stripe.address, secret: secrets[1]! });
});

afterAll(async () => {
  await stripe.settle();
  await checkBooks(stripe.world);
  await stripe.close();
});

describe('the connection that the environment names', () => {
  it('is that of the first organization, and of no other', async () => {
    const ask = (as: TestOrganization) =>
      stripe.world.graphql('{ stripeConnection { id keyHint livemode webhookUrl } }', {}, { as });
    expect((await ask(first)).data).toEqual({
      stripeConnection: {
        id: null,
        keyHint: expect.stringMatching(/^sk_test_…/),
        livemode: false,
        webhookUrl: expect.stringMatching(/\/webhooks\/stripe$/),
      },
    });
    expect((await ask(second)).data).toEqual({ stripeConnection: null });
  });

  it('charges, and takes in events at the short address', async () => {
    const { accountId } = await stripe.customer(first, 'pm_card_visa');
    const invoice = await invoiceOver(stripe.world, first, accountId, 1_500n);
    await stripe.settle();
    expect(await storedInvoice(stripe.world, invoice.id)).toMatchObject({ status: 'paid' });
    const types = (await inboxOf(stripe.world, first.id)).map((event) => event.type);
    expect(types).toEqual(expect.arrayContaining(['payment_method.attached', 'payment_intent.succeeded']));
    expect(await inboxOf(stripe.world, second.id)).toEqual([]);
  });
});

describe('a customer who must act at Stripe', () => {
  type Answer = { status: string; id: string; clientSecret: string | null };

  async function begin() {
    const { accountId } = await stripe.customer(first, 'pm_card_authenticationRequired');
    const invoice = await invoiceOver(stripe.world, first, accountId, 2_500n, 'manual');
    const result = await stripe.world.graphql<{ createPayment: { payment: Answer } }>(
      'mutation P($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id status clientSecret } userErrors { code } } }',
      { input: { accountId: toGlobalId('acc', accountId), invoiceIds: [toGlobalId('inv', invoice.id)] } },
      { as: first },
    );
    const payment = result.data!.createPayment.payment;
    expect(payment).toMatchObject({ status: 'REQUIRES_ACTION', clientSecret: expect.stringContaining('_secret_') });
    const [stored] = await paymentsOf(stripe.world, accountId);
    return { accountId, invoice, payment, ref: stored!.provider_ref! };
  }

  it('is followed by looking when the client says it is done, with no event', async () => {
    stripe.simulator.webhooks.drop(1);
    const one = await begin();
    stripe.simulator.world.authenticate(one.ref);
    const result = await stripe.world.graphql<{ confirmPayment: { payment: Answer } }>(
      'mutation C($input: ConfirmPaymentInput!) { confirmPayment(input: $input) { payment { status attempts { number status } } userErrors { code } } }',
      { input: { paymentId: one.payment.id } },
      { as: first },
    );
    expect(result.data?.confirmPayment).toEqual({
      payment: { status: 'SUCCEEDED', attempts: [{ number: 1, status: 'SUCCEEDED' }] },
      userErrors: [],
    });
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'paid' });
  });

  it('is followed by an event', async () => {
    stripe.simulator.webhooks.reset();
    const one = await begin();
    stripe.simulator.world.authenticate(one.ref);
    await stripe.settle();
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'paid' });
  });

  it('is followed by the clock alone, when no event comes', async () => {
    stripe.simulator.webhooks.drop(1);
    const one = await begin();
    stripe.simulator.world.authenticate(one.ref);
    stripe.world.clock.advance({ hours: 1 });
    await stripe.settle();
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'paid' });
  });

  it('fails, and the payment with it, when they do not', async () => {
    stripe.simulator.webhooks.reset();
    const one = await begin();
    stripe.simulator.world.authenticate(one.ref, 'fail');
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ status: 'failed' }]);
  });

  it('can not pay any more once the invoice is paid otherwise: the intent is canceled at Stripe', async () => {
    const one = await begin();
    const result = await stripe.world.graphql<{ recordManualPayment: { userErrors: unknown[] } }>(
      'mutation R($input: RecordManualPaymentInput!) { recordManualPayment(input: $input) { userErrors { code } } }',
      {
        input: {
          accountId: toGlobalId('acc', one.accountId),
          invoiceIds: [toGlobalId('inv', one.invoice.id)],
          amount: { amountMinor: '2500', currency: 'EUR' },
          kind: 'BANK_TRANSFER',
        },
      },
      { as: first },
    );
    expect(result.data?.recordManualPayment.userErrors).toEqual([]);
    await stripe.settle();
    const payments = await paymentsOf(stripe.world, one.accountId);
    expect(payments.map((payment) => payment.status).sort()).toEqual(['canceled', 'succeeded']);
    expect(stripe.simulator.state.paymentIntents.get(one.ref)?.status).toBe('canceled');
  });
});
