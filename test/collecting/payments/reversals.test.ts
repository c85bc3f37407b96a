import { describe, expect, it } from '@jest/globals';
import { advanceTestClock, createTestClock, walkTestClock } from '../../../src/accounts/index.ts';
import { grantCredit, holdCredit } from '../../../src/collecting/credits/index.ts';
import { markUncollectible, voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund, reversePayment } from '../../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { topUpCredit } from '../../../src/collecting/wallets/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { brokenRules } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import {
  creditOf,
  factTypes,
  invoiceOver,
  owing,
  paymentsOf,
  sandboxMethod,
  storedInvoice,
} from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import { flat, sellPlan, subscribe } from '../../support/selling.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});

type Reason = Parameters<typeof reversePayment>[1]['reason'];
const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
const reverse = (paymentId: string, reason: Reason = 'insufficient_funds') =>
  organization.transact((work) => reversePayment(work, { paymentId, reason }));
const pay = async (accountId: string, invoiceId: string | null, amount: bigint) =>
  (
    await organization.transact((work) =>
      recordManualPayment(work, {
        ...{ accountId, amount: euro(amount), kind: 'check' as const },
        ...(invoiceId ? { invoiceIds: [invoiceId] } : {}),
      }),
    )
  ).id;
const note = (invoiceId: string, amount: bigint, more: { refund?: boolean } = {}) =>
  organization.transact(async (work) => {
    const [line] = await work.rows<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoiceId]);
    const lines = [{ invoiceLineId: line!.id, part: { amount: euro(amount) } }];
    return issueCreditNote(work, { invoiceId, reason: 'other', lines, ...more });
  });
const refund = (paymentId: string, amount: bigint) =>
  organization.transact((work) => createRefund(work, { paymentId, amount }));
const refundsOf = async (paymentId: string) =>
  (
    await query<{ status: string }>(
      world.database.superuserUrl,
      'select status from refunds where payment_id = $1 order by id',
      [paymentId],
    )
  ).map(({ status }) => status);
