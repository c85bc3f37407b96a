import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteAccount, updateAccount } from '../../src/accounts/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { createPlanVersion } from '../../src/selling/catalog/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  endTrial,
  extendTrial,
  reactivateSubscription,
  resumeBilling,
  undoSubscriptionChange,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import {
  bill,
  billedLines,
  clockAccount,
  flat,
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
  world = await testWorld({ start: '2026-04-01T00:00:00Z' });
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
  organization.transact((work) => changeSubscription(work, { id, changes, ...more }));
const undo = (id: string) => organization.transact((work) => undoSubscriptionChange(work, { id }));
const to = (planId: string): Changes['changes'] => [{ replacePlan: { plan: { id: planId } } }];

async function scheduled(id: string): Promise<{ id: string; kind: string; status: string; at: string }[]> {
  const rows = await query<{ id: string; kind: string; status: string; at: Date }>(
    url,
    'select id, kind, status, effective_at as at from scheduled_changes where subscription_id = $1 order by id',
    [id],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString().slice(0, 10) }));
}

const lines = async (accountId: string) =>
  (await billedLines(url, accountId)).map(({ component, from, to: end, amount }) => [
    component,
    from.slice(0, 10),
    end.slice(0, 10),
    amount,
  ]);

async function subscribed(overrides: Parameters<typeof subscribe>[3] = {}) {
  const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
  const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
  const { subscription } = await subscribe(organization, accountId, planId, overrides);
  const walkTo = (at: string) => walk(world.app, organization, clockId, at);
  return { accountId, planId, id: subscription.id, walkTo };
}

describe('a downgrade', () => {
  it('holds when the period ends, is listed until then and can be taken back', async () => {
    const { accountId, id, walkTo } = await subscribed();
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    await change(id, to(cheap.planId));
    expect(await scheduled(id)).toMatchObject([{ kind: 'items', status: 'pending', at: '2026-05-01' }]);
    await undo((await scheduled(id))[0]!.id);
    await walkTo('2026-05-10T00:00:00Z');
    await change(id, to(cheap.planId));
    await walkTo('2026-06-01T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-05-01', '2026-06-01', 3000],
      ['base', '2026-06-01', '2026-07-01', 900],
    ]);
    const [undone, applied] = await scheduled(id);
    expect([undone!.status, applied!.status]).toEqual(['undone', 'applied']);
    await expect(undo(applied!.id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
  });

  it('gives way to a later word for the same instant, and to what it no longer fits', async () => {
    const { accountId, id, walkTo } = await subscribed();
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    const cheaper = await sellPlan(organization, { prices: [flat(600n)] });
    const dear = await sellPlan(organization, { prices: [flat(6_000n)] });
    await change(id, to(cheap.planId));
    await change(id, to(cheaper.planId));
    expect((await scheduled(id)).map((row) => row.status)).toEqual(['superseded', 'pending']);
    await walkTo('2026-04-16T00:00:00Z');
    await change(id, to(dear.planId));
    expect((await scheduled(id)).map((row) => row.status)).toEqual(['superseded', 'superseded']);
    await walkTo('2026-05-01T00:00:00Z');
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-05-01', '2026-06-01', 6000]);
  });

  it('builds on what is pending before it', async () => {
    const { accountId, id, walkTo } = await subscribed();
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    const yearly = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(9_000n)] });
    await change(id, to(cheap.planId), { when: 'date', date: new Date('2026-04-16T00:00:00Z') });
    await change(id, [{ replacePlan: { planId: cheap.planId, plan: { id: yearly.planId } } }], { when: 'period_end' });
    await walkTo('2026-05-01T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-04-16', '2026-05-01', -1500],
      ['base', '2026-04-16', '2026-05-01', 450],
      ['base', '2026-05-01', '2027-05-01', 9000],
    ]);
  });
});

