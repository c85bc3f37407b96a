import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyMoney,
  creditOverpayments,
  finalizeInvoice,
  type InvoiceRow,
  lockInvoices,
  markUncollectible,
  takeMoneyBack,
  takeOverpaymentBack,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import {
  type InvoiceEvent,
  type InvoiceStatus,
  invoiceEvents,
  invoiceLifecycle,
  invoiceStatuses,
} from '../../../src/collecting/invoicing/invoicing.lifecycle.ts';
import { newId } from '../../../src/platform/id.ts';
import { next } from '../../../src/rules/lifecycle.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff, plainSubscription, recurring } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(async () => {
  expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  await world.close();
});

const at = new Date('2026-03-05T00:00:00Z');

async function draft(amount = 1000n): Promise<InvoiceRow> {
  const { id } = await organization.account();
  const [invoice] = await issueFor(world.app, organization, [id], () => ({
    charges: [oneOff(id, amount)],
    finalize: false,
  }));
  return invoice!;
}

/** Pays through the verb, as payments does: the row is locked in the same transaction. */
const pay = (id: string, amount: bigint, paymentId = newId()) =>
  organization.transact(async (work) => {
    const invoice = (await lockInvoices(work, [id])).get(id)!;
    await applyMoney(work, [{ invoice, amount, at, paymentId }]);
    return invoice;
  });

const bounce = (id: string, amount: bigint, paymentId = newId()) =>
  organization.transact(async (work) => {
    const invoice = (await lockInvoices(work, [id])).get(id)!;
    await takeMoneyBack(work, [{ invoice, amount, at, paymentId }]);
    return invoice;
  });

const run: Record<InvoiceEvent, (invoice: InvoiceRow) => Promise<unknown>> = {
  finalize: ({ id }) => organization.transact((work) => finalizeInvoice(work, { id })),
  finalize_settled: ({ id }) => organization.transact((work) => finalizeInvoice(work, { id })),
  pay: ({ id }) => pay(id, 1n),
  settle: async ({ id }) => {
    const { amountDue, writtenOff, total } = await stored(id);
    return pay(id, amountDue || writtenOff || total);
  },
  void: ({ id }) => organization.transact((work) => voidInvoice(work, { id })),
  give_up: ({ id }) => organization.transact((work) => markUncollectible(work, { id })),
  bounce: async ({ id }) => {
    const { amountPaid } = await stored(id);
    return bounce(id, amountPaid || 1n);
  },
};

/** How an invoice gets into a status. */
const reach: Record<InvoiceStatus, InvoiceEvent[]> = {
  draft: [],
  open: ['finalize'],
  paid: ['finalize', 'settle'],
  void: ['finalize', 'void'],
  uncollectible: ['finalize', 'pay', 'give_up'],
};

interface Stored {
  status: InvoiceStatus;
  amountDue: bigint;
  amountPaid: bigint;
  writtenOff: bigint;
  total: bigint;
}

async function stored(id: string): Promise<Stored> {
  const [row] = await query<Record<string, string>>(
    world.database.superuserUrl,
    'select status, amount_due::text, amount_paid::text, written_off::text, total::text from invoices where id = $1',
    [id],
  );
  const { status, amount_due, amount_paid, written_off, total } = row!;
  return {
    status: status as InvoiceStatus,
    amountDue: BigInt(amount_due!),
    amountPaid: BigInt(amount_paid!),
    writtenOff: BigInt(written_off!),
    total: BigInt(total!),
  };
}

describe('every status and every event', () => {
  for (const status of invoiceStatuses) {
    for (const event of invoiceEvents) {
      if (event === 'finalize_settled') continue;
      const to = next(invoiceLifecycle, status, event);
      it(`${status} + ${event} → ${to ?? 'refused'}`, async () => {
        const invoice = await draft();
        for (const step of reach[status]) await run[step](invoice);
        // An open invoice on which nothing was paid has nothing that could bounce.
        if (status === 'open' && event === 'bounce') await pay(invoice.id, 10n);
        expect(await stored(invoice.id)).toMatchObject({ status });
        if (to) {
          await run[event](invoice);
          expect(await stored(invoice.id)).toMatchObject({ status: to });
        } else {
          await expect(run[event](invoice)).rejects.toMatchObject({ code: 'INVALID_STATE' });
          expect(await stored(invoice.id)).toMatchObject({ status });
        }
      });
    }
  }

  it('a draft that asks for nothing is paid when it is finalized', async () => {
    const invoice = await draft(0n);
    await run.finalize_settled(invoice);
    expect(await stored(invoice.id)).toMatchObject({ status: 'paid', total: 0n });
  });
});

