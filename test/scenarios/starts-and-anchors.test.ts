import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { billedLines, clockAccount, flat, sellPlan, subscribe, subscriptionRow, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

const seats = flat(0n, {
  component: 'seats',
  name: 'Seats',
  billing: 'arrears',
  model: { perSeat: { unitAmount: '100' } },
});

describe('a back-dated start', () => {
  it('bills all that has elapsed on one invoice of today, then goes on as usual', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-04-10T12:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(), seats] });
    const { invoice } = await subscribe(organization, accountId, planId, { startAt: new Date('2026-01-31T12:00:00Z') });
    expect(invoice).toMatchObject({ createdAt: new Date('2026-04-10T12:00:00Z'), reason: 'subscription_created' });
    const lines = await billedLines(url, accountId);
    expect(new Set(lines.map((line) => line.number)).size).toBe(1);
    expect(lines.map(({ component, from, to }) => [component, from.slice(5, 10), to.slice(5, 10)])).toEqual([
      ['base', '01-31', '02-28'],
      ['seats', '01-31', '02-28'],
      ['base', '02-28', '03-31'],
      ['seats', '02-28', '03-31'],
      ['base', '03-31', '04-30'],
    ]);
    await walk(world.app, organization, clockId, '2026-04-30T12:00:00Z');
    expect((await billedLines(url, accountId)).slice(5).map((line) => line.at)).toEqual([
      '2026-04-30T12:00:00.000Z',
      '2026-04-30T12:00:00.000Z',
    ]);
  });

  it.each([
    ['more than five years ago', '2021-04-10T11:59:59Z', 'startAt', 'INVALID_INPUT'],
    ['more than five years ahead', '2031-04-10T12:00:00Z', 'startAt', 'INVALID_INPUT'],
  ])('is refused when it is %s', async (_, startAt, field, code) => {
    const organization = await world.organization();
    const { accountId } = await clockAccount(organization, '2026-04-10T12:00:00Z');
    const { planId } = await sellPlan(organization);
    await expect(subscribe(organization, accountId, planId, { startAt: new Date(startAt) })).rejects.toMatchObject({
      code,
      details: { path: ['input', field] },
    });
    expect(await query(url, 'select id from subscriptions where account_id = $1', [accountId])).toEqual([]);
  });
});

describe('a start in the future', () => {
  it('bills nothing until it has come', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-04-10T12:00:00Z');
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, accountId, planId, {
      startAt: new Date('2026-04-20T00:00:00Z'),
    });
    expect(subscription).toMatchObject({ status: 'incomplete', lapsesAt: null, currentPeriodStart: null });
    await walk(world.app, organization, clockId, '2026-04-19T23:59:59Z');
    expect(await billedLines(url, accountId)).toEqual([]);
    await walk(world.app, organization, clockId, '2026-04-20T00:00:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'active' });
    expect(await billedLines(url, accountId)).toMatchObject([
      { reason: 'subscription_created', at: '2026-04-20T00:00:00.000Z', to: '2026-05-20T00:00:00.000Z' },
    ]);
  });

  it('may begin with a trial', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-04-10T12:00:00Z');
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, accountId, planId, {
      startAt: new Date('2026-04-20T00:00:00Z'),
      trialDays: 10,
    });
    await walk(world.app, organization, clockId, '2026-04-25T00:00:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'trialing' });
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await billedLines(url, accountId)).toMatchObject([{ from: '2026-04-30T00:00:00.000Z', amount: 1000 }]);
  });
});

describe('a calendar anchor', () => {
  it('prorates the first period by second and then bills whole months at local midnight', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-03-16T11:00:00Z', {
      timezone: 'Europe/Vienna',
    });
    const { planId } = await sellPlan(organization, { prices: [flat(100_000n)] });
    await subscribe(organization, accountId, planId, { anchor: 'calendar' });
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    const lines = await billedLines(url, accountId);
    // March has 743 hours in Vienna in 2026; 370 of them were left.
    expect(lines.map(({ from, to, amount }) => [from, to, amount])).toEqual([
      ['2026-03-16T11:00:00.000Z', '2026-03-31T22:00:00.000Z', Math.round((100_000 * 371) / 743)],
      ['2026-03-31T22:00:00.000Z', '2026-04-30T22:00:00.000Z', 100_000],
      ['2026-04-30T22:00:00.000Z', '2026-05-31T22:00:00.000Z', 100_000],
    ]);
  });

  it.each([
    ['month', 1, 15, '2026-03-15T00:00:00.000Z', '2026-04-15T00:00:00.000Z'],
    ['month', 1, 31, '2026-02-28T00:00:00.000Z', '2026-03-31T00:00:00.000Z'],
    ['month', 1, 20, '2026-02-20T00:00:00.000Z', '2026-03-20T00:00:00.000Z'],
    ['quarter', 1, null, '2026-01-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ['half_year', 1, null, '2026-01-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    ['year', 1, null, '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['week', 1, null, '2026-03-16T00:00:00.000Z', '2026-03-23T00:00:00.000Z'],
    ['day', 1, null, '2026-03-17T00:00:00.000Z', '2026-03-18T00:00:00.000Z'],
  ] as const)('of a %s × %d on day %s ends its first period at a boundary', async (unit, count, day, _start, end) => {
    const organization = await world.organization();
    const { accountId } = await clockAccount(organization, '2026-03-17T06:00:00Z');
    const { planId } = await sellPlan(organization, { intervalUnit: unit, intervalCount: count });
    const { subscription } = await subscribe(organization, accountId, planId, {
      anchor: 'calendar',
      anchorDayOfMonth: day,
    });
    expect(subscription.currentPeriodEnd?.toISOString()).toBe(end);
    const [line] = await billedLines(url, accountId);
    const share = (Date.parse(end) - Date.parse('2026-03-17T06:00:00Z')) / (Date.parse(end) - Date.parse(_start));
    expect(line!.amount).toBe(Math.round(1000 * share));
  });

  it('keeps the time of day of the start where that is wanted, and midnight for an anniversary too', async () => {
    const organization = await world.organization();
    const { accountId } = await clockAccount(organization, '2026-03-17T06:00:00Z');
    const { planId } = await sellPlan(organization);
    const kept = await subscribe(organization, accountId, planId, { anchor: 'calendar', timeOfDay: 'anchor' });
    expect(kept.subscription.currentPeriodEnd).toEqual(new Date('2026-04-01T06:00:00Z'));
    const midnight = await subscribe(organization, accountId, planId, { timeOfDay: 'midnight' });
    expect(midnight.subscription.currentPeriodEnd).toEqual(new Date('2026-04-17T00:00:00Z'));
  });
});
