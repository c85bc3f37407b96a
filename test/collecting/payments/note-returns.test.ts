import { describe, expect, it } from '@jest/globals';
import { grantCredit, holdCredit, releaseHold } from '../../../src/collecting/credits/index.ts';
import { voidCreditNote, voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { issueCreditNote } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});

const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });
const later = (days: number) => new Date(world.clock.now().getTime() + days * 86_400_000);
const sql = <Row extends object>(text: string, values: unknown[]) =>
  query<Row>(world.database.superuserUrl, text, values);
const give = (accountId: string, amount: bigint, terms: object = {}) =>
  organization.transact((work) => grantCredit(work, { accountId, amount: euro(amount), ...terms }));
const bill = async (accountId: string, amount: bigint) =>
  (await issueFor(world.app, organization, [accountId], () => ({ charges: [oneOff(accountId, amount)] })))[0]!;
const note = (invoiceId: string, amount: bigint, refund = false) =>
  organization.transact(async (work) => {
    const [line] = await work.rows<{ id: string }>('select id from invoice_lines where invoice_id = $1', [invoiceId]);
    const lines = [{ invoiceLineId: line!.id, part: { amount: euro(amount) } }];
    return issueCreditNote(work, { invoiceId, reason: 'other', lines, refund });
  });
/** What is left in each lot, by where it came from, in the order of giving. */
const lots = async (accountId: string) =>
  (
    await sql<{ source_type: string; remaining: number }>(
      'select source_type, remaining::int from credit_grants where account_id = $1 order by id',
      [accountId],
    )
  ).map(({ source_type, remaining }) => [source_type, remaining]);
const history = async (accountId: string) =>
  (
    await sql<{ source_type: string; amount: number }>(
      'select source_type, amount::int from credit_entries where account_id = $1 order by seq',
      [accountId],
    )
  ).map(({ source_type, amount }) => [source_type, amount]);

/** An invoice of 10,000: 6,000 of a present for one-off lines that ends, 1,000 of another, and a check over the rest. */
async function paidThreeWays() {
  const { id } = await organization.account();
  const expiresAt = later(30);
  await give(id, 6_000n, { priority: 5, lineKinds: ['one_off'], expiresAt });
  await give(id, 1_000n);
  const invoice = await bill(id, 10_000n);
  expect(invoice).toMatchObject({ creditsApplied: 7_000n, amountDue: 3_000n });
  await organization.transact((work) =>
    recordManualPayment(work, { accountId: id, invoiceIds: [invoice.id], amount: euro(3_000n), kind: 'check' }),
  );
  return { id, invoiceId: invoice.id, expiresAt };
}