describe('changes of one instant', () => {
  const seats = (unitAmount: string) =>
    flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount } } });
  const furnished = async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const team = await sellPlan(organization, { prices: [flat(3_000n), seats('100')] });
    const { subscription } = await subscribe(organization, accountId, team.planId, {
      items: [{ plan: { id: team.planId }, quantity: '5' }],
    });
    const { id } = subscription;
    const later = (changes: Changes['changes']) => change(id, changes, { when: 'period_end' });
    return {
      accountId,
      id,
      team: team.planId,
      later,
      walkTo: (at: string) => walk(world.app, organization, clockId, at),
    };
  };
  const ofMay = async (accountId: string) =>
    (await lines(accountId))
      .filter(([, from]) => from === '2026-05-01')
      .map(([component, , , amount]) => [component, amount]);
  const extra = () => sellPlan(organization, { prices: [flat(700n, { component: 'extra', name: 'Extra' })] });
  const superseded = (id: string) =>
    query<{ terms: { changes: { kind: string; quantity: string }[] } }>(
      url,
      `select terms from scheduled_changes where subscription_id = $1 and status = 'superseded' order by id`,
      [id],
    );

  it('stand side by side where they are about different things', async () => {
    const { accountId, id, later, walkTo } = await furnished();
    const more = await extra();
    expect((await later([{ setQuantity: { quantity: '3' } }])).supersededIds).toEqual([]);
    expect((await later([{ addPlan: { plan: { id: more.planId } } }])).supersededIds).toEqual([]);
    expect((await scheduled(id)).map((row) => row.status)).toEqual(['pending', 'pending']);
    await walkTo('2026-05-01T00:00:00Z');
    expect(await ofMay(accountId)).toEqual([
      ['base', 3000],
      ['seats', 300],
      ['extra', 700],
    ]);
  });

  it('give way where they are about the same, part by part, and are told', async () => {
    const { accountId, id, later, walkTo } = await furnished();
    const more = await extra();
    await later([{ setQuantity: { quantity: '3' } }, { addPlan: { plan: { id: more.planId } } }]);
    const [first] = await scheduled(id);
    const { supersededIds } = await later([{ setQuantity: { component: 'seats', quantity: '9' } }]);
    expect(supersededIds).toHaveLength(1);
    expect((await superseded(id)).map(({ terms }) => terms.changes)).toMatchObject([[{ quantity: '3' }]]);
    expect((await scheduled(id)).find((row) => row.id === first!.id)).toMatchObject({ status: 'pending' });
    const told = await query<{ data: object }>(
      url,
      `select data from facts where type = 'subscription.change_superseded' and object_id = $1`,
      [id],
    );
    expect(told).toMatchObject([{ data: { changeId: supersededIds[0] } }]);
    await walkTo('2026-05-01T00:00:00Z');
    expect(await ofMay(accountId)).toEqual([
      ['base', 3000],
      ['extra', 700],
      ['seats', 900],
    ]);
  });

  it('build on what comes, go back to what is, and are refused where they do not fit', async () => {
    const { accountId, id, team, later, walkTo } = await furnished();
    const other = await sellPlan(organization, { prices: [flat(1_000n), seats('10')] });
    const yearly = await sellPlan(organization, { intervalUnit: 'year' });
    await later([{ replacePlan: { plan: { id: other.planId } } }]);
    await later([{ setQuantity: { planId: other.planId, quantity: '40' } }]);
    await expect(later([{ addPlan: { plan: { id: yearly.planId } } }])).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await later([{ setQuantity: { planId: other.planId, quantity: '5' } }])).supersededIds).toHaveLength(1);
    expect((await scheduled(id)).map((row) => row.status)).toEqual(['pending', 'superseded']);
    await later([{ setQuantity: { planId: other.planId, quantity: '40' } }]);
    // About the plan as a whole: what was pending for it gives way, and what built on that.
    expect((await later([{ setQuantity: { planId: team, quantity: '2' } }])).supersededIds).toHaveLength(2);
    await walkTo('2026-05-01T00:00:00Z');
    expect(await ofMay(accountId)).toEqual([
      ['base', 3000],
      ['seats', 200],
    ]);
  });
});

