import { describe, expect, it } from '@jest/globals';
import type { InvoiceRow } from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund, reversePayment } from '../../../src/collecting/payments/index.ts';
import { issueCreditNote, issuePlanned } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, owing, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});

const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);

async function lineOf(invoiceId: string): Promise<string> {
  const [line] = await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoiceId]);
  return line!.id;
}

interface Wish {
  amount?: bigint;
  refund?: boolean;
  refundAmount?: bigint;
}

async function wishOf(invoice: InvoiceRow, { amount, refund, refundAmount }: Wish) {
  const invoiceLineId = await lineOf(invoice.id);
  return {
    invoiceId: invoice.id,
    reason: 'other' as const,
    ...(amount === undefined ? {} : { lines: [{ invoiceLineId, part: { amount: euro(amount) } }] }),
    ...(refund ? { refund } : {}),
    ...(refundAmount === undefined ? {} : { refundAmount: euro(refundAmount) }),
  };
}

/** Issues a note; before that its preview has to say the same. */
async function note(invoice: InvoiceRow, wish: Wish = {}) {
  const input = await wishOf(invoice, wish);
  const { plan } = await world.app.rehearse(organization.scope, (work) => issuePlanned(work, input));
  const made = await organization.transact((work) => issueCreditNote(work, input));
  const { toRefundMinor: toRefund, refundedBeforeMinor: refundedBefore, toBalanceMinor: toBalance } = plan;
  expect(made).toMatchObject({ toRefund, refundedBefore, toBalance });
  return made;
}

const refund = (paymentId: string, amount?: bigint) =>
  organization.transact((work) => createRefund(work, { paymentId, amount: amount ?? null }));

/** It is refused, at the amount, and the message says how much is left. */
const refused = (paymentId: string, amount: bigint | undefined, left: bigint) =>
  expect(refund(paymentId, amount)).rejects.toMatchObject({
    code: 'AMOUNT_TOO_LARGE',
    details: { path: ['input', 'amount'] },
    message: expect.stringContaining(`At most ${left} minor units of EUR`),
  });

async function paid(token = 'success', amount = 5_000n) {
  const { account, invoice } = await owing(world, organization, token, amount);
  await world.settle();
  const [payment] = await paymentsOf(world, account.id);
  return { accountId: account.id, invoice, paymentId: payment!.id };
}

/** Invoices of one account, and a payment by hand over so much for them. */
async function paidTogether(amounts: readonly bigint[], amount: bigint) {
  const { id: accountId } = await organization.account();
  const invoices: InvoiceRow[] = [];
  for (const one of amounts) {
    invoices.push(
      (await issueFor(world.app, organization, [accountId], () => ({ charges: [oneOff(accountId, one)] })))[0]!,
    );
  }
  const invoiceIds = invoices.map(({ id }) => id);
  const { id: paymentId } = await organization.transact((work) =>
    recordManualPayment(work, { accountId, invoiceIds, amount: euro(amount), kind: 'cash' }),
  );
  return { accountId, invoices, paymentId };
}

/** What customers have got back of payments: money, under way or there, and credit that notes gave. */
async function givenBack(accountId: string) {
  const [sums] = await sql<{ money: bigint; credit: bigint }>(
    `select (select coalesce(sum(r.amount), 0) from refunds r join payments p on p.id = r.payment_id
         where p.account_id = $1 and r.status not in ('failed', 'canceled'))::int as money,
       (select coalesce(sum(to_balance), 0) from credit_notes where account_id = $1 and status = 'issued')::int as credit`,
    [accountId],
  );
  return sums;
}