const ledger = async (...sources: string[]) => {
  const rows = await query<{ account: string; amount: number }>(
    world.database.superuserUrl,
    `select account, sum(amount)::int as amount from ledger_entries where source_id = any($1::uuid[])
     group by 1 having sum(amount) <> 0 order by 1`,
    [sources],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
};

const claimsOf = (accountId: string) =>
  query<{ due: number; tax: number }>(
    world.database.superuserUrl,
    `select amount_due::int as due, tax_total::int as tax from invoices where account_id = $1 and reason = 'payment_reversed' order by id`,
    [accountId],
  );

const dunningOf = async (invoiceId: string) =>
  (
    await query<{ status: string; failures: number; next: string | null }>(
      world.database.superuserUrl,
      'select status, failures, next_retry_at::text as next from dunning_runs where invoice_id = $1',
      [invoiceId],
    )
  )[0];

/** An invoice of 10,000 that a check has paid, and more if the check is larger. */
async function paidByCheck(amount = 10_000n) {
  const { id } = await organization.account();
  const invoice = await invoiceOver(world, organization, id, 10_000n, 'manual');
  const paymentId = await pay(id, invoice.id, amount);
  expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
  return { id, invoiceId: invoice.id, paymentId };
}

/** An invoice that is paid with credit as far as there is any. */
const spend = async (accountId: string, amount: bigint, collection: 'manual' | 'automatic' = 'manual') =>
  (
    await issueFor(world.app, organization, [accountId], () => ({ collection, charges: [oneOff(accountId, amount)] }))
  )[0]!;

describe('a check that bounces', () => {
  it('leaves its invoice open and owed, once, until it is paid anew', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck();
    const shown = await world.graphql<{ reversePayment: unknown }>(
      `mutation R($input: ReversePaymentInput!) { reversePayment(input: $input) {
         payment { status reversedAt reversalReason reversalNotes applications { status invoice { status amountDue { amountMinor } } } }
         userErrors { code path } } }`,
      { input: { paymentId: toGlobalId('pay', paymentId), reason: 'INSUFFICIENT_FUNDS', notes: 'Check 17' } },
      { as: organization },
    );
    expect(shown.data?.reversePayment).toEqual({
      payment: {
        ...{ status: 'REVERSED', reversedAt: '2026-03-01T12:00:00.000Z' },
        ...{ reversalReason: 'INSUFFICIENT_FUNDS', reversalNotes: 'Check 17' },
        applications: [{ status: 'REVERSED', invoice: { status: 'OPEN', amountDue: { amountMinor: '10000' } } }],
      },
      userErrors: [],
    });
    await expect(reverse(paymentId)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await expect(refund(paymentId, 1n)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await factTypes(world, invoiceId)).toEqual(['invoice.finalized', 'invoice.paid', 'invoice.reopened']);
    const again = await pay(id, invoiceId, 10_000n);
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'paid', amount_paid: 10_000n });
    expect(await ledger(invoiceId, paymentId, again)).toEqual({ cash: 10_000, revenue: -10_000 });
  });

  it('can be voided once nothing is paid on it, or written off and paid later', async () => {
    const first = await paidByCheck();
    await reverse(first.paymentId);
    await organization.transact((work) => voidInvoice(work, { id: first.invoiceId }));
    expect(await ledger(first.invoiceId, first.paymentId)).toEqual({});

    const second = await paidByCheck();
    await reverse(second.paymentId);
    await organization.transact((work) => markUncollectible(work, { id: second.invoiceId }));
    const late = await pay(second.id, second.invoiceId, 4_000n);
    // The late money bounces, too: it is written off again.
    await reverse(late);
    expect(await storedInvoice(world, second.invoiceId)).toMatchObject({ status: 'uncollectible', amount_paid: 0n });
    expect(await ledger(second.invoiceId, second.paymentId, late)).toEqual({ bad_debt: 10_000, revenue: -10_000 });
  });

  it('takes back what it left over as credit; what was bought with it is owed again', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck(18_100n);
    const whole = await spend(id, 5_950n);
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(1_000n) }));
    // The last 2,150 of what was left over, 1,000 that are a present, and 850 that are due.
    const part = await spend(id, 4_000n);
    expect(part).toMatchObject({ creditsApplied: 3_150n, amountDue: 850n });
    await organization.transact((work) => markUncollectible(work, { id: part.id }));
    await reverse(paymentId, 'recalled');
    expect(await creditOf(world, id)).toBe(0n);
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'open', amount_due: 10_000n });
    expect(await storedInvoice(world, whole.id)).toMatchObject({ status: 'open', amount_due: 5_950n });
    expect(await storedInvoice(world, part.id)).toMatchObject({ status: 'uncollectible' });
    expect((await factTypes(world, whole.id)).at(-1)).toBe('invoice.reopened');
    // All of the revenue is owed, but for the present and what was written off: 850 before, 2,150 now.
    expect(await ledger(invoiceId, whole.id, part.id, paymentId)).toEqual({
      ...{ receivable: 15_950, bad_debt: 3_000, credits: 1_000, revenue: -19_950 },
    });
    const again = await pay(id, whole.id, 5_950n);
    expect(await storedInvoice(world, whole.id)).toMatchObject({ status: 'paid', amount_paid: 5_950n });
    expect(await ledger(whole.id, again)).toEqual({ cash: 5_950, revenue: -5_950 });
    expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  });

  it('covered several invoices: each is owed again, the one in part with what was paid of it otherwise', async () => {
    const { id } = await organization.account();
    const [one, two] = [
      await invoiceOver(world, organization, id, 3_000n, 'manual'),
      await invoiceOver(world, organization, id, 5_000n, 'manual'),
    ];
    await pay(id, two.id, 1_000n);
    const payment = await organization.transact((work) =>
      recordManualPayment(work, { accountId: id, invoiceIds: [one.id, two.id], amount: euro(7_000n), kind: 'check' }),
    );
    await reverse(payment.id, 'recalled');
    expect(await storedInvoice(world, one.id)).toEqual({ status: 'open', amount_due: 3_000n, amount_paid: 0n });
    expect(await storedInvoice(world, two.id)).toEqual({ status: 'open', amount_due: 4_000n, amount_paid: 1_000n });
  });
});

