import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CreateCreditNoteInput,
  createCreditNote,
  type InvoiceRow,
  markUncollectible,
  voidCreditNote,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { createRefund } from '../../../src/collecting/payments/index.ts';
import { issueCreditNote, issuePlanned } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { issueFor, oneOff, plainSubscription, recurring } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, factTypes, owing, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});

beforeAll(async () => {
  const rate = (percent: string, inclusive: boolean, country: string, region?: string) =>
    organization.transact((work) =>
      createTaxRate(work, { name: `${percent} %`, country, percent, inclusive, ...(region ? { region } : {}) }),
    );
  await rate('20', false, 'AT');
  await rate('3.25', false, 'AT', 'Wien');
  await rate('19', true, 'DE');
});

type Wish = Omit<CreateCreditNoteInput, 'reason'>;
const issue = (wish: Wish) => organization.transact((work) => issueCreditNote(work, { reason: 'other', ...wish }));
const part = (invoiceLineId: string, amountMinor: bigint) => ({
  invoiceLineId,
  part: { amount: { amountMinor, currency: 'EUR' } },
});
const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);
const lineIds = async (invoiceId: string) =>
  (await sql<{ id: string }>('select id from invoice_lines where invoice_id = $1 order by position', [invoiceId])).map(
    (row) => row.id,
  );

async function bill(
  country: string | null,
  amounts: readonly bigint[],
  region?: string,
  discounts: readonly bigint[] = [],
): Promise<InvoiceRow> {
  const { id } = await organization.account(
    country ? { billingAddress: { country, ...(region ? { region } : {}) } } : {},
  );
  const charges = amounts.map((amount, index) =>
    oneOff(id, amount, amount < 0n ? { kind: 'adjustment' } : { discount: discounts[index] ?? 0n }),
  );
  return (await issueFor(world.app, organization, [id], () => ({ charges })))[0]!;
}

async function paid(token: string, amount = 5_000n) {
  const { account, invoice } = await owing(world, organization, token, amount);
  await world.settle();
  const [payment] = await paymentsOf(world, account.id);
  return { accountId: account.id, invoice, paymentId: payment!.id };
}

const payByHand = ({ billToAccountId: accountId, id, total, currency }: InvoiceRow) =>
  organization.transact((work) =>
    recordManualPayment(work, { accountId, invoiceIds: [id], amount: { amountMinor: total, currency }, kind: 'cash' }),
  );

const refundsOf = (noteId: string) =>
  sql<{ status: string; amount: string }>(
    'select status, amount::text from refunds where credit_note_id = $1 order by id',
    [noteId],
  );