describe('the same money', () => {
  it('refunded first: a credit note tells of the refund, and only what is beyond it goes to the balance', async () => {
    const one = await paid();
    await refund(one.paymentId);
    expect(await note(one.invoice)).toMatchObject({ toRefund: 5_000n, refundedBefore: 5_000n, toBalance: 0n });
    expect(await givenBack(one.accountId)).toEqual({ money: 5_000, credit: 0 });

    const two = await paid();
    await refund(two.paymentId, 2_000n);
    expect(await note(two.invoice, { amount: 500n })).toMatchObject({
      toRefund: 500n,
      refundedBefore: 500n,
      toBalance: 0n,
    });
    expect(await note(two.invoice, { amount: 2_500n })).toMatchObject({ toRefund: 1_500n, toBalance: 1_000n });
    await refused(two.paymentId, 2_001n, 2_000n);
    const tooMuch = await wishOf(two.invoice, { refundAmount: 2_001n });
    await expect(organization.transact((work) => issueCreditNote(work, tooMuch))).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
      details: { path: ['input', 'refundAmount'] },
      message: expect.stringContaining('at most 2000 minor units of EUR'),
    });
    await refund(two.paymentId, 500n);
    const last = await note(two.invoice, { refund: true });
    expect(last).toMatchObject({ toRefund: 2_000n, refundedBefore: 500n, toBalance: 0n });
    expect(await givenBack(two.accountId)).toEqual({ money: 4_000, credit: 1_000 });
    await world.settle();
    const { data } = await world.graphql(
      'query ($id: ID!) { creditNote(id: $id) { refundedBefore { amountMinor } refunds { amount { amountMinor } status } } }',
      { id: toGlobalId('cn', last.id) },
      { as: organization },
    );
    expect(data).toEqual({
      creditNote: {
        refundedBefore: { amountMinor: '500' },
        refunds: [
          { amount: { amountMinor: '500' }, status: 'SUCCEEDED' },
          { amount: { amountMinor: '1500' }, status: 'SUCCEEDED' },
        ],
      },
    });
  });

  it('credited first: a refund without a note gives back only what is neither refunded nor credited', async () => {
    const one = await paid();
    await note(one.invoice);
    await refused(one.paymentId, undefined, 0n);
    const two = await paid();
    await note(two.invoice, { amount: 2_000n });
    await note(two.invoice, { amount: 1_000n, refund: true });
    await refused(two.paymentId, 4_000n, 2_000n);
    await refund(two.paymentId, 2_000n);
    expect(await givenBack(two.accountId)).toEqual({ money: 3_000, credit: 2_000 });
    // The rest of the invoice is what was refunded by then.
    expect(await note(two.invoice)).toMatchObject({ toRefund: 2_000n, refundedBefore: 2_000n, toBalance: 0n });
    expect(await givenBack(two.accountId)).toEqual({ money: 3_000, credit: 2_000 });
  });

  it('of a payment for several invoices: each tells of its own part, and what was left over is no part of them', async () => {
    const { accountId, invoices, paymentId } = await paidTogether([6_000n, 4_000n], 11_000n);
    const [first, second] = invoices;
    // 1,000 of the left-over, then all of the later invoice, then 500 of the other.
    await refund(paymentId, 5_500n);
    expect(await creditOf(world, accountId)).toBe(0n);
    expect(await note(first!)).toMatchObject({ refundedBefore: 500n, toRefund: 500n, toBalance: 5_500n });
    expect(await note(second!)).toMatchObject({ refundedBefore: 4_000n, toRefund: 4_000n, toBalance: 0n });
    await refused(paymentId, undefined, 0n);
    expect(await givenBack(accountId)).toEqual({ money: 5_500, credit: 5_500 });
  });

  it('as credit of an overpayment that is spent: it comes back as credit of what it paid, not as money', async () => {
    const { accountId, paymentId } = await paidTogether([1_000n], 3_000n);
    const [later] = await issueFor(world.app, organization, [accountId], () => ({
      charges: [oneOff(accountId, 1_500n)],
    }));
    expect(later).toMatchObject({ status: 'paid', creditsApplied: 1_500n });
    await refused(paymentId, undefined, 1_500n);
    await note(later!);
    await refund(paymentId);
    expect(await creditOf(world, accountId)).toBe(0n);
  });

  it('becomes credit when a refund fails that a note has told of; it can be refunded once more, from there', async () => {
    const one = await paid('refund_fails');
    await refund(one.paymentId, 4_000n);
    expect(await note(one.invoice, { amount: 3_000n })).toMatchObject({ refundedBefore: 3_000n, toBalance: 0n });
    await world.settle();
    expect(await creditOf(world, one.accountId)).toBe(3_000n);
    // 1,000 of the refund had no note: that much is simply still paid.
    expect(await note(one.invoice)).toMatchObject({ toRefund: 0n, toBalance: 2_000n });
    await refused(one.paymentId, 3_001n, 3_000n);
    await refund(one.paymentId, 3_000n);
    expect(await creditOf(world, one.accountId)).toBe(2_000n);
    await world.settle();
    expect(await creditOf(world, one.accountId)).toBe(5_000n);
    await checkBooks(world);
  });

  it('gone again after a note told of its refund: what the note took off is asked for by an invoice of its own', async () => {
    const { accountId, invoices, paymentId } = await paidTogether([5_000n], 5_000n);
    await refund(paymentId, 2_000n);
    await note(invoices[0]!, { amount: 1_500n });
    await world.settle();
    await organization.transact((work) => reversePayment(work, { paymentId, reason: 'insufficient_funds' }));
    expect(await storedInvoice(world, invoices[0]!.id)).toMatchObject({ status: 'open', amount_due: 3_500n });
    const [claim] = await sql('select total::int from invoices where account_id = $1 and reason = $2', [
      accountId,
      'payment_reversed',
    ]);
    expect(claim).toEqual({ total: 1_500 });
    await organization.transact((work) =>
      recordManualPayment(work, { accountId, invoiceIds: [invoices[0]!.id], amount: euro(3_500n), kind: 'cash' }),
    );
    // The refund was of the money that is gone: of the new one nothing was given back.
    expect(await note(invoices[0]!)).toMatchObject({ toRefund: 0n, toBalance: 3_500n });
    await checkBooks(world);
  });

  it('is given back once when twenty refunds and twenty notes ask at the same time', async () => {
    const one = await paid('success', 10_000n);
    const asked = Array.from({ length: 40 }, async (_, index) => {
      const amount = 300n + BigInt(index) * 13n;
      const input = await wishOf(one.invoice, { amount, refund: index % 4 === 0 });
      const ask =
        index % 2 === 0 ? refund(one.paymentId, amount) : organization.transact((work) => issueCreditNote(work, input));
      return ask.then(
        () => 'done',
        (error) => error.code,
      );
    });
    const answers = await Promise.all(asked);
    expect(new Set(answers)).toEqual(new Set(['done', 'AMOUNT_TOO_LARGE']));
    await world.settle();
    await note(one.invoice, { refund: true }).catch((error) => expect(error.code).toBe('INVALID_STATE'));
    await world.settle();
    const { money, credit } = (await givenBack(one.accountId))!;
    expect(Number(money) + Number(credit)).toBe(10_000);
    await expect(refund(one.paymentId, 1n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await checkBooks(world);
  });
});