describe('a reversal and credit notes', () => {
  it('before: the note lowers what is owed', async () => {
    const { invoiceId, paymentId } = await paidByCheck();
    await reverse(paymentId);
    expect(await note(invoiceId, 3_000n, { refund: true })).toMatchObject({ toInvoice: 3_000n, toRefund: 0n });
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ amount_due: 7_000n });
  });

  it('after one to the balance: its credit goes to the invoice first, and what was spent elsewhere is owed', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck();
    expect(await note(invoiceId, 3_000n)).toMatchObject({ toBalance: 3_000n });
    await spend(id, 800n);
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(500n) }));
    await reverse(paymentId);
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'open', amount_due: 7_800n });
    expect(await creditOf(world, id)).toBe(500n);
    expect(await note(invoiceId, 7_000n)).toMatchObject({ toInvoice: 7_000n });
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'open', amount_due: 800n });
    expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  });

  it('after one of the whole to the balance: nothing is owed, and nothing is dunned', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    const paymentId = await pay(account.id, invoice.id, 5_000n);
    await note(invoice.id, 5_000n);
    await reverse(paymentId);
    expect(await storedInvoice(world, invoice.id)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 0n });
    expect(await creditOf(world, account.id)).toBe(0n);
    const types = (await factTypes(world, invoice.id)).filter((type) => type.startsWith('invoice.'));
    expect(types.slice(-2)).toEqual(['invoice.reopened', 'invoice.paid']);
    await world.settle();
    expect(await dunningOf(invoice.id)).toBeUndefined();
  });

  it('of what the left-over had bought: its credit goes to that invoice', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck(16_000n);
    const bought = await spend(id, 6_000n);
    await note(bought.id, 2_500n);
    await reverse(paymentId);
    expect(await creditOf(world, id)).toBe(0n);
    expect(await storedInvoice(world, bought.id)).toMatchObject({ status: 'open', amount_due: 3_500n });
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'open', amount_due: 10_000n });
  });

  it('after one whose refund is done: what was given back is owed, too, by an invoice of its own', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck();
    await note(invoiceId, 3_000n, { refund: true });
    await world.settle();
    expect(await refundsOf(paymentId)).toEqual(['succeeded']);
    await reverse(paymentId);
    // The note took 3,000 off the invoice: they are asked for as money that was given back, without tax.
    expect(await storedInvoice(world, invoiceId)).toEqual({ status: 'open', amount_due: 7_000n, amount_paid: 3_000n });
    expect(await claimsOf(id)).toEqual([{ due: 3_000, tax: 0 }]);
    expect(await ledger(paymentId)).toEqual({ cash: 3_000, overdrawn: -3_000, revenue: 3_000, receivable: -3_000 });
    expect(await brokenRules(world, { quiet: false })).toEqual([]);
    // Paid anew, it can give back what the note left, and no more.
    const again = await pay(id, invoiceId, 7_000n);
    expect(await note(invoiceId, 7_000n, { refund: true })).toMatchObject({ toRefund: 7_000n });
    await world.settle();
    expect(await refundsOf(again)).toEqual(['succeeded']);
    await reverse(again);
    expect(await storedInvoice(world, invoiceId)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 10_000n });
    expect(await claimsOf(id)).toEqual([
      { due: 3_000, tax: 0 },
      { due: 7_000, tax: 0 },
    ]);
  });

  it('after one whose refund has not left: nothing is given back, and that much less is owed', async () => {
    const { id, invoiceId, paymentId } = await paidByCheck();
    await note(invoiceId, 3_000n, { refund: true });
    await reverse(paymentId);
    await world.settle();
    expect(await refundsOf(paymentId)).toEqual(['canceled']);
    expect(await creditOf(world, id)).toBe(0n);
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ amount_due: 7_000n });
  });
});