describe('credit notes', () => {
  it('over any partition of an invoice add up to it: sums, lines and every rate', async () => {
    const places = [
      ['AT', 'Wien'],
      ['DE', undefined],
      [null, undefined],
    ] as const;
    const anyInvoice = fc.record({
      place: fc.constantFrom(...places),
      priced: fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 5_000n }), fc.constantFrom(0n, 10n, 33n, 100n)), {
        minLength: 1,
        maxLength: 4,
      }),
      paid: fc.boolean(),
      cuts: fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 90 }), fc.boolean()), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(anyInvoice, async ({ place: [country, region], priced, paid: pays, cuts }) => {
        const amounts = priced.map(([amount]) => amount);
        const discounts = priced.map(([amount, percent]) => (amount * percent) / 100n);
        const invoice = await bill(country, amounts, region, discounts);
        if (invoice.total === 0n) return;
        if (pays) await payByHand(invoice);
        const ids = await lineIds(invoice.id);
        const left = [...amounts];
        for (const [which, percent, refund] of cuts) {
          const index = which % ids.length;
          const amount = (left[index]! * BigInt(percent)) / 100n;
          if (amount === 0n) continue;
          const note = await issue({ invoiceId: invoice.id, lines: [part(ids[index]!, amount)], refund }).catch(
            // Of a line that is discounted to nothing a part comes to nothing.
            (error) => expect(error).toMatchObject({ code: 'INVALID_STATE' }),
          );
          if (note) left[index] = left[index]! - amount;
        }
        await issue({ invoiceId: invoice.id, refund: pays });
        await expect(issue({ invoiceId: invoice.id })).rejects.toMatchObject({ code: 'INVALID_STATE' });
        const [sums] = await sql(
          `select sum(subtotal)::text as subtotal, sum(tax_total)::text as tax, sum(total)::text as total, sum(discount_total)::text as discount,
             sum(case when $2 then to_refund + to_balance else to_invoice end)::text as given
           from credit_notes where invoice_id = $1`,
          [invoice.id, pays],
        );
        expect(sums).toEqual({
          subtotal: `${invoice.subtotal}`,
          tax: `${invoice.taxTotal}`,
          total: `${invoice.total}`,
          discount: `${invoice.discountTotal}`,
          given: `${invoice.total}`,
        });
        const [taxes] = await sql<{ same: boolean }>(
          `select not exists (
             (select tax_rate_id, sum(taxable), sum(amount) from invoice_taxes where invoice_id = $1 group by 1
              except select t.tax_rate_id, sum(t.taxable), sum(t.amount) from credit_note_taxes t
                join credit_notes n on n.id = t.credit_note_id where n.invoice_id = $1 group by 1)) as same`,
          [invoice.id],
        );
        expect(taxes).toEqual({ same: true });
        const open = await sql(
          `select l.id from invoice_lines l join credit_note_lines n on n.invoice_line_id = l.id where l.invoice_id = $1
           group by l.id, l.organization_id, l.amount, l.discount_amount, l.tax_amount
           having (l.amount, l.discount_amount, l.tax_amount) <> (sum(n.amount), sum(n.discount_amount), sum(n.tax_amount))`,
          [invoice.id],
        );
        expect(open).toEqual([]);
        expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_due: 0n });
      }),
      { numRuns: 10 },
    );
    await checkBooks(world, { quiet: false });
  });

  it('are never more than the invoice when twenty clients ask at once', async () => {
    const invoice = await bill('AT', [1_001n, 333n], 'Wien', [100n, 0n]);
    await payByHand(invoice);
    const [first, second] = await lineIds(invoice.id);
    const asked = Array.from({ length: 20 }, (_, n) =>
      issue({
        invoiceId: invoice.id,
        lines: [part((n % 4 ? first : second)!, n % 4 ? 97n : 81n)],
        refund: n % 3 === 0,
      }).then(
        () => 'issued',
        (error) => error.code,
      ),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'issued')).toHaveLength(14);
    expect(new Set(answers)).toEqual(new Set(['issued', 'AMOUNT_TOO_LARGE']));
    await issue({ invoiceId: invoice.id });
    const [sums] = await sql(
      'select sum(total)::text as total, sum(tax_total)::text as tax from credit_notes where invoice_id = $1',
      [invoice.id],
    );
    expect(sums).toEqual({ total: `${invoice.total}`, tax: `${invoice.taxTotal}` });
    await world.settle();
    await checkBooks(world);
  });

  it('leave credit once, however often refunds of it fail, and give it back lot by lot', async () => {
    const { accountId, invoice, paymentId } = await paid('refund_fails');
    const [line] = await lineIds(invoice.id);
    for (const amount of [2_000n, 3_000n]) {
      await issue({ invoiceId: invoice.id, lines: [part(line!, amount)], refund: true });
      await world.settle();
    }
    expect(await creditOf(world, accountId)).toBe(5_000n);
    for (let time = 0; time < 3; time += 1) {
      await organization.transact((work) => createRefund(work, { paymentId, amount: 4_500n }));
      expect(await creditOf(world, accountId)).toBe(500n);
      await world.settle();
      expect(await creditOf(world, accountId)).toBe(5_000n);
    }
    const lots = await sql(
      'select amount::int, remaining::int from credit_grants where account_id = $1 and amount > 0 order by amount',
      [accountId],
    );
    expect(lots).toEqual([
      { amount: 2_000, remaining: 2_000 },
      { amount: 3_000, remaining: 3_000 },
    ]);
    await checkBooks(world);
  });

  it('first lower what is due, then pay money back if that is wanted, and leave the rest as credit', async () => {
    const open = await bill(null, [1_000n]);
    const [line] = await lineIds(open.id);
    const first = await issue({ invoiceId: open.id, lines: [part(line!, 300n)] });
    expect(first).toMatchObject({ toInvoice: 300n, toRefund: 0n, toBalance: 0n });
    expect(await storedInvoice(world, open.id)).toMatchObject({ status: 'open', amount_due: 700n });
    expect(await factTypes(world, open.id)).toContain('invoice.credited');

    const one = await paid('success');
    const [paidLine] = await lineIds(one.invoice.id);
    const wish = { invoiceId: one.invoice.id, lines: [part(paidLine!, 2_000n)] };
    expect(await issue(wish)).toMatchObject({ toInvoice: 0n, toRefund: 0n, toBalance: 2_000n });
    expect(await creditOf(world, one.accountId)).toBe(2_000n);
    const refundAmount = { amountMinor: 1_200n, currency: 'EUR' };
    const split = await issue({ ...wish, refundAmount });
    expect(split).toMatchObject({ toRefund: 1_200n, toBalance: 800n });
    const rest = await issue({ invoiceId: one.invoice.id, refund: true });
    expect(rest).toMatchObject({ total: 1_000n, toRefund: 1_000n, toBalance: 0n });
    await world.settle();
    expect(await refundsOf(split.id)).toEqual([{ status: 'succeeded', amount: '1200' }]);
    expect(await refundsOf(rest.id)).toEqual([{ status: 'succeeded', amount: '1000' }]);
    expect(await creditOf(world, one.accountId)).toBe(2_800n);
    await checkBooks(world);
  });

  it('are one number each, without gaps, frozen, and hashed as the database hashes them', async () => {
    const own = await world.organization();
    const { id } = await own.account();
    const [invoice] = await issueFor(world.app, own, [id], () => ({ charges: [oneOff(id, 900n), oneOff(id, 100n)] }));
    const lines = await lineIds(invoice!.id);
    const ask = (amount: bigint) =>
      own.transact((work) =>
        createCreditNote(work, {
          invoiceId: invoice!.id,
          lines: [part(lines[0]!, amount)],
          reason: 'duplicate',
          memo: 'Café "quoted"',
        }),
      );
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => ask(300n)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const notes = await sql<{ number: string; same: boolean }>(
      `select number, content_hash = credit_note_content_hash(organization_id, id) as same from credit_notes
       where organization_id = $1 order by number`,
      [own.id],
    );
    expect(notes).toEqual([1, 2, 3].map((no) => ({ number: `CN-INV-00000${no}`, same: true })));
    for (const change of [
      `update credit_notes set memo = 'other'`,
      `update credit_notes set issuer = '{}'`,
      'update credit_note_lines set amount = 1',
      `insert into credit_note_lines select organization_id, gen_random_uuid(), credit_note_id, invoice_line_id, 9, '', null, 0, 0, 0, 0, 0, '[]', null, null, false, created_at from credit_note_lines limit 1`,
      'delete from credit_notes',
    ]) {
      await expect(sql(change, [])).rejects.toThrow(/does not change|append-only/);
    }
  });

  it('are refused before anything is written: too much, a draft, a foreign line, more money than was paid', async () => {
    const one = await paid('success');
    const [line] = await lineIds(one.invoice.id);
    const { invoice } = one;
    const refusals: [Wish, string, string[]][] = [
      [{ invoiceId: invoice.id, lines: [part(line!, 5_001n)] }, 'AMOUNT_TOO_LARGE', ['input', 'lines', '0']],
      [{ invoiceId: invoice.id, lines: [part(line!, 0n)] }, 'INVALID_INPUT', ['input', 'lines', '0', 'part', 'amount']],
      [
        { invoiceId: invoice.id, lines: [part(line!, -5n)] },
        'INVALID_INPUT',
        ['input', 'lines', '0', 'part', 'amount'],
      ],
      [{ invoiceId: invoice.id, lines: [part(invoice.id, 1n)] }, 'NOT_FOUND', ['input', 'lines', '0', 'invoiceLineId']],
      [
        { invoiceId: invoice.id, lines: [part(line!, 1n), part(line!, 1n)] },
        'INVALID_INPUT',
        ['input', 'lines', '1', 'invoiceLineId'],
      ],
      [
        { invoiceId: invoice.id, refundAmount: { amountMinor: 5_001n, currency: 'EUR' } },
        'AMOUNT_TOO_LARGE',
        ['input', 'refundAmount'],
      ],
      [
        { invoiceId: invoice.id, refundAmount: { amountMinor: 1n, currency: 'USD' } },
        'CURRENCY_MISMATCH',
        ['input', 'refundAmount', 'currency'],
      ],
      [
        { invoiceId: invoice.id, lines: [{ invoiceLineId: line!, freesPeriod: true }] },
        'INVALID_INPUT',
        ['input', 'lines', '0', 'freesPeriod'],
      ],
    ];
    for (const [wish, code, path] of refusals) {
      await expect(issue(wish)).rejects.toMatchObject({ code, details: { path } });
    }
    const [draft] = await issueFor(world.app, organization, [one.accountId], () => ({
      charges: [oneOff(one.accountId, 1n)],
      finalize: false,
    }));
    await expect(issue({ invoiceId: draft!.id })).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(await sql('select 1 from credit_notes where invoice_id = $1', [invoice.id])).toEqual([]);
    expect(await sql('select 1 from refunds where payment_id = $1', [one.paymentId])).toEqual([]);
  });

  it('pay back what a plain refund left, which they tell of, and make what fails credit, which a later refund takes back', async () => {
    const one = await paid('success');
    await organization.transact((work) => createRefund(work, { paymentId: one.paymentId, amount: 4_000n }));
    expect(await issue({ invoiceId: one.invoice.id, refund: true })).toMatchObject({
      toRefund: 5_000n,
      refundedBefore: 4_000n,
      toBalance: 0n,
    });

    const failing = await paid('refund_fails');
    const note = await issue({ invoiceId: failing.invoice.id, refund: true });
    expect(note).toMatchObject({ toRefund: 5_000n });
    await world.settle();
    expect(await refundsOf(note.id)).toEqual([{ status: 'failed', amount: '5000' }]);
    expect(await creditOf(world, failing.accountId)).toBe(5_000n);
    await checkBooks(world);
    await organization.transact((work) => createRefund(work, { paymentId: failing.paymentId, amount: 2_000n }));
    expect(await creditOf(world, failing.accountId)).toBe(3_000n);
    await world.settle();
    expect(await creditOf(world, failing.accountId)).toBe(5_000n);
  });

  it('voided while a payment is on its way: that brings its part, and the rest is collected by itself', async () => {
    const { account, invoice } = await owing(world, organization, 'success', 5_000n);
    const [line] = await lineIds(invoice.id);
    const credit = await issue({ invoiceId: invoice.id, lines: [part(line!, 1_000n)] });
    await organization.transact((work) => voidCreditNote(work, { id: credit.id }));
    await world.settle();
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_due: 0n });
    expect((await paymentsOf(world, account.id)).map(({ status, amount }) => [status, amount])).toEqual([
      ['succeeded', 4_000n],
      ['succeeded', 1_000n],
    ]);
  });

  it('voided after a payment left its part over: that pays for it, and nobody is charged again', async () => {
    const { account, invoice } = await owing(world, organization, 'processing_succeeds', 5_000n);
    const [line] = await lineIds(invoice.id);
    await world.settle();
    const credit = await issue({ invoiceId: invoice.id, lines: [part(line!, 1_000n)] });
    world.clock.advance({ days: 10 });
    await world.settle();
    expect(await creditOf(world, account.id)).toBe(1_000n);
    await organization.transact((work) => voidCreditNote(work, { id: credit.id }));
    await world.settle();
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_due: 0n });
    expect(await creditOf(world, account.id)).toBe(0n);
    expect((await paymentsOf(world, account.id)).map(({ status, amount }) => [status, amount])).toEqual([
      ['succeeded', 5_000n],
    ]);
  });

  it('voided long ago do not make a part that is paid by hand charge the card', async () => {
    const { account, invoice } = await owing(world, organization, 'insufficient_funds', 10_000n);
    const [line] = await lineIds(invoice.id);
    const credit = await issue({ invoiceId: invoice.id, lines: [part(line!, 3_000n)] });
    await organization.transact((work) => voidCreditNote(work, { id: credit.id }));
    await world.settle();
    const [failed] = await paymentsOf(world, account.id);
    expect(failed).toMatchObject({ status: 'failed' });
    const canceled = await world.graphql<{ cancelPayment: { userErrors: object[] } }>(
      'mutation ($input: CancelPaymentInput!) { cancelPayment(input: $input) { userErrors { code message } } }',
      { input: { paymentId: toGlobalId('pay', failed!.id) } },
      { as: organization },
    );
    expect(canceled.data?.cancelPayment.userErrors).toEqual([]);
    await organization.transact((work) =>
      recordManualPayment(work, {
        ...{ accountId: account.id, invoiceIds: [invoice.id], kind: 'bank_transfer' },
        amount: { amountMinor: 4_000n, currency: 'EUR' },
      } as never),
    );
    await world.settle();
    expect((await paymentsOf(world, account.id)).map(({ status, amount }) => [status, amount])).toEqual([
      ['canceled', failed!.amount],
      ['succeeded', 4_000n],
    ]);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open', amount_due: 6_000n });
  });

  it('can be voided while nothing came of them: the invoice asks again and the credit is withdrawn', async () => {
    const open = await bill(null, [1_000n]);
    const note = await issue({ invoiceId: open.id });
    expect(await storedInvoice(world, open.id)).toMatchObject({ status: 'paid' });
    await expect(organization.transact((work) => voidInvoice(work, { id: open.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await organization.transact((work) => voidCreditNote(work, { id: note.id }));
    expect(await storedInvoice(world, open.id)).toMatchObject({ status: 'open', amount_due: 1_000n });
    const again = () => organization.transact((work) => voidCreditNote(work, { id: note.id }));
    await expect(again()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await organization.transact((work) => voidInvoice(work, { id: open.id }));

    const one = await paid('success');
    const credit = await issue({ invoiceId: one.invoice.id });
    expect(await creditOf(world, one.accountId)).toBe(5_000n);
    await issueFor(world.app, organization, [one.accountId], () => ({ charges: [oneOff(one.accountId, 1n)] }));
    await expect(organization.transact((work) => voidCreditNote(work, { id: credit.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: 'The credit of this note was spent already, is held or is over.',
    });
    const other = await paid('success');
    const money = await issue({ invoiceId: other.invoice.id, refund: true });
    await expect(organization.transact((work) => voidCreditNote(work, { id: money.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    const back = await paid('success');
    const balance = await issue({ invoiceId: back.invoice.id });
    await organization.transact((work) => voidCreditNote(work, { id: balance.id }));
    expect(await creditOf(world, back.accountId)).toBe(0n);
    await checkBooks(world, { quiet: false });
  });

  it('free a period, or a part of it, to be billed once more', async () => {
    const { id } = await organization.account();
    const ids = await plainSubscription(world.database.superuserUrl, organization.id, id);
    const billing = (start: string, end: string, amount: bigint) =>
      issueFor(world.app, organization, [id], () => ({ charges: [recurring(id, ids, [start, end], amount)] }));
    const [invoice] = await billing('2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z', 3_000n);
    const [line] = await lineIds(invoice!.id);
    const period = { start: new Date('2026-04-21T00:00:00Z'), end: new Date('2026-05-01T00:00:00Z') };
    const wish = { invoiceId: invoice!.id, lines: [{ invoiceLineId: line!, part: { period }, freesPeriod: true }] };
    const note = await issue(wish);
    expect(note).toMatchObject({ total: 1_000n });
    await expect(issue(wish)).rejects.toMatchObject({ code: 'CONFLICT' });
    const over = { start: new Date('2026-04-11T00:00:00Z'), end: new Date('2026-04-21T00:00:00.001Z') };
    const goodwill = { invoiceId: invoice!.id, lines: [{ invoiceLineId: line!, part: { period: over } }] };
    await expect(issue(goodwill)).rejects.toThrow('Some of this time was given back already');
    await organization.transact((work) => voidCreditNote(work, { id: note.id }));
    const freed = await issue(wish);
    await billing('2026-04-21T00:00:00Z', '2026-05-01T00:00:00Z', 1_500n);
    await checkBooks(world, { quiet: false });
    await expect(organization.transact((work) => voidCreditNote(work, { id: freed.id }))).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await expect(billing('2026-04-20T00:00:00Z', '2026-04-21T00:00:00Z', 1n)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('reverse a write-off as far as they go, and release a payment that still claims the money', async () => {
    const given = await bill(null, [1_000n]);
    await organization.transact((work) => markUncollectible(work, { id: given.id }));
    const [line] = await lineIds(given.id);
    const first = await issue({ invoiceId: given.id, lines: [part(line!, 400n)] });
    expect(first).toMatchObject({ toInvoice: 400n, toBalance: 0n });
    await organization.transact((work) => voidCreditNote(work, { id: first.id }));
    await issue({ invoiceId: given.id });
    expect(await storedInvoice(world, given.id)).toMatchObject({ status: 'paid' });

    const { account, invoice } = await owing(world, organization, 'success', 800n);
    await issue({ invoiceId: invoice.id });
    await world.settle();
    expect(await paymentsOf(world, account.id)).toMatchObject([{ status: 'canceled' }]);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_paid: 0n });
  });

  it('mirror an invoice with negative lines as a whole', async () => {
    const invoice = await bill('AT', [1_000n, -300n, 55n], 'Wien');
    const lines = await lineIds(invoice.id);
    await expect(issue({ invoiceId: invoice.id, lines: [part(lines[0]!, 1_000n)] })).rejects.toMatchObject({
      code: 'AMOUNT_TOO_LARGE',
    });
    expect(await issue({ invoiceId: invoice.id })).toMatchObject({ subtotal: 755n, total: invoice.total });
  });

  it('come as their preview says, and are shown with what they are of', async () => {
    const one = await paid('success');
    const [line] = await lineIds(one.invoice.id);
    const wish = {
      invoiceId: toGlobalId('inv', one.invoice.id),
      lines: [{ invoiceLineId: toGlobalId('il', line!), part: { quantity: '0.333' } }],
      refundAmount: { amountMinor: '100', currency: 'EUR' },
    };
    const sums =
      'subtotal { amountMinor } taxTotal { amountMinor } total { amountMinor } toInvoice { amountMinor } toRefund { amountMinor } toBalance { amountMinor }';
    const preview = await world.graphql<{ previewCreditNote: { preview: object } }>(
      `query ($input: PreviewCreditNoteInput!) { previewCreditNote(input: $input) { preview { ${sums} } userErrors { code } } }`,
      { input: wish },
      { as: organization },
    );
    expect(await sql('select 1 from credit_notes where invoice_id = $1', [one.invoice.id])).toEqual([]);
    const made = await world.graphql<{ createCreditNote: { creditNote: Record<string, unknown> } }>(
      `mutation ($input: CreateCreditNoteInput!) { createCreditNote(input: $input) { userErrors { code path }
         creditNote { ${sums} id number lines { quantity invoiceLine { id } } refunds { status creditNote { number } }
           invoice { creditNotes { number } creditNotesApplied { amountMinor } } } } }`,
      { input: { ...wish, reason: 'OTHER' } },
      { as: organization },
    );
    const { id, number, lines, refunds, invoice, ...amounts } = made.data!.createCreditNote.creditNote;
    expect(amounts).toEqual(preview.data!.previewCreditNote.preview);
    expect(amounts).toMatchObject({ total: { amountMinor: '1665' }, toRefund: { amountMinor: '100' } });
    expect({ lines, refunds, invoice }).toEqual({
      lines: [{ quantity: '0.333', invoiceLine: { id: wish.lines[0]!.invoiceLineId } }],
      refunds: [{ status: 'SUCCEEDED', creditNote: { number } }],
      invoice: { creditNotes: [{ number }], creditNotesApplied: { amountMinor: '0' } },
    });
    const node = await world.graphql(
      'query ($id: ID!) { node(id: $id) { ... on CreditNote { number } } }',
      { id },
      { as: organization },
    );
    expect(node.data).toEqual({ node: { number } });
    const plan = await world.app.rehearse(organization.scope, (work) =>
      issuePlanned(work, { invoiceId: one.invoice.id, reason: 'other' }),
    );
    expect(plan.plan.total).toBe(3_335n);
  });
});
