import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { billedLines, clockAccount, flat, sellPlan, subscribe, subscriptionRow, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
  organization = await world.organization();
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

type Changes = Parameters<typeof changeSubscription>[1];

const change = (id: string, changes: Changes['changes'], more: Partial<Changes> = {}) =>
  organization.transact((work) => changeSubscription(work, { id, changes, when: 'now', ...more }));

const perSeat = (unitAmount: string, more = {}) =>
  flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount } }, ...more });

/** Balance of credit of an account, minor units. */
async function credit(accountId: string): Promise<number> {
  const [row] = await query<{ sum: string }>(
    url,
    'select coalesce(sum(amount), 0) as sum from credit_entries where account_id = $1',
    [accountId],
  );
  return Number(row!.sum);
}

/** What an account owes, minor units. */
async function due(accountId: string): Promise<number> {
  const [row] = await query<{ sum: string }>(url, 'select sum(amount_due) as sum from invoices where account_id = $1', [
    accountId,
  ]);
  return Number(row!.sum);
}

const shown = async (accountId: string) =>
  (await billedLines(url, accountId)).map(({ reason, component, from, to, amount }) => [
    reason.replace('subscription_', ''),
    component,
    from.slice(0, 16),
    to.slice(0, 16),
    amount,
  ]);

describe('an upgrade within a period', () => {
  it('gives the rest of the old plan back and bills the rest of the new one', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const small = await sellPlan(organization, { prices: [flat(3_000n)] });
    const large = await sellPlan(organization, { prices: [flat(9_000n)] });
    const { subscription } = await subscribe(organization, accountId, small.planId);
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    await change(subscription.id, [{ replacePlan: { plan: { id: large.planId } } }]);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await shown(accountId)).toEqual([
      ['created', 'base', '2026-04-01T00:00', '2026-05-01T00:00', 3000],
      ['change', 'base', '2026-04-21T00:00', '2026-05-01T00:00', -1000],
      ['change', 'base', '2026-04-21T00:00', '2026-05-01T00:00', 3000],
      ['cycle', 'base', '2026-05-01T00:00', '2026-06-01T00:00', 9000],
    ]);
  });

  it('of a plan for another interval begins a new period', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const monthly = await sellPlan(organization, {
      prices: [flat(3_000n), perSeat('300', { billing: 'arrears' })],
    });
    const yearly = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(30_000n)] });
    const { subscription } = await subscribe(organization, accountId, monthly.planId);
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await change(subscription.id, [{ replacePlan: { plan: { id: yearly.planId } } }]);
    await walk(world.app, organization, clockId, '2027-04-11T00:00:00Z');
    expect(await shown(accountId)).toEqual([
      ['created', 'base', '2026-04-01T00:00', '2026-05-01T00:00', 3000],
      ['change', 'base', '2026-04-11T00:00', '2026-05-01T00:00', -2000],
      ['change', 'seats', '2026-04-01T00:00', '2026-04-11T00:00', 100],
      ['change', 'base', '2026-04-11T00:00', '2027-04-11T00:00', 30_000],
      ['cycle', 'base', '2027-04-11T00:00', '2028-04-11T00:00', 30_000],
    ]);
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({
      interval_unit: 'year',
      anchor_at: new Date('2026-04-11T00:00:00Z'),
    });
  });

  it('of quantities counts only what is left, in advance and in arrears', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, {
      prices: [perSeat('3000'), perSeat('600', { component: 'hours', billing: 'arrears' })],
    });
    const { subscription } = await subscribe(organization, accountId, planId, {
      items: [{ plan: { id: planId }, quantity: '2' }],
    });
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    await change(subscription.id, [
      { setQuantity: { component: 'seats', quantity: '3' } },
      { setQuantity: { component: 'hours', quantity: '1' } },
    ]);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await shown(accountId)).toEqual([
      ['created', 'seats', '2026-04-01T00:00', '2026-05-01T00:00', 6000],
      ['change', 'seats', '2026-04-16T00:00', '2026-05-01T00:00', -3000],
      ['change', 'seats', '2026-04-16T00:00', '2026-05-01T00:00', 4500],
      ['cycle', 'hours', '2026-04-01T00:00', '2026-04-16T00:00', 600],
      ['cycle', 'hours', '2026-04-16T00:00', '2026-05-01T00:00', 300],
      ['cycle', 'seats', '2026-05-01T00:00', '2026-06-01T00:00', 9000],
    ]);
  });

  it('adds plans and takes them away', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const base = await sellPlan(organization, { prices: [flat(3_000n)] });
    const support = await sellPlan(organization, { prices: [flat(600n, { component: 'support' })] });
    const { subscription } = await subscribe(organization, accountId, base.planId);
    await change(subscription.id, [{ addPlan: { plan: { id: support.planId } } }]);
    await walk(world.app, organization, clockId, '2026-04-16T00:00:00Z');
    await change(subscription.id, [{ removePlan: { planId: support.planId } }]);
    // Nothing was paid yet: what comes back lowers the invoice of the plan that left.
    expect(await credit(accountId)).toBe(0);
    const owed = await query<{ due: number }>(
      world.database.superuserUrl,
      `select amount_due::int as due from invoices where account_id = $1 and amount_due > 0 order by created_at, id`,
      [accountId],
    );
    expect(owed.map(({ due }) => due).sort()).toEqual([300, 3000]);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await shown(accountId)).toEqual([
      ['created', 'base', '2026-04-01T00:00', '2026-05-01T00:00', 3000],
      ['change', 'support', '2026-04-01T00:00', '2026-05-01T00:00', 600],
      ['change', 'support', '2026-04-16T00:00', '2026-05-01T00:00', -300],
      ['cycle', 'base', '2026-05-01T00:00', '2026-06-01T00:00', 3000],
    ]);
  });

  it('in a trial costs nothing, and the trial’s end bills what is there then', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const small = await sellPlan(organization, { prices: [flat(3_000n)] });
    const yearly = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(30_000n)] });
    const { subscription } = await subscribe(organization, accountId, small.planId, { trialDays: 14 });
    await change(subscription.id, [{ replacePlan: { plan: { id: yearly.planId } } }]);
    await walk(world.app, organization, clockId, '2026-04-15T00:00:00Z');
    expect(await shown(accountId)).toEqual([['cycle', 'base', '2026-04-15T00:00', '2027-04-15T00:00', 30_000]]);
  });
});