describe('a reversal and refunds', () => {
  it('a part given back is owed again; one that is being decided decides first', async () => {
    const { account, invoice } = await owing(world, organization, 'refund_pending', 10_000n);
    await world.settle();
    const [payment] = await paymentsOf(world, account.id);
    await world.graphql(
      'mutation R($input: CreateRefundInput!) { createRefund(input: $input) { refund { status } userErrors { code } } }',
      { input: { paymentId: toGlobalId('pay', payment!.id), amount: { amountMinor: '4000', currency: 'EUR' } } },
      { as: organization },
    );
    expect(await refundsOf(payment!.id)).toEqual(['pending']);
    await expect(reverse(payment!.id)).rejects.toMatchObject({ code: 'PAYMENT_IN_FLIGHT' });
    world.clock.advance({ hours: 1 });
    await world.settle();
    expect(await refundsOf(payment!.id)).toEqual(['succeeded']);
    await reverse(payment!.id, 'account_closed');
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open', amount_due: 10_000n });
    expect(await ledger(invoice.id, payment!.id)).toEqual({
      ...{ receivable: 10_000, revenue: -10_000, cash: 4_000, overdrawn: -4_000 },
    });
    expect(await brokenRules(world, { quiet: false })).toEqual([]);
  });

  it('of what was left over: begun or done, the credit is taken once', async () => {
    for (const settles of [false, true]) {
      const { id, paymentId } = await paidByCheck(15_000n);
      await refund(paymentId, 5_000n);
      expect(await creditOf(world, id)).toBe(0n);
      if (settles) await world.settle();
      await reverse(paymentId);
      expect(await creditOf(world, id)).toBe(0n);
      expect(await refundsOf(paymentId)).toEqual([settles ? 'succeeded' : 'canceled']);
      expect((await ledger(paymentId)).bad_debt ?? 0).toBe(settles ? 5_000 : 0);
    }
  });
});

describe('what is collected by itself', () => {
  it('is dunned by the reason, and its subscription is past due until the money is there', async () => {
    const { id } = await organization.account();
    await sandboxMethod(organization, id, 'success');
    const { planId } = await sellPlan(organization, { prices: [flat(2_000n)] });
    const { subscription } = await subscribe(organization, id, planId, { collection: 'automatic' });
    await world.settle();
    const statusOf = async () =>
      (
        await query(world.database.superuserUrl, 'select status from subscriptions where id = $1', [subscription.id])
      )[0];
    const [payment] = await paymentsOf(world, id);
    expect(await statusOf()).toEqual({ status: 'active' });
    await reverse(payment!.id);
    await world.settle();
    expect(await statusOf()).toEqual({ status: 'past_due' });
    const invoiceId = payment!.applications[0]!.invoice;
    expect(await dunningOf(invoiceId)).toMatchObject({ status: 'retrying', failures: 1 });
    world.clock.advance({ days: 1 });
    await world.settle();
    expect(await dunningOf(invoiceId)).toMatchObject({ status: 'recovered' });
    expect(await statusOf()).toEqual({ status: 'active' });
    const all = await paymentsOf(world, id);
    expect(all.map(({ status }) => status)).toEqual(['reversed', 'succeeded']);
    // The same invoice can bounce again, for good this time.
    await reverse(all[1]!.id, 'not_authorized');
    expect(await dunningOf(invoiceId)).toMatchObject({ status: 'awaiting_method', next: null });
    await sandboxMethod(organization, id, 'mastercard');
    await world.settle();
    expect(await dunningOf(invoiceId)).toMatchObject({ status: 'recovered' });
    expect(await statusOf()).toEqual({ status: 'active' });
  });

  it('bought by a left-over is dunned as well, and what it bills past due', async () => {
    const { id, paymentId } = await paidByCheck(12_000n);
    const { planId } = await sellPlan(organization, { prices: [flat(2_000n)] });
    const { subscription } = await subscribe(organization, id, planId, { collection: 'automatic' });
    await world.settle();
    const seen = async () =>
      (
        await query<{ status: string; invoice: string }>(
          world.database.superuserUrl,
          `select s.status, l.invoice_id as invoice from subscriptions s
           join invoice_lines l on l.subscription_id = s.id where s.id = $1 limit 1`,
          [subscription.id],
        )
      )[0]!;
    const { status, invoice } = await seen();
    expect(status).toBe('active');
    expect(await storedInvoice(world, invoice)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 0n });
    await reverse(paymentId);
    await world.settle();
    expect(await storedInvoice(world, invoice)).toMatchObject({ status: 'open', amount_due: 2_000n });
    expect(await seen()).toMatchObject({ status: 'past_due' });
    expect(await dunningOf(invoice)).toMatchObject({ status: 'retrying', failures: 1 });
    await sandboxMethod(organization, id, 'success');
    world.clock.advance({ days: 1 });
    await world.settle();
    expect(await dunningOf(invoice)).toMatchObject({ status: 'recovered' });
    expect(await seen()).toMatchObject({ status: 'active' });
  });

  it('is collected at once where the money was recorded by mistake', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    const paymentId = await pay(account.id, invoice.id, 5_000n);
    await reverse(paymentId, 'recorded_by_mistake');
    await world.settle();
    expect((await paymentsOf(world, account.id)).map(({ status }) => status)).toEqual([
      'canceled',
      'reversed',
      'succeeded',
    ]);
    expect(await dunningOf(invoice.id)).toBeUndefined();
    const bare = await owing(world, organization, null);
    await reverse(await pay(bare.account.id, bare.invoice.id, 5_000n), 'recorded_by_mistake');
    expect(await dunningOf(bare.invoice.id)).toMatchObject({ status: 'awaiting_method' });
  });

  it('is returned by the bank of the sandbox after three days on its clock', async () => {
    const clock = await organization.transact((work) =>
      createTestClock(work, { name: 'Clock', frozenTime: new Date('2026-03-01T12:00:00Z') }),
    );
    const account = await organization.account({ testClockId: clock.id });
    await sandboxMethod(organization, account.id, 'debit_returned');
    const invoice = await invoiceOver(world, organization, account.id, 4_200n);
    await world.settle();
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    const advance = async (to: string) => {
      await organization.transact((work) => advanceTestClock(work, { id: clock.id, to: new Date(to) }));
      expect(await walkTestClock(world.app, { organizationId: organization.id, clockId: clock.id })).toBe(true);
      await world.settle();
    };
    await advance('2026-03-04T11:59:59Z');
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    await advance('2026-03-04T12:00:00Z');
    const [payment] = await paymentsOf(world, account.id);
    expect(payment).toMatchObject({ status: 'reversed', next_attempt_at: null });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open', amount_due: 4_200n });
    expect(await dunningOf(invoice.id)).toMatchObject({ status: 'retrying', failures: 1 });
    expect(await factTypes(world, payment!.id)).toEqual([
      'payment.started',
      'payment.attempted',
      'payment.succeeded',
      'payment.reversed',
    ]);
  });
});

