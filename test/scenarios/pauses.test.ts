import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCoupon } from '../../src/selling/coupons/index.ts';
import {
  cancelSubscription,
  changeSubscription,
  endTrial,
  pauseSubscription,
  resumeSubscription,
  undoCancelSubscription,
  undoSubscriptionChange,
} from '../../src/selling/subscriptions/index.ts';
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

type Pause = Partial<Parameters<typeof pauseSubscription>[1]>;

const pause = (id: string, more: Pause = {}) =>
  organization.transact((work) => pauseSubscription(work, { id, when: 'now', ...more }));
const resume = (id: string, date?: string) =>
  organization.transact((work) => resumeSubscription(work, { id, date: date ? new Date(date) : null }));

/** A day of April 2026; the 31st is the first of May. */
const day = (number: number) => new Date(Date.UTC(2026, 3, number));

const hours = flat(0n, {
  component: 'hours',
  name: 'Hours',
  billing: 'arrears',
  model: { perSeat: { unitAmount: '3000' } },
});

async function subscribed(version: Parameters<typeof sellPlan>[1] = {}, from = '2026-04-01T00:00:00Z') {
  const { clockId, accountId } = await clockAccount(organization, from);
  const { planId } = await sellPlan(organization, { prices: [flat(3_000n)], ...version });
  const { subscription } = await subscribe(organization, accountId, planId);
  const to = (at: string) => walk(world.app, organization, clockId, at);
  return { clockId, accountId, id: subscription.id, to };
}

const lines = async (accountId: string) =>
  (await billedLines(url, accountId)).map(({ component, from, to, amount }) => [
    component,
    from.slice(0, 10),
    to.slice(0, 10),
    amount,
  ]);

const credit = async (accountId: string) => {
  const text = 'select coalesce(sum(amount), 0)::int as sum from credit_entries where account_id = $1';
  return (await query<{ sum: number }>(url, text, [accountId]))[0]!.sum;
};

const pending = async (id: string) =>
  query(
    url,
    `select id, kind, effective_at as at, status from scheduled_changes where subscription_id = $1 order by id`,
    [id],
  );

describe('the period that goes on after a pause with shifted boundaries', () => {
  const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '3100' } } });
  const worked = { ...seats, component: 'worked', name: 'Worked', billing: 'arrears' as const };
  const quantity = (id: string, component: string, of: string) =>
    organization.transact((work) =>
      changeSubscription(work, {
        ...{ id, when: 'now', settle: 'invoice_now', creditBasis: 'time' },
        changes: [{ setQuantity: { component, quantity: of } }],
      }),
    );

  it('is the rest of a whole one of the same length: what is billed of it, ahead or afterwards, is that share', async () => {
    const minimumCommitment = [{ currency: 'EUR', amountMinor: 31_000n }];
    const { accountId, id, to } = await subscribed(
      { prices: [seats, worked], minimumCommitment },
      '2026-01-01T00:00:00Z',
    );
    await to('2026-01-02T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-02-02T00:00:00Z');
    await resume(id);
    await to('2026-02-12T00:00:00Z');
    await quantity(id, 'seats', '2');
    await quantity(id, 'worked', '2');
    await to('2026-02-22T00:00:00Z');
    await quantity(id, 'seats', '1');
    await quantity(id, 'worked', '1');
    await to('2026-03-04T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ whole_period_start: null });
    expect(await lines(accountId)).toEqual([
      ['seats', '2026-01-01', '2026-02-01', 3100],
      ['worked', '2026-01-01', '2026-01-02', 100],
      ['', '2026-01-01', '2026-01-02', 800],
      ['seats', '2026-01-02', '2026-02-01', -3000],
      ['seats', '2026-02-02', '2026-03-04', 3000],
      ['seats', '2026-02-12', '2026-03-04', -2000],
      ['seats', '2026-02-12', '2026-03-04', 4000],
      ['seats', '2026-02-22', '2026-03-04', -2000],
      ['seats', '2026-02-22', '2026-03-04', 1000],
      ['worked', '2026-02-02', '2026-02-12', 1000],
      ['worked', '2026-02-12', '2026-02-22', 2000],
      ['worked', '2026-02-22', '2026-03-04', 1000],
      ['', '2026-02-02', '2026-03-04', 22_000],
      ['seats', '2026-03-04', '2026-04-04', 3100],
    ]);
  });

  it('is moved as a whole again, and outlasts a pause with boundaries kept', async () => {
    const { accountId, id, to } = await subscribed({ prices: [seats, worked] }, '2026-02-01T00:00:00Z');
    await to('2026-02-02T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-03-16T00:00:00Z');
    await resume(id);
    // A second time, by nine days, and then kept where it lies: 28 days of which one was in February.
    await to('2026-03-20T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-03-29T00:00:00Z');
    await resume(id);
    await to('2026-03-30T00:00:00Z');
    await pause(id, { anchor: 'keep', creditBasis: 'time' });
    await to('2026-04-07T00:00:00Z');
    await resume(id);
    await quantity(id, 'seats', '29');
    await quantity(id, 'seats', '1');
    await to('2026-04-21T00:00:00Z');
    expect((await lines(accountId)).slice(3).map(([component, from, , amount]) => [component, from, amount])).toEqual([
      ['seats', '2026-03-16', 2989],
      ['worked', '2026-03-16', 443],
      ['seats', '2026-03-20', -2546],
      ['seats', '2026-03-29', 2546],
      ['seats', '2026-03-30', -2436],
      ['worked', '2026-03-29', 111],
      ['seats', '2026-04-07', 1550],
      ['seats', '2026-04-07', -1550],
      ['seats', '2026-04-07', 44_950],
      ['seats', '2026-04-07', -44_950],
      ['seats', '2026-04-07', 1550],
      ['worked', '2026-04-07', 1550],
      ['seats', '2026-04-21', 3100],
    ]);
  });
});