describe('a subscription that has not begun', () => {
  it('begins with what it was changed to, also to other periods, and its trial may be made longer', async () => {
    const { accountId, clockId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const seated = await sellPlan(organization, {
      intervalUnit: 'year',
      prices: [flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '1000' } } })],
    });
    const { subscription } = await subscribe(organization, accountId, planId, {
      startAt: new Date('2026-04-10T00:00:00Z'),
      trialDays: 5,
    });
    const { id } = subscription;
    await change(id, to(seated.planId));
    await change(id, [{ setQuantity: { quantity: '7' } }]);
    await expect(change(id, [{ setQuantity: { quantity: '8' } }], { when: 'period_end' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { path: ['input', 'when'] },
    });
    await expect(
      change(id, [{ setQuantity: { quantity: '8' } }], { when: 'date', date: new Date('2026-04-09T00:00:00Z') }),
    ).rejects.toMatchObject({ details: { path: ['input', 'date'] } });
    const april20 = new Date('2026-04-20T00:00:00Z');
    await change(id, [{ setQuantity: { quantity: '8' } }], { when: 'date', date: new Date('2026-04-12T00:00:00Z') });
    await organization.transact((work) => extendTrial(work, { id, until: april20 }));
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    expect(await lines(accountId)).toEqual([['seats', '2026-04-20', '2027-04-20', 8000]]);
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'active',
      anchor_at: april20,
      interval_unit: 'year',
    });
  });
});

describe('a subscription that is changed and ended before it begins', () => {
  it('begins anew with what it was changed to', async () => {
    const startAt = new Date('2026-04-10T00:00:00Z');
    const { accountId, id } = await subscribed({ startAt });
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    await change(id, to(cheap.planId));
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    await organization.transact((work) => reactivateSubscription(work, { id }));
    expect(await lines(accountId)).toEqual([['base', '2026-04-01', '2026-05-01', 900]]);
  });
});

describe('a subscription whose billing has stopped', () => {
  it('may be changed for its period’s end, and goes on with that', async () => {
    const { accountId, id, walkTo } = await subscribed();
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    await query(url, `update subscriptions set parked_at = now(), parked_reason = 'no price' where id = $1`, [id]);
    await walkTo('2026-05-05T00:00:00Z');
    await expect(change(id, to(cheap.planId), { when: 'now' })).rejects.toMatchObject({
      code: 'INVALID_STATE',
      details: { path: ['input', 'when'] },
    });
    await change(id, to(cheap.planId), { when: 'period_end' });
    await resumeBilling(world.app, organization.scope, { accountId });
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-05-01', '2026-06-01', 900]);
  });

  it('is billed again when it has ended and is taken up again', async () => {
    const { accountId, id, walkTo } = await subscribed();
    await query(url, `update subscriptions set parked_at = now(), parked_reason = 'no price' where id = $1`, [id]);
    const end = (creditBasis: 'time' | 'none') =>
      organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis }));
    await expect(end('time')).rejects.toMatchObject({
      code: 'INVALID_STATE',
      details: { path: ['input', 'creditBasis'] },
    });
    await end('none');
    await walkTo('2026-04-12T00:00:00Z');
    await organization.transact((work) => reactivateSubscription(work, { id }));
    await walkTo('2026-05-12T00:00:00Z');
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-05-12', '2026-06-12', 3_000]);
  });
});

describe('a late run', () => {
  it('carries changes out as punctual runs do, lines of the same run taken back', async () => {
    const furnish = async () => {
      const own = await world.organization();
      const account = await own.account({ timezone: 'UTC' });
      const plans = [
        await sellPlan(own, { prices: [flat(3_000n)] }),
        await sellPlan(own, { prices: [flat(6_000n)] }),
        await sellPlan(own, { intervalUnit: 'week', prices: [flat(700n)] }),
      ];
      const { subscription } = await subscribe(own, account.id, plans[0]!.planId);
      const other = await own.account({ timezone: 'UTC' });
      await subscribe(own, other.id, plans[2]!.planId);
      const date = (day: number) => new Date(subscription.startedAt.getTime() + day * 86_400_000);
      const later = (planId: string, day: number) =>
        own.transact((work) =>
          changeSubscription(work, { id: subscription.id, changes: to(planId), when: 'date', date: date(day) }),
        );
      await later(plans[1]!.planId, 40);
      await later(plans[0]!.planId, 50);
      await later(plans[2]!.planId, 70);
      return { own, account: account.id, other: other.id };
    };
    const punctual = await furnish();
    const late = await furnish();
    for (let day = 0; day < 90; day += 1) {
      world.clock.advance({ days: 1 });
      await bill(world.app, punctual.own);
    }
    await bill(world.app, late.own);
    expect(await billedLines(url, late.account)).toEqual(await billedLines(url, punctual.account));
    expect(await billedLines(url, late.other)).toEqual(await billedLines(url, punctual.other));
    expect((await lines(late.account)).slice(1, 8)).toEqual([
      ['base', '2026-05-01', '2026-06-01', 3000],
      ['base', '2026-05-11', '2026-06-01', -2032],
      ['base', '2026-05-11', '2026-06-01', 4065],
      ['base', '2026-05-21', '2026-06-01', -2129],
      ['base', '2026-05-21', '2026-06-01', 1065],
      ['base', '2026-06-01', '2026-07-01', 3000],
      ['base', '2026-06-10', '2026-07-01', -2100],
    ]);
  });
});

