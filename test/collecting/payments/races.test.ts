import { describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { createPayment } from '../../../src/collecting/payments/collection/create-payment.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { recordOutcome } from '../../../src/collecting/payments/collection/record-outcome.ts';
import type { ChargeOutcome } from '../../../src/collecting/payments/providers/gateway.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, factTypes, owing, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage(
  (opened) => {
    ({ world, organization } = opened);
  },
  { settle: false },
);

const claim = (paymentId: string) => organization.transact((work) => claimPayment(work, paymentId));
const tell = (paymentId: string, attemptId: string | null, outcome: ChargeOutcome) =>
  organization.transact((work) =>
    recordOutcome(work, { paymentId, attemptId, outcome, source: attemptId ? 'answer' : 'news' }),
  );
const succeeded: ChargeOutcome = { status: 'succeeded', providerRef: 'ref_1' };
const declined: ChargeOutcome = {
  status: 'failed',
  providerRef: null,
  failure: { code: 'insufficient_funds', adviceCode: null, message: 'No.' },
};

async function claimed() {
  const one = await owing(world, organization, 'success');
  const [payment] = await paymentsOf(world, one.account.id);
  const first = await claim(payment!.id);
  return { ...one, paymentId: payment!.id, attemptId: first!.request.attempt.id };
}

describe('a worker that stood still', () => {
  it('finds that another one took over the same attempt, and changes nothing', async () => {
    const { account, paymentId, attemptId } = await claimed();
    expect(await claim(paymentId)).toBeNull();
    world.clock.advance({ minutes: 3 });
    const second = await claim(paymentId);
    expect(second).toMatchObject({ step: 'resend', request: { attempt: { id: attemptId, no: 1 } } });
    const outcome: ChargeOutcome = { status: 'succeeded', providerRef: `sandbox_${paymentId}` };
    expect(await tell(paymentId, attemptId, outcome)).toBe(true);
    expect(await tell(paymentId, attemptId, outcome)).toBe(false);
    expect(await tell(paymentId, attemptId, declined)).toBe(false);
    expect(await paymentsOf(world, account.id)).toMatchObject([{ status: 'succeeded', attempts: [{ no: 1 }] }]);
    expect(await factTypes(world, paymentId)).toContain('payment.outcome_ignored');
  });

  it('does not decide for an attempt that came after', async () => {
    const { account, paymentId, attemptId } = await claimed();
    await tell(paymentId, attemptId, declined);
    world.clock.advance({ days: 1 });
    await world.settle();
    expect(await tell(paymentId, attemptId, declined)).toBe(false);
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'succeeded', attempts: [{ no: 1 }, { no: 2 }] },
    ]);
  });
});

describe('money that comes late', () => {
  it('becomes credit when the invoice was paid otherwise', async () => {
    const { account, invoice, paymentId, attemptId } = await claimed();
    await tell(paymentId, attemptId, {
      status: 'failed',
      providerRef: 'late_1',
      failure: { ...declined.failure },
    } as never);
    await organization.transact((work) =>
      recordManualPayment(work, {
        accountId: account.id,
        invoiceIds: [invoice.id],
        amount: { amountMinor: 5_000n, currency: 'EUR' },
        kind: 'cash',
      }),
    );
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    expect(await tell(paymentId, null, { status: 'succeeded', providerRef: 'late_1' })).toBe(true);
    expect(await storedInvoice(world, invoice.id)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 5_000n });
    expect(await creditOf(world, account.id)).toBe(5_000n);
  });

  it('of a payment in doubt, after another one was refused, pays once', async () => {
    const { account, invoice, paymentId, attemptId } = await claimed();
    await tell(paymentId, attemptId, { status: 'unknown', providerRef: null });
    const other = organization.transact((work) =>
      createPayment(work, { accountId: account.id, invoiceIds: [invoice.id] }, null),
    );
    await expect(other).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    expect(await tell(paymentId, null, { ...succeeded, providerRef: 'late_2' } as ChargeOutcome)).toBe(true);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_paid: 5_000n });
    expect(await creditOf(world, account.id)).toBe(0n);
  });

  it('covers the invoice, and lets another payment of it go that has not left yet', async () => {
    const { account, invoice, paymentId, attemptId } = await claimed();
    await tell(paymentId, attemptId, { ...declined, providerRef: 'late_3' } as ChargeOutcome);
    world.clock.advance({ days: 1 });
    await organization.transact((work) =>
      createPayment(work, { accountId: account.id, invoiceIds: [invoice.id], offSession: true }, null),
    );
    expect(await tell(paymentId, null, { status: 'succeeded', providerRef: 'late_3' })).toBe(true);
    await world.settle();
    const payments = await paymentsOf(world, account.id);
    expect(payments.map((payment) => payment.status).sort()).toEqual(['canceled', 'succeeded']);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_paid: 5_000n });
    expect(await creditOf(world, account.id)).toBe(0n);
  });
});

describe('a refusal that is only seen', () => {
  it('does not decide an attempt that is just being sent', async () => {
    const { account, paymentId, attemptId } = await claimed();
    expect(await tell(paymentId, null, declined)).toBe(false);
    expect(await paymentsOf(world, account.id)).toMatchObject([{ status: 'pending' }]);
    expect(await tell(paymentId, attemptId, { ...succeeded, providerRef: 'sent_1' } as ChargeOutcome)).toBe(true);
  });
});

describe('an invoice whose payment is at the provider', () => {
  it('is not voided, and nothing else is either', async () => {
    const { invoice, paymentId, attemptId } = await claimed();
    const trying = organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    await expect(trying).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open' });
    await tell(paymentId, attemptId, declined);
    await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'void' });
  });

  it('is voided while its payment has not left, and the payment ends with it', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'canceled', attempts: [], applications: [{ status: 'released' }], next_attempt_at: null },
    ]);
  });
});