describe('a change that falls into a pause with shifted boundaries', () => {
  it('holds within the period that goes on, which ends as much later as without it', async () => {
    const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '3100' } } });
    const { accountId, id, to } = await subscribed({ prices: [seats, flat(3_100n)] }, '2026-01-01T00:00:00Z');
    await to('2026-01-06T00:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, {
        ...{ id, when: 'date', date: new Date('2026-01-15T00:00:00Z'), settle: 'invoice_now', creditBasis: 'time' },
        changes: [{ setQuantity: { component: 'seats', quantity: '3' } }],
      }),
    );
    await to('2026-01-11T00:00:00Z');
    await pause(id, { anchor: 'shift', until: new Date('2026-01-21T00:00:00Z') });
    await to('2026-02-11T00:00:00Z');
    expect((await lines(accountId)).slice(2).toSorted()).toEqual([
      ['base', '2026-01-11', '2026-02-01', -2100],
      ['base', '2026-01-21', '2026-02-11', 2100],
      ['base', '2026-02-11', '2026-03-11', 3100],
      ['seats', '2026-01-11', '2026-02-01', -2100],
      ['seats', '2026-01-21', '2026-02-11', 6300],
      ['seats', '2026-02-11', '2026-03-11', 9300],
    ]);
  });
});

describe('a pause now', () => {
  it('with credit gives back what is left, and going on bills the rest of the period it goes on in', async () => {
    const { accountId, id, to } = await subscribed({ prices: [flat(3_000n), hours] });
    await to('2026-04-11T00:00:00Z');
    await pause(id, { creditBasis: 'time' });
    await expect(pause(id)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await to('2026-06-16T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'paused', next_billing_at: null });
    await resume(id);
    await to('2026-07-01T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-04-11', '2026-05-01', -2000],
      ['hours', '2026-04-01', '2026-04-11', 1000],
      ['base', '2026-06-16', '2026-07-01', 1500],
      ['hours', '2026-06-16', '2026-07-01', 1500],
      ['base', '2026-07-01', '2026-08-01', 3000],
    ]);
  });

  it('without credit leaves paid time paid: it is not billed again', async () => {
    const { accountId, id, to } = await subscribed();
    await to('2026-04-11T00:00:00Z');
    await pause(id);
    await to('2026-04-21T00:00:00Z');
    await resume(id);
    await to('2026-05-01T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-05-01', '2026-06-01', 3000],
    ]);
  });

  it('with shifted boundaries uses what is paid for after it, and the period ends that much later', async () => {
    const { accountId, id, to } = await subscribed({ prices: [flat(3_000n), hours] });
    await to('2026-04-11T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-06-16T00:00:00Z');
    await resume(id);
    expect(await subscriptionRow(url, id)).toMatchObject({
      current_period_end: new Date('2026-07-06T00:00:00Z'),
      anchor_at: new Date('2026-07-06T00:00:00Z'),
    });
    await to('2026-06-20T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-06-21T00:00:00Z');
    await resume(id);
    await to('2026-07-07T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['hours', '2026-04-01', '2026-04-11', 1000],
      ['base', '2026-04-11', '2026-05-01', -2000],
      ['base', '2026-06-16', '2026-07-06', 2000],
      ['hours', '2026-06-16', '2026-06-20', 400],
      ['base', '2026-06-20', '2026-07-06', -1600],
      ['base', '2026-06-21', '2026-07-07', 1600],
      ['hours', '2026-06-21', '2026-07-07', 1600],
      ['base', '2026-07-07', '2026-08-07', 3000],
    ]);
    const [moved] = await query(
      url,
      `select count(*)::int as invoices, sum(total)::int as total from invoices where account_id = $1 and total = 0`,
      [accountId],
    );
    expect(moved).toEqual({ invoices: 2, total: 0 });
  });

  it('has a length: going on at its very instant is refused, and nothing is written', async () => {
    const { accountId, id, to } = await subscribed({ prices: [flat(3_000n), hours] });
    await to('2026-04-11T00:00:00Z');
    await pause(id);
    const before = [await subscriptionRow(url, id), await lines(accountId)];
    await expect(resume(id)).rejects.toMatchObject({ code: 'INVALID_STATE', message: expect.stringMatching(/later/) });
    expect([await subscriptionRow(url, id), await lines(accountId)]).toEqual(before);
    await to('2026-04-11T00:00:01Z');
    await resume(id);
    await to('2026-05-01T00:00:00Z');
    expect((await lines(accountId)).filter(([component]) => component === 'base')).toHaveLength(2);
  });

  it('that would be over before it begins does not come: its period has been moved behind it', async () => {
    const { id, to } = await subscribed();
    await pause(id, { when: 'period_end', until: new Date('2026-05-04T00:00:00Z') });
    await to('2026-04-11T00:00:00Z');
    const yearly = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(36_500n)] });
    const changes = [{ replacePlan: { plan: { id: yearly.planId } } }];
    await organization.transact((work) => changeSubscription(work, { id, changes, when: 'now' }));
    await to('2027-04-12T00:00:00Z');
    expect((await pending(id)).map((row) => [row.kind, row.status])).toEqual([['pause', 'superseded']]);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active' });
  });
});