describe('a trial', () => {
  it('is announced before its end, on the clock of its account, once', async () => {
    const { id, walkTo } = await subscribed({ trialDays: 14 });
    await walkTo('2026-04-11T23:59:00Z');
    const told = () =>
      query(url, `select at from facts where type = 'subscription.trial_ending' and object_id = $1`, [id]);
    expect(await told()).toEqual([]);
    await walkTo('2026-04-14T00:00:00Z');
    expect(await told()).toEqual([{ at: new Date('2026-04-12T00:00:00Z') }]);
  });

  it('is announced no more once it has ended, and stops no clock when its account is gone', async () => {
    const { accountId, id, walkTo } = await subscribed({ trialDays: 14 });
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled', trial_reminds_at: null });
    const early = await subscribed({ trialDays: 14, startAt: new Date('2026-04-02T00:00:00Z') });
    await organization.transact((work) => cancelSubscription(work, { id: early.id, at: 'now' }));
    expect(await subscriptionRow(url, early.id)).toMatchObject({ trial_reminds_at: null });
    await organization.transact((work) => deleteAccount(work, accountId));
    // As it was left by whoever ended it before.
    await query(url, `update subscriptions set trial_reminds_at = '2026-04-12' where id = $1`, [id]);
    await walkTo('2026-04-20T00:00:00Z');
    await query(url, `update subscriptions set test_clock_id = null where id = $1`, [id]);
    expect(await query(url, `select id from ending_trials('2026-05-01', 100) where id = $1`, [id])).toEqual([]);
  });

  it('is announced by the days of its own zone, wherever its account has gone', async () => {
    const { accountId } = await clockAccount(organization, '2026-03-20T11:00:00Z', { timezone: 'Europe/Vienna' });
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, accountId, planId, { trialDays: 7 });
    const { id } = subscription;
    await organization.transact((work) => updateAccount(work, accountId, { timezone: 'UTC' }));
    await organization.transact((work) => extendTrial(work, { id, until: new Date('2026-03-30T10:00:00Z') }));
    // Clocks went forward on 29 March: noon three days before was at eleven.
    expect(await subscriptionRow(url, id)).toMatchObject({ trial_reminds_at: new Date('2026-03-27T11:00:00Z') });
  });

  it('is extended and ends on the day that was named for that, the last of the trial as it was or an earlier one', async () => {
    for (const day of ['2026-04-15T00:00:00Z', '2026-04-10T00:00:00Z']) {
      const { id, walkTo } = await subscribed({ trialDays: 14 });
      const date = new Date(day);
      await organization.transact((work) => cancelSubscription(work, { id, at: 'date', date }));
      await organization.transact((work) => extendTrial(work, { id, until: new Date('2026-04-25T00:00:00Z') }));
      await walkTo('2026-04-30T00:00:00Z');
      expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled', ended_at: date });
    }
  });

  it('is extended, with all that was to happen at its end', async () => {
    const { accountId, id, walkTo } = await subscribed({ trialDays: 14 });
    const cheap = await sellPlan(organization, { prices: [flat(900n)] });
    await change(id, to(cheap.planId), { when: 'period_end' });
    await walkTo('2026-04-13T00:00:00Z');
    const extend = (until: string) =>
      organization.transact((work) => extendTrial(work, { id, until: new Date(until) }));
    await expect(extend('2026-04-14T00:00:00Z')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await extend('2026-04-25T12:00:00Z');
    await walkTo('2026-04-30T00:00:00Z');
    expect((await billedLines(url, accountId)).map((line) => [line.from, line.to, line.amount])).toEqual([
      ['2026-04-25T12:00:00.000Z', '2026-05-25T12:00:00.000Z', 900],
    ]);
    expect(
      await query(url, `select at from facts where type = 'subscription.trial_ending' and object_id = $1`, [id]),
    ).toEqual([{ at: new Date('2026-04-12T00:00:00Z') }, { at: new Date('2026-04-22T12:00:00Z') }]);
  });

  it('ends at once when it is converted', async () => {
    const { accountId, id, walkTo } = await subscribed({ trialDays: 14 });
    await walkTo('2026-04-06T00:00:00Z');
    await organization.transact((work) => endTrial(work, { id }));
    expect(await lines(accountId)).toEqual([['base', '2026-04-06', '2026-05-06', 3000]]);
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'active',
      trial_end: new Date('2026-04-06T00:00:00Z'),
    });
    const fresh = await subscribed({ trialDays: 14 });
    await organization.transact((work) => endTrial(work, { id: fresh.id }));
    expect(await lines(fresh.accountId)).toHaveLength(1);
    await expect(organization.transact((work) => endTrial(work, { id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });
});

describe('an end', () => {
  it('gives back what is left, if asked to, and is told with its reason', async () => {
    const { accountId, id, walkTo } = await subscribed();
    await walkTo('2026-04-21T00:00:00Z');
    await organization.transact((work) =>
      cancelSubscription(work, { id, at: 'now', creditBasis: 'time', reason: 'moved away' }),
    );
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-04-21', '2026-05-01', -1000],
    ]);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled', cancel_reason: 'moved away' });
    const [told] = await query<{ data: unknown }>(
      url,
      `select data from facts where type = 'subscription.canceled' and object_id = $1`,
      [id],
    );
    expect(told!.data).toMatchObject({ reason: 'moved away' });
  });

  it('is listed as pending when it is scheduled, and taken back there', async () => {
    const { id, walkTo } = await subscribed();
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    const [end] = await scheduled(id);
    expect(end).toMatchObject({ kind: 'cancel', status: 'pending', at: '2026-05-01' });
    await undo(end!.id);
    await walkTo('2026-05-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', ends_at: null });
  });

  it('is not the last word: it begins anew with what it had', async () => {
    const { accountId, id, walkTo } = await subscribed();
    await expect(organization.transact((work) => reactivateSubscription(work, { id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await walkTo('2026-04-11T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    await organization.transact((work) => reactivateSubscription(work, { id }));
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end', reason: 'again' }));
    await walkTo('2026-06-20T00:00:00Z');
    await organization.transact((work) => reactivateSubscription(work, { id }));
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-04-11', '2026-05-01', -2000],
      ['base', '2026-04-11', '2026-05-11', 3000],
      ['base', '2026-06-20', '2026-07-20', 3000],
    ]);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', ended_at: null, cancel_reason: null });
    const trial = await subscribed({ trialDays: 30 });
    await organization.transact((work) => cancelSubscription(work, { id: trial.id, at: 'now' }));
    await organization.transact((work) => reactivateSubscription(work, { id: trial.id }));
    expect(await lines(trial.accountId)).toEqual([['base', '2026-04-01', '2026-05-01', 3000]]);
  });

  it('bills a setup fee once, and again only if the invoice that asked for it is void or was credited', async () => {
    const setup = flat(500n, { component: 'setup', name: 'Setup', charge: 'once' });
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n), setup] });
    const reactivate = (id: string) => organization.transact((work) => reactivateSubscription(work, { id }));
    const fees = async (accountId: string) => {
      const found = await query<{ status: string }>(
        url,
        `select i.status from invoice_lines l join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
         where l.account_id = $1 and l.kind = 'setup_fee' order by i.number_seq`,
        [accountId],
      );
      return found.map((row) => row.status);
    };
    const tried = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { subscription } = await subscribe(organization, tried.accountId, planId, { trialDays: 30 });
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    await reactivate(subscription.id);
    await walk(world.app, organization, tried.clockId, '2026-07-01T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    await reactivate(subscription.id);
    expect(await fees(tried.accountId)).toEqual(['open']);

    const lapsed = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const unpaid = await subscribe(organization, lapsed.accountId, planId, { collection: 'automatic' });
    await walk(world.app, organization, lapsed.clockId, '2026-04-03T00:00:00Z');
    await reactivate(unpaid.subscription.id);
    expect(await fees(lapsed.accountId)).toEqual(['void', 'open']);

    const begun = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const inPart = await subscribe(organization, begun.accountId, planId, { collection: 'automatic' });
    const paid = { accountId: begun.accountId, invoiceIds: [inPart.invoice!.id], kind: 'cash' as const };
    const amount = { amountMinor: 500n, currency: 'EUR' };
    await organization.transact((work) => recordManualPayment(work, { ...paid, amount }));
    await walk(world.app, organization, begun.clockId, '2026-04-03T00:00:00Z');
    await reactivate(inPart.subscription.id);
    expect(await fees(begun.accountId)).toEqual(['paid', 'open']);
  });
});