describe('credit that the money bought', () => {
  it.each([
    ['paid anew', 'pay'],
    ['voided', 'void'],
    ['written off', 'write off'],
  ])('is frozen, what is spent of it stays spent, and the invoice is %s', async (_, end) => {
    const { id } = await organization.account();
    const { invoiceId } = await organization.transact((work) =>
      topUpCredit(work, { accountId: id, amount: euro(6_000n), autoCollect: false }),
    );
    const paymentId = await pay(id, invoiceId, 6_000n);
    await issueFor(world.app, organization, [id], () => ({ charges: [oneOff(id, 1_000n)] }));
    await refund(paymentId, 2_000n);
    await reverse(paymentId);
    expect(await creditOf(world, id)).toBe(5_000n);
    const [spent] = await issueFor(world.app, organization, [id], () => ({ charges: [oneOff(id, 1_000n)] }));
    expect(spent!.creditsApplied).toBe(0n);
    if (end === 'pay') await pay(id, invoiceId, 6_000n);
    if (end === 'void') await organization.transact((work) => voidInvoice(work, { id: invoiceId }));
    if (end === 'write off') await organization.transact((work) => markUncollectible(work, { id: invoiceId }));
    const [later] = await issueFor(world.app, organization, [id], () => ({ charges: [oneOff(id, 1_000n)] }));
    expect(later!.creditsApplied).toBe(end === 'pay' ? 1_000n : 0n);
  });

  it('leaves other credit alone, and what an order holds', async () => {
    const { id, paymentId } = await paidByCheck(12_000n);
    await organization.transact((work) =>
      holdCredit(work, { accountId: id, amount: euro(400n), expiresAt: new Date('2026-12-01T00:00:00Z') }),
    );
    await organization.transact((work) => grantCredit(work, { accountId: id, amount: euro(500n) }));
    await reverse(paymentId);
    expect(await creditOf(world, id)).toBe(900n);
    expect(await ledger(paymentId)).toMatchObject({ bad_debt: 400 });
  });
});