describe('three pauses of an annual plan', () => {
  it('with shifted boundaries cost nothing: the year that is paid for lasts as much longer', async () => {
    const { accountId, id, to } = await subscribed({ intervalUnit: 'year', prices: [flat(36_500n)] });
    for (const [from, until] of [
      ['2026-05-01T00:00:00Z', '2026-06-10T00:00:00Z'],
      ['2026-07-01T00:00:00Z', '2026-09-09T00:00:00Z'],
      ['2026-12-24T00:00:00Z', '2027-05-01T00:00:00Z'],
    ] as const) {
      await to(from);
      await pause(id, { anchor: 'shift' });
      await to(until);
      await resume(id);
    }
    // A year from 1 April 2026, and 40 + 70 + 128 days.
    await to('2027-11-24T23:59:59Z');
    expect((await lines(accountId)).reduce((sum, [, , , amount]) => sum + Number(amount), 0)).toBe(36_500);
    await to('2027-11-25T00:00:00Z');
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2027-11-25', '2028-11-25', 36_500]);
    expect(await credit(accountId)).toBe(0);
  });

  it.each(['keep', 'shift'] as const)('leave no gap, no overlap and nobody parked (%s)', async (anchor) => {
    const { accountId, id, to } = await subscribed({ intervalUnit: 'year', prices: [flat(36_500n)] });
    for (const [from, until] of [
      ['2026-05-01T00:00:00Z', '2026-06-10T00:00:00Z'],
      ['2026-07-01T00:00:00Z', '2026-09-09T00:00:00Z'],
      ['2026-12-24T00:00:00Z', '2027-05-01T00:00:00Z'],
    ] as const) {
      await to(from);
      await pause(id, { anchor, creditBasis: 'time' });
      await to(until);
      await resume(id);
    }
    await to('2028-06-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', parked_at: null });
    const paid = (await lines(accountId)).reduce((sum, [, , , amount]) => sum + Number(amount), 0);
    // Days that were not paused up to the end of the period that stands, at 100 a day, leap day included.
    const row = await subscriptionRow(url, id);
    const days = ((row.current_period_end as Date).getTime() - Date.parse('2026-04-01T00:00:00Z')) / 86_400_000;
    expect(Math.abs(paid - (days - 40 - 70 - 128) * 100)).toBeLessThan(300);
  });
});

