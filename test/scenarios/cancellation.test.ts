import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  reactivateSubscription,
  undoCancelSubscription,
  undoSubscriptionChange,
} from '../../src/selling/subscriptions/index.ts';
import { brokenRules, checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import {
  billedLines,
  clockAccount,
  flat,
  historyOf,
  sellPlan,
  subscribe,
  subscriptionRow,
  walk,
} from '../support/selling.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

const waitsText = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

let world: World;
let url: string;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

const cancel = (id: string, at: 'now' | 'period_end', reason?: string) =>
  organization.transact((work) => cancelSubscription(work, { id, at, reason }));
const undo = (id: string) => organization.transact((work) => undoCancelSubscription(work, { id }));

const seats = flat(0n, {
  component: 'seats',
  name: 'Seats',
  billing: 'arrears',
  model: { perSeat: { unitAmount: '100' } },
});

async function subscribed(overrides: Parameters<typeof subscribe>[3] = {}) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const { planId } = await sellPlan(organization, { prices: [flat(), seats] });
  const { subscription } = await subscribe(organization, accountId, planId, {
    items: [{ plan: { id: planId }, quantity: '30' }],
    ...overrides,
  });
  return { clockId, accountId, id: subscription.id };
}

describe('a cancellation at the period’s end', () => {
  it('lets the period run out and bills what is owed in arrears', async () => {
    const { clockId, accountId, id } = await subscribed();
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await cancel(id, 'period_end', 'too dear');
    await cancel(id, 'period_end');
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'active',
      ends_at: new Date('2026-05-01T00:00:00Z'),
    });
    await walk(world.app, organization, clockId, '2026-07-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-05-01T00:00:00Z'),
      next_billing_at: null,
      cancel_reason: 'too dear',
    });
    expect(await billedLines(url, accountId)).toMatchObject([
      { component: 'base', reason: 'subscription_created', amount: 1000 },
      { component: 'seats', reason: 'subscription_ended', at: '2026-05-01T00:00:00.000Z', amount: 3000 },
    ]);
    expect(await historyOf(url, id)).toEqual([
      ['status', null, 'active', '2026-04-01T00:00:00.000Z'],
      ['endsAt', null, '2026-05-01T00:00:00.000Z', '2026-04-11T00:00:00.000Z'],
      ['status', 'active', 'canceled', '2026-05-01T00:00:00.000Z'],
    ]);
  });

  it('can be taken back until it has come', async () => {
    const { clockId, accountId, id } = await subscribed();
    await expect(undo(id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await cancel(id, 'period_end');
    await undo(id);
    expect(await subscriptionRow(url, id)).toMatchObject({ ends_at: null, cancel_requested_at: null });
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect((await billedLines(url, accountId)).map((line) => line.component)).toEqual(['base', 'seats', 'base']);
    await cancel(id, 'period_end');
    await walk(world.app, organization, clockId, '2026-06-01T00:00:00Z');
    await expect(undo(id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });
});

describe('a cancellation at the very instant of another plan', () => {
  it('leaves nothing unbilled of what was held till then', async () => {
    const { id } = await subscribed();
    const { planId } = await sellPlan(organization);
    const changes = [{ replacePlan: { plan: { id: planId } } }];
    await organization.transact((work) => changeSubscription(work, { id, changes, when: 'now' }));
    await cancel(id, 'now');
    const text = `select component, active_to - active_from as held, (select count(*)::int from billed_periods b
      where b.subscription_item_id = i.id) as times from subscription_items i where subscription_id = $1 and billing_mode = 'arrears'`;
    expect(await query(url, text, [id])).toEqual([
      { component: 'seats', held: expect.objectContaining({ milliseconds: 1 }), times: 1 },
    ]);
  });
});

describe('a cancellation on a date', () => {
  const endOn = (id: string, date: string, creditBasis: 'time' | 'none' = 'none') =>
    organization.transact((work) => cancelSubscription(work, { id, at: 'date', date: new Date(date), creditBasis }));

  it('within the period gives back what is asked for, punctually or late', async () => {
    for (const [creditBasis, back] of [
      ['none', 0],
      ['time', -667],
    ] as const) {
      const { clockId, accountId, id } = await subscribed();
      await endOn(id, '2026-04-11T00:00:00Z', creditBasis);
      await endOn(id, '2026-04-11T00:00:00Z', creditBasis);
      await expect(cancel(id, 'period_end')).rejects.toMatchObject({ code: 'INVALID_STATE' });
      await walk(world.app, organization, clockId, '2026-06-01T00:00:00Z');
      expect(await subscriptionRow(url, id)).toMatchObject({
        status: 'canceled',
        ended_at: new Date('2026-04-11T00:00:00Z'),
      });
      const lines = await billedLines(url, accountId);
      expect(lines.filter(({ component }) => component === 'seats').map(({ amount }) => amount)).toEqual([1000]);
      expect(lines.reduce((sum, { component, amount }) => sum + (component === 'base' ? amount : 0), 0)).toBe(
        1000 + back,
      );
    }
  });

  it('beyond the period bills the last one up to it, and whole once it is taken back', async () => {
    const { clockId, accountId, id } = await subscribed();
    await endOn(id, '2026-05-16T12:00:00Z', 'time');
    await walk(world.app, organization, clockId, '2026-05-10T00:00:00Z');
    expect((await billedLines(url, accountId)).at(-1)).toMatchObject({ to: '2026-05-16T12:00:00.000Z', amount: 500 });
    await undo(id);
    expect(await subscriptionRow(url, id)).toMatchObject({ current_period_end: new Date('2026-06-01T00:00:00Z') });
    expect((await billedLines(url, accountId)).slice(-2)).toMatchObject([
      { from: '2026-05-10T00:00:00.000Z', to: '2026-05-16T12:00:00.000Z', amount: -210 },
      { from: '2026-05-10T00:00:00.000Z', to: '2026-06-01T00:00:00.000Z', amount: 710 },
    ]);
    await endOn(id, '2026-05-20T00:00:00Z');
    await walk(world.app, organization, clockId, '2026-06-10T00:00:00Z');
    expect((await billedLines(url, accountId)).at(-1)).toMatchObject({ component: 'seats', amount: 1839 });
  });

  it('is refused where it does not lie ahead, or nothing has begun', async () => {
    const { id } = await subscribed();
    await expect(endOn(id, '2026-04-01T00:00:00Z')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(
      organization.transact((work) => cancelSubscription(work, { id, at: 'now', date: new Date('2026-04-11') })),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const ahead = await subscribed({ startAt: new Date('2026-05-01T00:00:00Z') });
    await expect(endOn(ahead.id, '2026-06-01T00:00:00Z')).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('that took the place of another is not taken back in its stead', async () => {
    const { id } = await subscribed();
    await endOn(id, '2026-04-20T00:00:00Z');
    const [first] = await query<{ id: string }>(url, 'select id from scheduled_changes where subscription_id = $1', [
      id,
    ]);
    let late: Promise<unknown> = Promise.resolve();
    await organization.transact(async (work) => {
      await undoCancelSubscription(work, { id });
      await cancelSubscription(work, { id, at: 'date', date: new Date('2026-04-25T00:00:00Z') });
      await work.flush();
      late = organization
        .transact((other) => undoSubscriptionChange(other, { id: first!.id }))
        .catch((error: { code: string }) => error.code);
      await until(async () => (await query(url, waitsText)).length > 0, 'the other waits for the account');
    });
    expect(await late).toBe('INVALID_STATE');
    expect(await subscriptionRow(url, id)).toMatchObject({ ends_at: new Date('2026-04-25T00:00:00Z') });
  });

  it('scheduled in a pause comes in it', async () => {
    const { clockId, id } = await subscribed();
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await organization.transact((work) => pauseSubscription(work, { id, when: 'now' }));
    await cancel(id, 'period_end');
    await walk(world.app, organization, clockId, '2026-05-10T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-05-01T00:00:00Z'),
    });
  });
});

describe('a cancellation now', () => {
  it('bills what is owed in arrears up to the instant and nothing after it', async () => {
    const { clockId, accountId, id } = await subscribed();
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await cancel(id, 'now');
    await expect(cancel(id, 'now')).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await walk(world.app, organization, clockId, '2026-07-01T00:00:00Z');
    expect(await billedLines(url, accountId)).toMatchObject([
      { component: 'base', amount: 1000 },
      {
        component: 'seats',
        reason: 'subscription_ended',
        from: '2026-04-01T00:00:00.000Z',
        to: '2026-04-11T00:00:00.000Z',
        amount: 1000,
      },
    ]);
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-04-11T00:00:00Z'),
    });
  });

  it('at the very instant of the bill leaves the books whole', async () => {
    const { accountId, id } = await subscribed();
    await cancel(id, 'now');
    expect(await billedLines(url, accountId)).toHaveLength(1);
    expect(await subscriptionRow(url, id)).toMatchObject({ ended_at: new Date('2026-04-01T00:00:00.001Z') });
  });

  it('and a reactivation at that very instant leave the books whole, with nothing that was held for nothing', async () => {
    const { clockId, accountId, id } = await subscribed();
    await cancel(id, 'now');
    await organization.transact((work) => reactivateSubscription(work, { id }));
    await walk(world.app, organization, clockId, '2026-05-02T00:00:00Z');
    expect(await brokenRules(world)).toEqual([]);
    const items = await query<{ component: string; ms: number | null }>(
      url,
      `select component, (extract(epoch from active_to - active_from) * 1000)::int as ms from subscription_items
       where subscription_id = $1 order by active_to, component`,
      [id],
    );
    expect(items).toEqual([
      { component: 'seats', ms: 0 },
      { component: 'base', ms: 1 },
      { component: 'base', ms: null },
      { component: 'seats', ms: null },
    ]);
    const last = (await billedLines(url, accountId)).slice(-2).map(({ component, amount }) => [component, amount]);
    expect(last.sort()).toEqual([
      ['base', 1_000],
      ['seats', 3_000],
    ]);
  });

  it('and a reactivation at a boundary leave no gap', async () => {
    const { clockId, id } = await subscribed();
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    await organization.transact((work) => reactivateSubscription(work, { id }));
    await walk(world.app, organization, clockId, '2026-06-02T00:00:00Z');
    expect(await brokenRules(world)).toEqual([]);
  });

  it('of a start that has not come bills nothing', async () => {
    const { clockId, accountId, id } = await subscribed({ startAt: new Date('2026-05-01T00:00:00Z') });
    await expect(cancel(id, 'period_end')).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await cancel(id, 'now');
    await walk(world.app, organization, clockId, '2026-06-01T00:00:00Z');
    expect(await billedLines(url, accountId)).toEqual([]);
  });

  it('of one that was never paid for takes its invoice along', async () => {
    const { accountId, id } = await subscribed({ collection: 'automatic' });
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'incomplete' });
    await cancel(id, 'now');
    expect(await billedLines(url, accountId)).toMatchObject([{ status: 'void' }]);
    expect(
      await query(
        url,
        'select id from billed_periods where organization_id = $1 and subscription_item_id in (select id from subscription_items where subscription_id = $2)',
        [organization.id, id],
      ),
    ).toEqual([]);
  });
});

describe('a cancellation between the boundary and the run', () => {
  it('comes after what fell due at the boundary', async () => {
    const own = await world.organization();
    const account = await own.account({ timezone: 'UTC' });
    const { planId } = await sellPlan(own);
    const { subscription } = await subscribe(own, account.id, planId);
    const boundary = subscription.currentPeriodEnd!;
    world.clock.set(new Date(boundary.getTime() + 3_600_000));
    await own.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    expect((await billedLines(url, account.id)).map((line) => line.at)).toEqual([
      subscription.startedAt.toISOString(),
      boundary.toISOString(),
    ]);
    await world.settle();
    expect(await billedLines(url, account.id)).toHaveLength(2);
  });
});