describe('a hundred changes', () => {
  it('to and fro at one instant leave no gap, no overlap and no credit', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const plans = [
      await sellPlan(organization, { prices: [flat(1_000n), perSeat('333')] }),
      await sellPlan(organization, { prices: [flat(2_345n), perSeat('777')] }),
    ];
    const { subscription } = await subscribe(organization, accountId, plans[0]!.planId);
    for (let turn = 1; turn <= 100; turn += 1) {
      await change(subscription.id, [{ replacePlan: { plan: { id: plans[turn % 2]!.planId } } }]);
    }
    expect((await due(accountId)) - (await credit(accountId))).toBe(1_333);
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    const lines = await billedLines(url, accountId);
    const april = lines.filter((line) => line.from < '2026-05-01');
    expect(april.reduce((sum, line) => sum + line.amount, 0)).toBe(1_333);
    expect(lines.filter((line) => line.from >= '2026-05-01').map((line) => line.amount)).toEqual([1000, 333]);
    await change(subscription.id, [{ replacePlan: { plan: { id: plans[1]!.planId } } }]);
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ status: 'canceled', parked_at: null });
  }, 300_000);
});

describe('a hundred changes as time goes by', () => {
  it('cost what was had, to and fro: no gap, no overlap, no credit', async () => {
    const account = await organization.account({ timezone: 'UTC' });
    const plans = [
      await sellPlan(organization, { prices: [flat(100_000n)] }),
      await sellPlan(organization, { prices: [flat(234_500n)] }),
    ];
    const begin = Date.parse('2026-06-01T00:00:00Z');
    world.clock.set(new Date(begin));
    const { subscription } = await subscribe(organization, account.id, plans[0]!.planId);
    const step = 7 * 3_600_000 + 11_000;
    for (let turn = 1; turn <= 100; turn += 1) {
      world.clock.set(new Date(begin + turn * step));
      const creditBasis = 'time';
      await change(subscription.id, [{ replacePlan: { plan: { id: plans[turn % 2]!.planId } } }], { creditBasis });
    }
    const month = 30 * 86_400_000;
    // Fifty stretches of each, and what is left of the month with the first plan.
    const exact = (100_000 * (50 * step + (month - 100 * step)) + 234_500 * 50 * step) / month;
    const lines = await billedLines(world.database.superuserUrl, account.id);
    expect(lines).toHaveLength(201);
    expect(Math.abs(lines.reduce((sum, line) => sum + line.amount, 0) - exact)).toBeLessThan(50);
    // Nothing was paid, so that nothing is credit: what came back lowered what was owed.
    expect(await credit(account.id)).toBe(0);
    expect(await due(account.id)).toBe(lines.reduce((sum, line) => sum + line.amount, 0));
    expect(await subscriptionRow(world.database.superuserUrl, subscription.id)).toMatchObject({
      status: 'active',
      parked_at: null,
    });
  }, 180_000);
});

describe('a change that can not be', () => {
  it('is refused with what to do', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const base = await sellPlan(organization);
    const other = await sellPlan(organization, { prices: [flat(600n)] });
    const yearly = await sellPlan(organization, { intervalUnit: 'year' });
    const dollars = await sellPlan(organization, { prices: [flat(600n, { currency: 'USD' })] });
    const { subscription } = await subscribe(organization, accountId, [base.planId, other.planId]);
    const { id } = subscription;
    const refused = (changes: Changes['changes']) => expect(change(id, changes)).rejects;
    await refused([{ addPlan: { plan: { id: dollars.planId } } }]).toMatchObject({
      code: 'CURRENCY_MISMATCH',
      message: expect.stringContaining('subscribe anew') as unknown,
      details: { path: ['input', 'changes', '0', 'addPlan', 'plan'] },
    });
    await refused([{ addPlan: { plan: { id: yearly.planId } } }]).toMatchObject({ code: 'CONFLICT' });
    await refused([{ addPlan: { plan: { id: base.planId } } }]).toMatchObject({ code: 'CONFLICT' });
    await refused([{ replacePlan: { plan: { id: yearly.planId } } }]).toMatchObject({ code: 'INVALID_INPUT' });
    await refused([{ removePlan: { planId: yearly.planId } }]).toMatchObject({ code: 'NOT_FOUND' });
    await refused([{ removePlan: { planId: base.planId } }, { removePlan: { planId: other.planId } }]).toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'changes', '1', 'removePlan'] },
    });
    await refused([{ setQuantity: { planId: base.planId, quantity: '3' } }]).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await shown(accountId)).toHaveLength(2);
    const { subscription: unpaid } = await subscribe(organization, accountId, base.planId, { collection: 'automatic' });
    await expect(change(unpaid.id, [{ removePlan: { planId: base.planId } }])).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});