describe('a pause that is scheduled', () => {
  it('begins when the period ends and ends on its date, late or punctually', async () => {
    const punctual = await subscribed();
    const late = await subscribed();
    for (const { id } of [punctual, late]) {
      await pause(id, { when: 'period_end', until: new Date('2026-06-16T00:00:00Z') });
    }
    for (let month = 4; month <= 8; month += 1) await punctual.to(`2026-0${month}-20T00:00:00Z`);
    await late.to('2026-08-20T00:00:00Z');
    const expected = [
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-06-16', '2026-07-01', 1500],
      ['base', '2026-07-01', '2026-08-01', 3000],
      ['base', '2026-08-01', '2026-09-01', 3000],
    ];
    expect(await lines(punctual.accountId)).toEqual(expected);
    expect(await lines(late.accountId)).toEqual(expected);
    expect((await pending(late.id)).map((row) => [row.kind, row.status])).toEqual([
      ['pause', 'applied'],
      ['resume', 'applied'],
    ]);
  });

  it('can be taken back, as can the date of its end', async () => {
    const { accountId, id, to } = await subscribed();
    await pause(id, { when: 'period_end' });
    const [first] = await pending(id);
    await organization.transact((work) => undoSubscriptionChange(work, { id: first!.id as string }));
    await to('2026-05-01T00:00:00Z');
    expect(await lines(accountId)).toHaveLength(2);
    await pause(id, { until: new Date('2026-05-20T00:00:00Z') });
    const [, end] = await pending(id);
    expect(end).toMatchObject({ kind: 'resume', status: 'pending' });
    await organization.transact((work) => undoSubscriptionChange(work, { id: end!.id as string }));
    await expect(
      organization.transact((work) => undoSubscriptionChange(work, { id: end!.id as string })),
    ).rejects.toMatchObject({ code: 'INVALID_STATE' });
    await to('2026-07-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'paused' });
    await resume(id, '2026-07-16T00:00:00Z');
    await to('2026-08-01T00:00:00Z');
    expect((await lines(accountId)).slice(2)).toEqual([
      ['base', '2026-07-16', '2026-08-01', 1548],
      ['base', '2026-08-01', '2026-09-01', 3000],
    ]);
  });

  it('lets what falls into it wait for its end, but not an end of the subscription', async () => {
    const { accountId, id, to } = await subscribed();
    const dearer = await sellPlan(organization, { prices: [flat(6_000n)] });
    await organization.transact((work) =>
      changeSubscription(work, {
        id,
        changes: [{ replacePlan: { plan: { id: dearer.planId } } }],
        when: 'date',
        date: new Date('2026-05-10T00:00:00Z'),
      }),
    );
    await to('2026-04-11T00:00:00Z');
    await pause(id, { creditBasis: 'time' });
    await to('2026-05-16T00:00:00Z');
    await resume(id);
    await to('2026-06-01T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-01', '2026-05-01', 3000],
      ['base', '2026-04-11', '2026-05-01', -2000],
      ['base', '2026-05-16', '2026-06-01', 3097],
      ['base', '2026-06-01', '2026-07-01', 6000],
    ]);
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    await pause(id);
    await to('2026-09-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'canceled',
      ended_at: new Date('2026-07-01T00:00:00Z'),
    });
  });
});

