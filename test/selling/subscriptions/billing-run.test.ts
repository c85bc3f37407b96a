import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grantCredit } from '../../../src/collecting/credits/index.ts';
import { query } from '../../support/database.ts';
import { brokenBooks } from '../../support/invoicing.ts';
import { sentTransactions } from '../../support/round-trips.ts';
import { bill, billedLines, flat, sellPlan, subscribe, subscriptionRow } from '../../support/selling.ts';
import { until } from '../../support/until.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
});

afterAll(async () => {
  expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  await world.close();
});

describe('the billing run', () => {
  it('bills each month from the anchor and never from the month before', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    const account = await organization.account();
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, account.id, planId);
    expect(subscription.status).toBe('active');
    world.clock.set('2026-05-31T10:00:00Z');
    expect(await bill(world.app, organization)).toEqual({ subscriptions: 4, invoices: 4, parked: 0 });
    const lines = await billedLines(world.database.superuserUrl, account.id);
    expect(lines.map(({ from, to }) => [from.slice(0, 10), to.slice(0, 10)])).toEqual([
      ['2026-01-31', '2026-02-28'],
      ['2026-02-28', '2026-03-31'],
      ['2026-03-31', '2026-04-30'],
      ['2026-04-30', '2026-05-31'],
      ['2026-05-31', '2026-06-30'],
    ]);
    expect(lines.map((line) => line.at)).toEqual(lines.map((line) => line.from));
    expect(await bill(world.app, organization)).toEqual({ subscriptions: 0, invoices: 0, parked: 0 });
    const row = await subscriptionRow(world.database.superuserUrl, subscription.id);
    expect(row.next_billing_at).toEqual(new Date('2026-06-30T10:00:00Z'));
  });

  it('writes a batch in one statement, also where credit pays some of it at once', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    const [account, other] = [await organization.account(), await organization.account()];
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, account.id, planId);
    await subscribe(organization, other.id, planId);
    const amount = { amountMinor: 1_500n, currency: 'EUR' };
    await organization.transact((work) => grantCredit(work, { accountId: account.id, amount }));
    world.clock.advance({ days: 31 });
    const sent = await sentTransactions(() => bill(world.app, organization));
    const writing = sent.flatMap(({ texts }) => texts.filter((text) => text.startsWith('with w0')));
    expect(writing).toHaveLength(1);
    const invoices = await query(
      world.database.superuserUrl,
      `select status, credits_applied::int as credit from invoices where account_id in ($1, $2) and reason = 'subscription_cycle' order by status`,
      [account.id, other.id],
    );
    expect(invoices).toEqual([
      { status: 'open', credit: 0 },
      { status: 'paid', credit: 1_000 },
    ]);
    expect((await subscriptionRow(world.database.superuserUrl, subscription.id)).status).toBe('active');
  });

  it('bills seats in arrears at the end of the period', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    const account = await organization.account();
    const seats = flat(0n, {
      component: 'seats',
      name: 'Seats',
      billing: 'arrears',
      model: { perSeat: { unitAmount: '250' } },
    });
    const { planId } = await sellPlan(organization, { prices: [flat(), seats] });
    await subscribe(organization, account.id, planId, {
      items: [{ plan: { id: planId }, components: [{ component: 'seats', quantity: '3' }] }],
    });
    world.clock.advance({ days: 31 });
    await bill(world.app, organization);
    const lines = await billedLines(world.database.superuserUrl, account.id);
    expect(lines.map(({ component, amount, reason }) => [component, amount, reason])).toEqual([
      ['base', 1000, 'subscription_created'],
      ['seats', 750, 'subscription_cycle'],
      ['base', 1000, 'subscription_cycle'],
    ]);
  });

  it('comes back for an account that somebody held when its turn came', async () => {
    const organization = await world.organization({ timezone: 'UTC' });
    const [account, other] = [await organization.account(), await organization.account()];
    const { planId } = await sellPlan(organization);
    for (const { id } of [account, other]) await subscribe(organization, id, planId);
    world.clock.advance({ days: 65 });
    let release: () => void = () => undefined;
    let holding: Promise<void> = Promise.resolve();
    await new Promise<void>((holds) => {
      holding = organization.transact(async (work) => {
        await work.rows('select 1 from accounts where id = $1 for update', [account.id]);
        const released = new Promise<void>((done) => {
          release = done;
        });
        holds();
        await released;
      });
    });
    const running = bill(world.app, organization);
    await until(
      async () => (await billedLines(world.database.superuserUrl, other.id)).length === 3,
      'the other is billed',
    );
    release();
    await holding;
    expect(await running).toEqual({ subscriptions: 4, invoices: 4, parked: 0 });
    expect(await billedLines(world.database.superuserUrl, account.id)).toHaveLength(3);
  });
});
