import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { voidInvoice } from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { cancelSubscription, reactivateSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import {
  billedLines,
  clockAccount,
  historyOf,
  sellPlan,
  subscribe,
  subscriptionRow,
  walk,
} from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
});

afterAll(() => world.close());

async function incomplete(intervalUnit: 'day' | 'month' = 'month') {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const { planId } = await sellPlan(organization, { intervalUnit });
  const { subscription, invoice } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
  return { clockId, accountId, id: subscription.id, invoiceId: invoice!.id };
}

const pay = (accountId: string, invoiceId: string) =>
  organization.transact((work) =>
    recordManualPayment(work, {
      ...{ accountId, invoiceIds: [invoiceId], kind: 'cash' },
      amount: { amountMinor: 1000n, currency: 'EUR' },
    }),
  );

describe('a subscription whose first invoice is not paid', () => {
  it('lapses after 23 hours, and its invoice is void', async () => {
    const { clockId, accountId, id } = await incomplete();
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'incomplete',
      lapses_at: new Date('2026-04-01T23:00:00Z'),
      next_billing_at: null,
    });
    await walk(world.app, organization, clockId, '2026-04-01T22:59:59Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'incomplete' });
    await walk(world.app, organization, clockId, '2026-06-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-04-01T23:00:00Z'),
      lapses_at: null,
    });
    expect(await billedLines(url, accountId)).toMatchObject([{ status: 'void' }]);
    expect(await historyOf(url, id)).toEqual([
      ['status', null, 'incomplete', '2026-04-01T00:00:00.000Z'],
      ['status', 'incomplete', 'canceled', '2026-04-01T23:00:00.000Z'],
    ]);
    await checkBooks(world);
  });

  it('may lapse after its short first period is over, and is taken up again', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-30T12:00:00Z');
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, accountId, planId, {
      collection: 'automatic',
      anchor: 'calendar',
    });
    await walk(world.app, organization, clockId, '2026-05-01T12:00:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-05-01T11:00:00Z'),
    });
    await organization.transact((work) => reactivateSubscription(work, { id: subscription.id }));
    await walk(world.app, organization, clockId, '2026-06-10T00:00:00Z');
    expect(await billedLines(url, accountId)).toMatchObject([{ status: 'void' }, { status: 'void' }]);
    await checkBooks(world);
  });

  it('is active once it is paid, and goes on at its boundary', async () => {
    const { clockId, accountId, id, invoiceId } = await incomplete();
    await walk(world.app, organization, clockId, '2026-04-01T20:00:00Z');
    await pay(accountId, invoiceId);
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'active',
      lapses_at: null,
      next_billing_at: new Date('2026-05-01T00:00:00Z'),
    });
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await billedLines(url, accountId)).toHaveLength(2);
  });

  it('lapses on a day of 23 hours before it is billed again', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-03-28T12:00:00Z', {
      timezone: 'Europe/Vienna',
    });
    const { planId } = await sellPlan(organization, { intervalUnit: 'day' });
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    await walk(world.app, organization, clockId, '2026-04-02T00:00:00Z');
    expect(await billedLines(url, accountId)).toHaveLength(1);
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'canceled' });
  });

  it('does not wait when nothing is due', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, {
      prices: [{ component: 'free', name: 'Free', currency: 'EUR', model: { flat: { amount: 0n } } }],
    });
    const { subscription, invoice } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    expect(invoice).toMatchObject({ status: 'paid', total: 0n });
    expect(subscription).toMatchObject({ status: 'active', lapsesAt: null });
  });
});

describe('a subscription taken up again while a bill of its former life is owed', () => {
  const openInvoices = async (accountId: string) =>
    (await query(url, `select id from invoices where account_id = $1 and status = 'open' order by number_seq`, [
      accountId,
    ])) as {
      id: string;
    }[];

  /** April is paid; May is owed since its first day, when it ended and began again two hours later. */
  async function takenUpAgain() {
    const { clockId, accountId, id, invoiceId } = await incomplete();
    await pay(accountId, invoiceId);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    await walk(world.app, organization, clockId, '2026-05-01T02:00:00Z');
    await organization.transact((work) => reactivateSubscription(work, { id }));
    const [old, first] = await openInvoices(accountId);
    return { clockId, accountId, id, old: old!.id, first: first!.id };
  }

  it('is active once its own first invoice is paid, and stays so', async () => {
    const { clockId, accountId, id, first } = await takenUpAgain();
    await walk(world.app, organization, clockId, '2026-05-01T03:00:00Z');
    await pay(accountId, first);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', lapses_at: null });
    await walk(world.app, organization, clockId, '2026-05-10T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active' });
    await checkBooks(world);
  });

  it.each([
    ['paid', (accountId: string, invoice: string) => pay(accountId, invoice)],
    ['void', (_: string, invoice: string) => organization.transact((work) => voidInvoice(work, { id: invoice }))],
  ])('goes on waiting when the former bill is %s', async (_, settle) => {
    const { clockId, accountId, id, old, first } = await takenUpAgain();
    await settle(accountId, old);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'incomplete' });
    expect(await openInvoices(accountId)).toEqual([{ id: first }]);
    await walk(world.app, organization, clockId, '2026-05-02T03:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled' });
    expect(await openInvoices(accountId)).toEqual([]);
    await checkBooks(world);
  });

  it('does not take the former bill with it when it lapses, even where it was taken up again at once', async () => {
    const { clockId, accountId, id, invoiceId } = await incomplete();
    await pay(accountId, invoiceId);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    const [old] = await openInvoices(accountId);
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    await organization.transact((work) => reactivateSubscription(work, { id }));
    await walk(world.app, organization, clockId, '2026-05-03T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled' });
    expect(await openInvoices(accountId)).toEqual([old]);
    await checkBooks(world);
  });
});