describe('a pause in a trial', () => {
  const onTrial = async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId, { trialDays: 14 });
    return { accountId, id: subscription.id, to: (at: string) => walk(world.app, organization, clockId, at) };
  };
  const reminders = async (id: string) =>
    (
      await query<{ at: Date }>(
        url,
        `select at from facts where type = 'subscription.trial_ending' and object_id = $1 order by at`,
        [id],
      )
    ).map(({ at }) => at.toISOString().slice(0, 10));

  it('with shifted boundaries keeps what is left of it, and is reminded of its new end', async () => {
    const { accountId, id, to } = await onTrial();
    await to('2026-04-05T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await expect(organization.transact((work) => endTrial(work, { id }))).rejects.toMatchObject({
      message: expect.stringContaining('resume') as unknown,
    });
    await to('2026-06-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'paused' });
    await resume(id);
    expect(await subscriptionRow(url, id)).toMatchObject({
      status: 'trialing',
      trial_end: new Date('2026-06-11T00:00:00Z'),
    });
    await to('2026-06-12T00:00:00Z');
    expect(await lines(accountId)).toEqual([['base', '2026-06-11', '2026-07-11', 3000]]);
    expect(await reminders(id)).toEqual(['2026-06-08']);
  });

  it('with boundaries kept lets it run out', async () => {
    const { accountId, id, to } = await onTrial();
    await to('2026-04-05T00:00:00Z');
    await pause(id);
    await to('2026-04-08T00:00:00Z');
    await resume(id);
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'trialing' });
    await pause(id);
    await to('2026-04-25T00:00:00Z');
    await resume(id);
    await to('2026-05-15T00:00:00Z');
    expect(await lines(accountId)).toEqual([
      ['base', '2026-04-25', '2026-05-15', 2000],
      ['base', '2026-05-15', '2026-06-15', 3000],
    ]);
  });
});

describe('a pause with shifted boundaries', () => {
  it('takes along what was to happen at the end of the period', async () => {
    const { accountId, id, to } = await subscribed();
    const dearer = await sellPlan(organization, { prices: [flat(6_000n)] });
    const changes = [{ replacePlan: { plan: { id: dearer.planId } } }];
    await organization.transact((work) => changeSubscription(work, { id, changes, when: 'period_end' }));
    await to('2026-04-11T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-05-11T00:00:00Z');
    await resume(id);
    expect(await pending(id)).toMatchObject([{ status: 'pending', at: new Date('2026-05-31T00:00:00Z') }]);
    await to('2026-05-31T00:00:00Z');
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-05-31', '2026-06-30', 6000]);
  });

  it('gives back all that is left of what was paid for when it ends in a cancellation', async () => {
    const { accountId, id, to } = await subscribed();
    await to('2026-04-11T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-07-01T00:00:00Z');
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' }));
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-04-11', '2026-05-01', -2000]);
  });
});

describe('an end of the period that is to give back what a pause with shifted boundaries has kept', () => {
  it.each([
    ['named in the pause', '2026-04-16', null, -2000],
    ['named before it', '2026-04-02', null, -2000],
    ['which is over by then', '2026-04-02', '2026-04-21', -1000],
    ['of which nothing is left', '2026-04-22', '2026-04-21', 0],
  ])('does so: %s', async (_, named, resumed, back) => {
    const { accountId, id, to } = await subscribed();
    const steps = {
      [named]: () =>
        organization.transact((work) => cancelSubscription(work, { id, at: 'period_end', creditBasis: 'time' })),
      '2026-04-11': () => pause(id, { anchor: 'shift' }),
      ...(resumed ? { [resumed]: () => resume(id) } : {}),
    };
    for (const [at, step] of Object.entries(steps).sort()) {
      await to(`${at}T00:00:00Z`);
      await step();
    }
    await to('2026-06-01T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled' });
    expect((await lines(accountId)).reduce((sum, [, , , amount]) => sum + Number(amount), 0)).toBe(3_000 + back);
  });
});

