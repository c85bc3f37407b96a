import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPayment } from '../../../src/collecting/payments/collection/create-payment.ts';
import { createRefund } from '../../../src/collecting/payments/index.ts';
import { attemptRefund } from '../../../src/collecting/payments/refunds/attempt-refund.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, invoiceOver, owing, paymentsOf, sandboxMethod, storedInvoice } from '../../support/payments.ts';
import { type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';

let stripe: StripeWorld;
let organization: TestOrganization;

beforeAll(async () => {
  stripe = await stripeWorld();
  organization = await stripe.connected();
});

afterAll(async () => {
  await stripe.settle();
  await checkBooks(stripe.world);
  await stripe.close();
});

async function paid(token: string, amount = 5_000n) {
  const { account, invoice } = await owing(stripe.world, organization, token, amount);
  await stripe.world.settle();
  const [payment] = await paymentsOf(stripe.world, account.id);
  expect(payment?.status).toBe('succeeded');
  return { accountId: account.id, invoice, paymentId: payment!.id };
}

const refund = (paymentId: string, amount?: bigint) =>
  organization.transact((work) => createRefund(work, { paymentId, amount: amount ?? null }));

async function refundsOf(paymentId: string) {
  return query<{ status: string; amount: string; failure_code: string | null; requested_by: string }>(
    stripe.world.database.superuserUrl,
    'select status, amount, failure_code, requested_by from refunds where payment_id = $1 order by created_at, id',
    [paymentId],
  );
}

describe('refunds', () => {
  it('give back a part, then the rest, and never more; the invoice stays paid', async () => {
    const one = await paid('success');
    await refund(one.paymentId, 2_000n);
    await stripe.world.settle();
    await expect(refund(one.paymentId, 3_001n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await refund(one.paymentId);
    await stripe.world.settle();
    expect(await refundsOf(one.paymentId)).toMatchObject([
      { status: 'succeeded', amount: '2000' },
      { status: 'succeeded', amount: '3000' },
    ]);
    await expect(refund(one.paymentId)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 5000n }]);
    expect(await storedInvoice(stripe.world, one.invoice.id)).toMatchObject({ status: 'paid', amount_paid: 5000n });
  });

  it('are not more than the payment when many ask at once', async () => {
    const one = await paid('success');
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => refund(one.paymentId, 2_000n).catch((error: unknown) => error)),
    );
    expect(answers.filter((answer) => answer instanceof DomainError)).toHaveLength(6);
    await stripe.world.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 4000n }]);
  });

  it('are carried out once by many workers', async () => {
    const one = await paid('success');
    const { id: refundId } = await refund(one.paymentId);
    await Promise.all(
      Array.from({ length: 6 }, () => attemptRefund(stripe.world.app, { organizationId: organization.id, refundId })),
    );
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 5000n }]);
  });

  it.each([
    ['refund_pending', 'succeeded'],
    ['refund_lost_answer', 'succeeded'],
    ['refund_fails', 'failed'],
  ])('%s: end as %s once the provider was asked', async (token, status) => {
    const one = await paid(token);
    await refund(one.paymentId);
    await stripe.world.settle();
    stripe.world.clock.advance({ minutes: 5 });
    await stripe.world.settle();
    expect(await refundsOf(one.paymentId)).toMatchObject([{ status }]);
  });

  it.each([
    ['success', 0n],
    ['refund_fails', 700n],
  ])('of what became credit take the credit back first (%s), and give it back when they fail', async (token, left) => {
    const account = await organization.account();
    await sandboxMethod(organization, account.id, token);
    const amount = { amountMinor: 700n, currency: 'EUR' };
    const { id: paymentId } = await organization.transact((work) =>
      createPayment(work, { accountId: account.id, amount, offSession: true }, null),
    );
    await stripe.world.settle();
    expect(await creditOf(stripe.world, account.id)).toBe(700n);
    await refund(paymentId);
    expect(await creditOf(stripe.world, account.id)).toBe(0n);
    await stripe.world.settle();
    expect(await creditOf(stripe.world, account.id)).toBe(left);
    await checkBooks(stripe.world, { quiet: false });
  });
});