describe('money', () => {
  it('is refused beyond what is asked for, and in part leaves the rest due', async () => {
    const invoice = await draft();
    await run.finalize(invoice);
    await expect(pay(invoice.id, 1001n)).rejects.toMatchObject({ code: 'AMOUNT_TOO_LARGE' });
    await pay(invoice.id, 400n);
    expect(await stored(invoice.id)).toMatchObject({ status: 'open', amountDue: 600n, amountPaid: 400n });
    await expect(run.void(invoice)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('on a written-off invoice reverses the write-off, part by part', async () => {
    const invoice = await draft();
    await run.finalize(invoice);
    await run.give_up(invoice);
    await pay(invoice.id, 300n);
    expect(await stored(invoice.id)).toMatchObject({ status: 'uncollectible', writtenOff: 700n, amountPaid: 300n });
    await pay(invoice.id, 700n);
    expect(await stored(invoice.id)).toMatchObject({ status: 'paid', writtenOff: 0n, amountPaid: 1000n });
    expect(await ledgerOf(invoice.id)).toMatchObject({ bad_debt: '0', receivable: '0', cash: '1000' });
  });

  it('that bounces opens the invoice again, which may be given up a second time', async () => {
    const invoice = await draft();
    await run.finalize(invoice);
    await run.give_up(invoice);
    const paymentId = newId();
    await pay(invoice.id, 1000n, paymentId);
    await bounce(invoice.id, 1000n, paymentId);
    expect(await stored(invoice.id)).toMatchObject({ status: 'open', amountDue: 1000n, amountPaid: 0n });
    await run.give_up(invoice);
    expect(await stored(invoice.id)).toMatchObject({ status: 'uncollectible', writtenOff: 1000n });
    expect(await ledgerOf(invoice.id)).toMatchObject({ bad_debt: '1000', receivable: '0', cash: '0' });
  });

  it('that is left over becomes credit, which the next invoice spends; once it bounces, that one is owed', async () => {
    const { id: accountId } = await organization.account();
    const overpayment = {
      organizationId: organization.id,
      accountId,
      paymentId: newId(),
      currency: 'EUR',
      amount: 500n,
      at,
    };
    await organization.transact((work) => creditOverpayments(work, [overpayment]));
    await expect(organization.transact((work) => creditOverpayments(work, [overpayment]))).rejects.toThrow();
    const [invoice] = await issueFor(world.app, organization, [accountId], () => ({
      charges: [oneOff(accountId, 300n)],
    }));
    expect(invoice).toMatchObject({ status: 'paid', creditsApplied: 300n, amountDue: 0n });
    await organization.transact(async (work) => {
      const held = await lockInvoices(work, [invoice!.id]);
      await takeOverpaymentBack(work, overpayment, (ids) => ids.map((id) => held.get(id)!));
    });
    expect(await stored(invoice!.id)).toMatchObject({ status: 'open', amountDue: 300n });
    const rows = await query(
      world.database.superuserUrl,
      `select account, sum(amount)::text as amount from ledger_entries where source_id = $1 group by 1 order by 1`,
      [overpayment.paymentId],
    );
    expect(rows).toEqual([
      { account: 'cash', amount: '0' },
      { account: 'credits', amount: '0' },
    ]);
  });
});

/** What the ledger holds because of an invoice and of the payments applied to it. */
async function ledgerOf(invoiceId: string): Promise<Record<string, string>> {
  const rows = await query<{ account: string; balance: string }>(
    world.database.superuserUrl,
    `select account, sum(amount)::text as balance from ledger_entries where source_id = $1 or effect like '%:' || $1::text group by 1`,
    [invoiceId],
  );
  return Object.fromEntries(rows.map((row) => [row.account, row.balance]));
}

describe('a void', () => {
  it('gives credit back, releases periods and turns the ledger round', async () => {
    const { id: accountId } = await organization.account();
    const subscription = await plainSubscription(world.database.superuserUrl, organization.id, accountId);
    await issueFor(world.app, organization, [accountId], () => ({
      charges: [oneOff(accountId, -400n, { kind: 'adjustment' })],
    }));
    const period = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'] as const;
    const bill = () =>
      issueFor(world.app, organization, [accountId], () => ({ charges: [recurring(accountId, subscription, period)] }));
    const [invoice] = await bill();
    expect(invoice).toMatchObject({ creditsApplied: 400n, amountDue: 600n });
    await run.void(invoice!);
    const [balance] = await query(
      world.database.superuserUrl,
      'select balance::text from credit_balances where account_id = $1',
      [accountId],
    );
    expect(balance).toEqual({ balance: '400' });
    expect(Object.values(await ledgerOf(invoice!.id)).every((amount) => amount === '0')).toBe(true);
    const released = await query(
      world.database.superuserUrl,
      'select subscription_id, period_start, period_end from released_periods where invoice_id = $1',
      [invoice!.id],
    );
    expect(released).toEqual([
      {
        subscription_id: subscription.subscriptionId,
        period_start: new Date(period[0]),
        period_end: new Date(period[1]),
      },
    ]);
    const [again] = await bill();
    expect(again).toMatchObject({ status: 'open', creditsApplied: 400n });
  });

  it('is refused where another invoice took part of it back', async () => {
    const { id: accountId } = await organization.account();
    const subscription = await plainSubscription(world.database.superuserUrl, organization.id, accountId);
    const period = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'] as const;
    const [invoice] = await issueFor(world.app, organization, [accountId], () => ({
      charges: [recurring(accountId, subscription, period)],
    }));
    const [line] = await query<{ id: string }>(
      world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1',
      [invoice!.id],
    );
    const rest = ['2026-01-16T00:00:00Z', period[1]] as const;
    await issueFor(world.app, organization, [accountId], () => ({
      charges: [
        { ...recurring(accountId, subscription, rest, -500n), reversesLineId: line!.id },
        oneOff(accountId, 600n),
      ],
    }));
    await expect(run.void(invoice!)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });
});