describe('a pause with shifted boundaries at the very instant of a change', () => {
  const seats = flat(0n, { model: { perSeat: { unitAmount: '3000' } } });
  const quantity = (id: string, count: string, more: { when?: 'now' | 'period_end' | 'date'; date?: Date } = {}) =>
    organization.transact((work) =>
      changeSubscription(work, {
        ...{ id, when: 'now', creditBasis: 'time', settle: 'invoice_now', ...more },
        changes: [{ setQuantity: { component: 'base', quantity: count } }],
      }),
    );

  /** Changed twice, paused and gone on with: two thirds of April are paid for from the 21st on, 3 seats. */
  async function moved() {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-11T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [seats] });
    const { subscription } = await subscribe(organization, accountId, planId, { anchor: 'calendar' });
    const { id } = subscription;
    const to = (at: string) => walk(world.app, organization, clockId, at);
    await quantity(id, '2');
    await quantity(id, '3');
    await pause(id, { anchor: 'shift' });
    await to('2026-04-21T00:00:00Z');
    await resume(id);
    return { accountId, id, to };
  }
  const spent = async (accountId: string) => (await lines(accountId)).reduce((sum, line) => sum + Number(line[3]), 0);

  it('bills what is left from the instant on at which it ends', async () => {
    const { accountId, id } = await moved();
    expect((await billedLines(url, accountId)).at(-1)).toMatchObject({
      ...{ from: '2026-04-21T00:00:00.000Z', to: '2026-05-11T00:00:00.000Z', amount: 6000 },
    });
    expect(await subscriptionRow(url, id)).toMatchObject({ current_period_end: new Date('2026-05-11T00:00:00Z') });
    await checkBooks(world);
  });

  it.each([
    ['another quantity', (id: string) => quantity(id, '2'), 4000],
    ['another quantity on a date', (id: string) => quantity(id, '2', { when: 'date', date: day(26) }), 4500],
    ['another quantity at the end', (id: string) => quantity(id, '2', { when: 'period_end' }), 6000],
    [
      'another plan',
      async (id: string) => {
        const { planId } = await sellPlan(organization, { prices: [flat(9_000n)] });
        const changes = [{ replacePlan: { plan: { id: planId } } }];
        await organization.transact((work) =>
          changeSubscription(work, { id, changes, when: 'now', creditBasis: 'time', settle: 'invoice_now' }),
        );
      },
      6000,
    ],
    [
      'another interval',
      async (id: string) => {
        const { planId } = await sellPlan(organization, { intervalUnit: 'year', prices: [flat(90_000n)] });
        const changes = [{ replacePlan: { plan: { id: planId } } }];
        await organization.transact((work) =>
          changeSubscription(work, { id, changes, when: 'now', creditBasis: 'time', settle: 'invoice_now' }),
        );
      },
      90_000,
    ],
    [
      'another pause',
      async (id: string, to: (at: string) => Promise<unknown>) => {
        await pause(id, { anchor: 'shift' });
        await to('2026-04-21T00:00:00.001Z');
        await resume(id);
        await quantity(id, '1');
      },
      2000,
    ],
    [
      'an end with credit',
      (id: string) => organization.transact((work) => cancelSubscription(work, { id, at: 'now', creditBasis: 'time' })),
      0,
    ],
  ] as const)('and then %s costs what it costs at any time', async (_what, change, cost) => {
    const { accountId, id, to } = await moved();
    await change(id, to);
    await to('2026-05-10T23:59:59Z');
    expect(await spent(accountId)).toBe(cost);
    expect(await subscriptionRow(url, id)).toMatchObject({ parked_at: null });
    await checkBooks(world);
  });
});

describe('a pause with a date before a scheduled end', () => {
  it('is over on its date', async () => {
    const { id, to } = await subscribed();
    await organization.transact((work) =>
      cancelSubscription(work, { id, at: 'date', date: new Date('2026-06-11T00:00:00Z') }),
    );
    await pause(id, { until: day(11) });
    expect(await subscriptionRow(url, id)).toMatchObject({ next_billing_at: day(11) });
    await to('2026-04-12T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', next_billing_at: day(31) });
  });
});