describe('a note on an invoice that credit paid', () => {
  it('gives back money first and then the lots, the last spent first, to the last unit', async () => {
    const { id, invoiceId, expiresAt } = await paidThreeWays();
    await note(invoiceId, 2_999n);
    expect(await lots(id)).toEqual([
      ['grant', 0],
      ['grant', 0],
      ['credit_note', 2_999],
    ]);
    await note(invoiceId, 2n);
    expect(await lots(id)).toEqual([
      ['grant', 0],
      ['grant', 1],
      ['credit_note', 2_999],
      ['credit_note', 1],
    ]);
    await note(invoiceId, 1_100n);
    expect((await lots(id)).slice(0, 2)).toEqual([
      ['grant', 101],
      ['grant', 1_000],
    ]);
    await note(invoiceId, 5_899n);
    expect(await lots(id)).toEqual([
      ['grant', 6_000],
      ['grant', 1_000],
      ['credit_note', 2_999],
      ['credit_note', 1],
    ]);
    await expect(note(invoiceId, 1n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    const [terms] = await sql(
      'select priority, line_kinds, expires_at from credit_grants where account_id = $1 order by id limit 1',
      [id],
    );
    expect(terms).toEqual({ priority: 5, line_kinds: ['one_off'], expires_at: expiresAt });
    // What money paid is credit without an end, the present is limited as before.
    const [recurring] = await issueFor(world.app, organization, [id], () => ({
      charges: [oneOff(id, 9_000n, { kind: 'adjustment' })],
    }));
    expect(recurring).toMatchObject({ creditsApplied: 4_000n, amountDue: 5_000n });
  });

  it('pays money back where that is wanted, and the rest goes to its lots', async () => {
    const { id, invoiceId } = await paidThreeWays();
    expect(await note(invoiceId, 4_000n, true)).toMatchObject({ toRefund: 3_000n, toBalance: 1_000n });
    expect(await lots(id)).toEqual([
      ['grant', 0],
      ['grant', 1_000],
    ]);
    expect(await note(invoiceId, 500n)).toMatchObject({ toBalance: 500n });
    expect(await lots(id)).toEqual([
      ['grant', 500],
      ['grant', 1_000],
    ]);
  });

  it('does not bring back what has expired meanwhile: the history tells it', async () => {
    const { id, invoiceId } = await paidThreeWays();
    world.clock.advance({ days: 31 });
    await note(invoiceId, 4_500n);
    expect(await creditOf(world, id)).toBe(4_000n);
    expect((await history(id)).slice(4)).toEqual([
      ['credit_note', 3_000],
      ['credit_note', 1_000],
      ['credit_note', 500],
      ['expiry', -500],
    ]);
    const promotions = await sql<{ amount: number }>(
      `select sum(e.amount)::int as amount from ledger_entries e join credit_grants g on g.id = e.source_id
       where e.account = 'promotions' and g.account_id = $1`,
      [id],
    );
    expect(promotions).toEqual([{ amount: 6_500 }]);
  });
});

describe('an invoice that is voided', () => {
  it('gives credit back into a lot that is over: it comes and leaves at the same instant', async () => {
    const { id } = await organization.account();
    await give(id, 1_000n, { expiresAt: later(4) });
    await give(id, 300n);
    const invoice = await bill(id, 1_500n);
    expect(invoice).toMatchObject({ status: 'open', creditsApplied: 1_300n });
    world.clock.advance({ days: 5 });
    await organization.transact((work) => voidInvoice(work, { id: invoice.id }));
    expect(await lots(id)).toEqual([
      ['grant', 0],
      ['grant', 300],
    ]);
    expect(await creditOf(world, id)).toBe(300n);
    const entries = await sql<{ source_type: string; amount: number; now: boolean }>(
      `select source_type, amount::int, at = $2 as now from credit_entries where account_id = $1 order by seq offset 4`,
      [id, world.clock.now()],
    );
    expect(entries).toEqual(
      expect.arrayContaining([
        { source_type: 'invoice_application', amount: 1_000, now: true },
        { source_type: 'expiry', amount: -1_000, now: true },
        { source_type: 'invoice_application', amount: 300, now: true },
      ]),
    );
    expect(entries).toHaveLength(3);
  });
});

describe('a note that is voided', () => {
  it('takes back out of the lots what it gave, also what left at once', async () => {
    const { id, invoiceId } = await paidThreeWays();
    world.clock.advance({ days: 31 });
    const { id: noteId } = await note(invoiceId, 4_500n);
    await organization.transact((work) => voidCreditNote(work, { id: noteId }));
    expect(await creditOf(world, id)).toBe(0n);
    expect(await storedInvoice(world, invoiceId)).toMatchObject({ status: 'paid', amount_due: 0n });
    expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
    // What was taken off can be taken off again, and goes the same way.
    await note(invoiceId, 4_500n);
    expect(await creditOf(world, id)).toBe(4_000n);
  });

  it('is refused while some of that is spent or held', async () => {
    const { id, invoiceId } = await paidThreeWays();
    const { id: noteId } = await note(invoiceId, 5_000n);
    const hold = await organization.transact((work) =>
      holdCredit(work, { accountId: id, amount: euro(1_500n), expiresAt: later(1) }),
    );
    const undo = () => organization.transact((work) => voidCreditNote(work, { id: noteId }));
    await expect(undo()).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await organization.transact((work) => releaseHold(work, { id: hold.id }));
    await undo();
    expect(await creditOf(world, id)).toBe(0n);
  });
});
