import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { lockAccounts } from '../../../src/accounts/index.ts';
import { issueInvoices } from '../../../src/collecting/invoicing/index.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, issueIn, oneOff, plainSubscription, recurring } from '../../support/invoicing.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
});

afterAll(async () => {
  expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  await world.close();
});

/** Of one transaction that issues invoices: begin and commit, scope, locks, terms, waiting charges, credit, numbers, writes. */
const mostStatements = 16;

const january = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'] as const;

/** How many statements reach the database while something is done. */
async function statementsOf(task: () => Promise<unknown>): Promise<number> {
  const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query: real } = client;
  let count = 0;
  client.query = function (...given) {
    count += 1;
    return real.apply(this, given);
  };
  try {
    await task();
    return count;
  } finally {
    client.query = real;
  }
}

describe('issuing invoices', () => {
  it('takes a fixed number of statements, whatever the number of invoices', async () => {
    const organization = await world.organization();
    const issue = async (count: number) => {
      const accounts = await Promise.all(Array.from({ length: count }, () => organization.account()));
      const ids = accounts.map(({ id }) => id);
      return statementsOf(() =>
        issueFor(world.app, organization, ids, ({ id }) => ({ charges: [oneOff(id, 500n), oneOff(id, 20n)] })),
      );
    };
    const few = await issue(2);
    expect(few).toBeGreaterThan(0);
    expect(await issue(40)).toBe(few);
    expect(few).toBeLessThanOrEqual(mostStatements);
  });

  it('numbers, freezes and posts a finalized invoice', async () => {
    const organization = await world.organization({ name: 'Acme' });
    const { id } = await organization.account({ name: 'Zoë "Z" O’Hara', email: 'zoe@example.com' });
    const [invoice] = await issueFor(world.app, organization, [id], () => ({
      netDays: 14,
      memo: 'Thank you\n— "Acme"',
      charges: [oneOff(id, 1999n), oneOff(id, -499n, { kind: 'adjustment', description: 'A | B, "C" \\ \t ü 😀' })],
    }));
    expect(invoice).toMatchObject({
      status: 'open',
      number: 'INV-000001',
      numberSeries: 'INV',
      numberSeq: 1n,
      subtotal: 1500n,
      total: 1500n,
      amountDue: 1500n,
      finalizedAt: new Date('2026-03-01T12:00:00Z'),
      dueAt: new Date('2026-03-15T12:00:00Z'),
      issuer: { name: 'Acme' },
      buyer: { name: 'Zoë "Z" O’Hara', email: 'zoe@example.com' },
    });
    const [stored] = await query<Record<string, unknown>>(
      world.database.superuserUrl,
      `select status, number, total::text, amount_due::text, content_hash = $2 as same, invoice_content_hash(organization_id, id) = content_hash as hashed
       from invoices where id = $1`,
      [invoice!.id, invoice!.contentHash],
    );
    expect(stored).toEqual({
      status: 'open',
      number: 'INV-000001',
      total: '1500',
      amount_due: '1500',
      same: true,
      hashed: true,
    });
    const entries = await query(
      world.database.superuserUrl,
      'select account, amount::text, effect from ledger_entries where source_id = $1 order by account',
      [invoice!.id],
    );
    expect(entries).toEqual([
      { account: 'receivable', amount: '1500', effect: 'finalize' },
      { account: 'revenue', amount: '-1500', effect: 'finalize' },
    ]);
  });

  it('announces what it made, with the subscriptions billed', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    const subscription = await plainSubscription(world.database.superuserUrl, organization.id, id);
    const [invoice] = await issueFor(world.app, organization, [id], () => ({
      collection: 'automatic',
      reason: 'subscription_cycle',
      charges: [recurring(id, subscription, january)],
    }));
    const facts = await query<{ type: string; data: Record<string, unknown> }>(
      world.database.superuserUrl,
      `select type, data from facts where object_id = $1 and type like 'invoice.%' order by id`,
      [invoice!.id],
    );
    expect(facts).toEqual([
      {
        type: 'invoice.finalized',
        data: {
          invoiceId: invoice!.id,
          number: 'INV-000001',
          status: 'open',
          reason: 'subscription_cycle',
          accountId: id,
          billToAccountId: id,
          currency: 'EUR',
          total: '1000',
          amountDue: '1000',
          amountPaid: '0',
          collection: 'automatic',
          paymentMethodId: null,
          dueAt: '2026-03-01T12:00:00.000Z',
          subscriptionIds: [subscription.subscriptionId],
        },
      },
    ]);
  });

  it('is paid at once when nothing is due, and carries a negative total into credit that the next one spends', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    const invoices = await organization.transact(async (work) => {
      const account = (await lockAccounts(work, [id])).get(id)!;
      const request = (amount: bigint) => ({
        account,
        billTo: account,
        currency: 'EUR',
        at: account.now,
        collection: 'manual' as const,
        netDays: 0,
        reason: 'manual' as const,
        charges: [oneOff(id, amount)],
        finalize: true,
      });
      return issueInvoices(work, [request(-700n), request(500n), request(500n)]);
    });
    expect(
      invoices
        .map((invoice) => invoice!)
        .map(({ status, total, carriedToCredit, creditsApplied, amountDue }) => [
          status,
          total,
          carriedToCredit,
          creditsApplied,
          amountDue,
        ]),
    ).toEqual([
      ['paid', 0n, 700n, 0n, 0n],
      ['paid', 500n, 0n, 500n, 0n],
      ['open', 500n, 0n, 200n, 300n],
    ]);
    const [balance] = await query(
      world.database.superuserUrl,
      'select balance::text, last_seq::text from credit_balances where account_id = $1',
      [id],
    );
    expect(balance).toEqual({ balance: '0', last_seq: '3' });
  });

  it('makes no invoice of nothing', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    expect(await issueFor(world.app, organization, [id], () => ({ includeWaiting: true }))).toEqual([]);
  });

  it('refuses a period that is billed already, and with it everything', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    const subscription = await plainSubscription(world.database.superuserUrl, organization.id, id);
    await issueFor(world.app, organization, [id], () => ({ charges: [recurring(id, subscription, january)] }));
    const overlapping = issueFor(world.app, organization, [id], () => ({
      charges: [oneOff(id, 5n), recurring(id, subscription, ['2026-01-31T23:59:59.999Z', '2026-03-01T00:00:00Z'])],
    }));
    await expect(overlapping).rejects.toMatchObject({ code: 'CONFLICT' });
    const next = await issueFor(world.app, organization, [id], () => ({
      charges: [recurring(id, subscription, ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'])],
    }));
    expect(next[0]?.number).toBe('INV-000002');
  });

  it('takes part of a period back and bills it anew', async () => {
    const organization = await world.organization();
    const { id } = await organization.account();
    const subscription = await plainSubscription(world.database.superuserUrl, organization.id, id);
    const [first] = await issueFor(world.app, organization, [id], () => ({
      charges: [recurring(id, subscription, january)],
    }));
    const [line] = await query<{ id: string }>(
      world.database.superuserUrl,
      'select id from invoice_lines where invoice_id = $1',
      [first!.id],
    );
    const rest = ['2026-01-15T00:00:00Z', january[1]] as const;
    await issueFor(world.app, organization, [id], () => ({
      charges: [
        { ...recurring(id, subscription, rest, -500n), reversesLineId: line!.id },
        recurring(id, subscription, rest, 900n),
      ],
    }));
    const periods = await query(
      world.database.superuserUrl,
      `select period_start, period_end from billed_periods where subscription_item_id = $1 order by period_start`,
      [subscription.subscriptionItemId],
    );
    expect(periods).toEqual([
      { period_start: new Date(january[0]), period_end: new Date(rest[0]) },
      { period_start: new Date(rest[0]), period_end: new Date(rest[1]) },
    ]);
  });
});

describe('numbers', () => {
  it('have no gap when many bill one organization at the same time and some fail', async () => {
    const organization = await world.organization();
    const accounts = await Promise.all(Array.from({ length: 10 }, () => organization.account()));
    const runs = accounts.flatMap(({ id }, index) => [
      issueFor(
        world.app,
        organization,
        Array.from({ length: 100 }, () => id),
        () => ({ charges: [oneOff(id, 100n)] }),
      ),
      world.app
        .transact(organization.scope, async (work) => {
          await issueIn(work, [id], () => ({ charges: [oneOff(id, 1n)] }));
          await work.flush();
          throw new Error(`given up ${index}`);
        })
        .catch(() => []),
    ]);
    const made = (await Promise.all(runs)).flat();
    const numbers = made.map((invoice) => Number(invoice.numberSeq)).sort((left, right) => left - right);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
  });
});