describe('a pause with shifted boundaries before a scheduled end', () => {
  it('leaves the end on its day; taken back, the period lasts as long as it is paid for', async () => {
    const { accountId, id, to } = await subscribed();
    const dearer = await sellPlan(organization, { prices: [flat(6_000n)] });
    const changes = [{ replacePlan: { plan: { id: dearer.planId } } }];
    await organization.transact((work) => changeSubscription(work, { id, changes, when: 'period_end' }));
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    await to('2026-04-11T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-04-21T00:00:00Z');
    await resume(id);
    expect(await subscriptionRow(url, id)).toMatchObject({ current_period_end: day(31), ends_at: day(31) });
    await organization.transact((work) => undoCancelSubscription(work, { id }));
    const end = new Date('2026-05-11T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ current_period_end: end, next_billing_at: end });
    expect(await pending(id)).toMatchObject([{ kind: 'items', at: end }, { kind: 'cancel' }]);
    await checkBooks(world);
    await to('2026-05-11T00:00:00Z');
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'active', parked_at: null });
    expect((await lines(accountId)).at(-1)).toEqual(['base', '2026-05-11', '2026-06-11', 6000]);
  });

  it('in a trial, too: taken back, it lasts as long as was left of it', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId, { trialDays: 14 });
    const { id } = subscription;
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    await walk(world.app, organization, clockId, '2026-04-05T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await walk(world.app, organization, clockId, '2026-04-09T00:00:00Z');
    await resume(id);
    await organization.transact((work) => undoCancelSubscription(work, { id }));
    await walk(world.app, organization, clockId, '2026-04-20T00:00:00Z');
    expect(await lines(accountId)).toEqual([['base', '2026-04-19', '2026-05-19', 3000]]);
  });
});

describe('an end of a paused subscription', () => {
  it('comes when the period that is paid for is over, or must be now', async () => {
    const { id, to } = await subscribed();
    await to('2026-04-11T00:00:00Z');
    await pause(id);
    await organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    expect(await subscriptionRow(url, id)).toMatchObject({ ends_at: new Date('2026-05-01T00:00:00Z') });
    const [end] = await pending(id);
    await organization.transact((work) => undoSubscriptionChange(work, { id: end!.id as string }));
    await to('2026-05-02T00:00:00Z');
    await expect(
      organization.transact((work) => cancelSubscription(work, { id, at: 'period_end' })),
    ).rejects.toMatchObject({
      message: expect.stringContaining('paused') as unknown,
      details: { path: ['input', 'at'] },
    });
    await organization.transact((work) => cancelSubscription(work, { id, at: 'now' }));
    expect(await subscriptionRow(url, id)).toMatchObject({ status: 'canceled' });
  });
});

describe('a coupon that is used up', () => {
  it('lasts as long as the time that a pause moved', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const model = { perSeat: { unitAmount: '3000' } };
    const { planId } = await sellPlan(organization, { prices: [flat(0n, { model })] });
    const coupon = await organization.transact((work) => createCoupon(work, { name: 'Half', off: { percent: '50' } }));
    const { subscription } = await subscribe(organization, accountId, planId, { discounts: [{ couponId: coupon.id }] });
    const { id } = subscription;
    const to = (at: string) => walk(world.app, organization, clockId, at);
    await to('2026-04-16T00:00:00Z');
    await pause(id, { anchor: 'shift' });
    await to('2026-05-16T00:00:00Z');
    await resume(id);
    await to('2026-05-26T00:00:00Z');
    await organization.transact((work) =>
      changeSubscription(work, { id, when: 'now', changes: [{ setQuantity: { quantity: '3' } }] }),
    );
    await to('2026-05-31T00:00:00Z');
    const nets = await query<{ net: number[] }>(
      url,
      `select array_agg((l.amount - l.discount_amount)::int order by l.position) as net from invoices i
       join invoice_lines l on l.invoice_id = i.id where i.account_id = $1 group by i.id, i.number_seq order by i.number_seq`,
      [accountId],
    );
    // Five of the 30 days that the moved period has as a whole, at 90.00 and half of it off.
    expect(nets.map(({ net }) => net)).toEqual([[1_500], [-750, 750], [-250, 750], [9_000]]);
  });
});