describe('the direction of a change', () => {
  it('is told by what recurs: a setup fee is worth nothing a month', async () => {
    const setup = flat(5_000n, { component: 'setup', name: 'Setup', charge: 'once' });
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n), setup] });
    const dear = await sellPlan(organization, { prices: [flat(2_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId);
    await change(subscription.id, to(dear.planId));
    expect(await scheduled(subscription.id)).toEqual([]);
    expect(
      await query(url, `select amount::int from invoice_lines where account_id = $1 order by amount`, [accountId]),
    ).toEqual([-1_000, 1_000, 2_000, 5_000].map((amount) => ({ amount })));
  });
});

describe('another version of a plan', () => {
  const setup = flat(500n, { component: 'setup', name: 'Setup', charge: 'once' });
  const version = (planId: string, prices: Parameters<typeof createPlanVersion>[1]['prices']) =>
    organization.transact((work) => createPlanVersion(work, { planId, intervalUnit: 'month', prices, publish: true }));

  it('may bill each month what was billed once', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n), setup] });
    const { subscription } = await subscribe(organization, accountId, planId);
    await version(planId, [flat(1_000n), flat(700n, { component: 'setup', name: 'Care' })]);
    await change(subscription.id, to(planId), { when: 'period_end' });
    await walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    expect(await subscriptionRow(url, subscription.id)).toMatchObject({ parked_reason: null });
    expect(await texts(accountId)).toEqual(['Pro – Setup 500', 'Pro – Base 1000', 'Pro – Base 1000', 'Pro – Care 700']);
  });

  it('keeps the price that was agreed, one of the same change too, and says what it is itself', async () => {
    const { accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(1_000n)] });
    const old = await sellPlan(organization, { prices: [flat(2_000n)] }, { name: 'Max' });
    await version(old.planId, [flat(2_500n, { name: 'Basis', taxCategory: 'books' })]);
    const { subscription } = await subscribe(organization, accountId, planId);
    const components = [{ component: 'base', price: { model: { flat: { amount: 1_800n } } } }];
    await change(subscription.id, [
      { replacePlan: { plan: { versionId: old.versionId }, components } },
      { replacePlan: { plan: { id: old.planId } } },
    ]);
    expect(await texts(accountId)).toEqual(['Pro – Base 1000', 'Unused time: Pro – Base -1000', 'Max – Basis 1800']);
    const [line] = await query(url, `select tax_category from invoice_lines where account_id = $1 and amount = 1800`, [
      accountId,
    ]);
    expect(line).toEqual({ tax_category: 'books' });
  });

  const texts = async (accountId: string) => {
    const rows = await query<{ text: string }>(
      url,
      `select l.description || ' ' || l.amount as text from invoice_lines l
       join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
       where l.account_id = $1 order by i.number_seq, l.position`,
      [accountId],
    );
    return rows.map((row) => row.text);
  };
});