describe('refunds at Stripe', () => {
  async function paidAtStripe(card = 'pm_card_visa') {
    const { accountId } = await stripe.customer(organization, card);
    const invoice = await invoiceOver(stripe.world, organization, accountId, 4_000n);
    await stripe.settle();
    const [payment] = await paymentsOf(stripe.world, accountId);
    expect(payment?.status).toBe('succeeded');
    return { accountId, invoice, paymentId: payment!.id, ref: payment!.provider_ref! };
  }

  /** Somebody gives money back in Stripe's own dashboard. */
  async function refundAtStripe(intent: string, amount: number): Promise<void> {
    const answer = await fetch(`${stripe.simulator.url}/v1/refunds`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${stripe.simulator.apiKey}`,
        'content-type': 'application/x-www-form-urlencoded',
        'stripe-version': '2026-10-28.endive',
      },
      body: new URLSearchParams({ payment_intent: intent, amount: String(amount) }),
    });
    expect(answer.status).toBe(200);
  }

  /** What Stripe has told is applied, and nothing else is done. */
  async function applyEvents(): Promise<void> {
    await stripe.simulator.settled();
    await stripe.world.app.jobs.get('apply-provider-events')!.run(stripe.world.app, undefined);
    await checkBooks(stripe.world, { quiet: false });
  }

  it('that somebody made at Stripe leave no room for one of ours that was not sent: it has failed', async () => {
    const one = await paidAtStripe();
    await refund(one.paymentId, 3_000n);
    await refundAtStripe(one.ref, 2_000);
    await applyEvents();
    expect(await refundsOf(one.paymentId)).toMatchObject([
      { status: 'failed', amount: '3000', failure_code: 'refunded_at_provider' },
      { status: 'succeeded', amount: '2000' },
    ]);
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 2000n }]);
  });

  it('wait in the books for one of ours that may be on its way', async () => {
    const one = await paidAtStripe();
    stripe.simulator.fail({ kind: 'rate_limit', method: 'POST', path: '/v1/refunds' });
    const { id: refundId } = await refund(one.paymentId, 3_000n);
    await attemptRefund(stripe.world.app, { organizationId: organization.id, refundId });
    await refundAtStripe(one.ref, 2_000);
    await applyEvents();
    expect(await refundsOf(one.paymentId)).toMatchObject([{ status: 'pending', amount: '3000' }]);
    for (let minute = 0; minute < 3; minute += 1) {
      stripe.world.clock.advance({ minutes: 1 });
      await stripe.settle();
      await checkBooks(stripe.world, { quiet: false });
    }
    expect(await refundsOf(one.paymentId)).toMatchObject([
      { status: 'failed', amount: '3000' },
      { status: 'succeeded', amount: '2000' },
    ]);
    const [charge] = stripe.simulator.book.successfulCharges({ paymentIntent: one.ref });
    expect(charge?.refunded).toBe(2000);
  });

  it('are made once when the answer is lost', async () => {
    const one = await paidAtStripe();
    stripe.simulator.fail({ kind: 'cut_body', method: 'POST', path: '/v1/refunds' });
    await refund(one.paymentId, 1_500n);
    await stripe.settle();
    stripe.world.clock.advance({ minutes: 1 });
    await stripe.settle();
    expect(await refundsOf(one.paymentId)).toMatchObject([{ status: 'succeeded', amount: '1500' }]);
    const [charge] = stripe.simulator.book.successfulCharges({ paymentIntent: one.ref });
    expect(charge?.refunded).toBe(1500);
  });

  it('that somebody made at Stripe itself are in our books too', async () => {
    const one = await paidAtStripe();
    await refundAtStripe(one.ref, 1_000);
    await stripe.settle();
    expect(await refundsOf(one.paymentId)).toMatchObject([
      { status: 'succeeded', amount: '1000', requested_by: 'provider:stripe' },
    ]);
    await expect(refund(one.paymentId, 3_001n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await refund(one.paymentId, 3_000n);
    await stripe.settle();
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 4000n }]);
  });

  it('can fail after they had succeeded, and the money is back', async () => {
    const one = await paidAtStripe('pm_card_refundFail');
    await refund(one.paymentId);
    await stripe.settle();
    const [made] = await query<{ provider_ref: string }>(
      stripe.world.database.superuserUrl,
      'select provider_ref from refunds where payment_id = $1',
      [one.paymentId],
    );
    stripe.world.clock.advance({ minutes: 10 });
    stripe.simulator.advance(600);
    await stripe.settle();
    expect(made?.provider_ref).toMatch(/^re_/);
    expect(await refundsOf(one.paymentId)).toMatchObject([{ status: 'failed' }]);
    expect(await paymentsOf(stripe.world, one.accountId)).toMatchObject([{ amount_refunded: 0n }]);
  });
});
