import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Work } from '../../../src/platform/work.ts';
import { type CreateCouponInput, createCoupon, createPromotionCode } from '../../../src/selling/coupons/index.ts';
import {
  applyCoupon,
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
} from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let month: string;
let year: string;
let month2: string;
let year2: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  month = (await sellPlan(organization, { prices: [flat(3_100n)] })).planId;
  year = (await sellPlan(organization, { prices: [flat(36_500n)], intervalUnit: 'year' })).planId;
  month2 = (await sellPlan(organization, { prices: [flat(6_200n)] })).planId;
  year2 = (await sellPlan(organization, { prices: [flat(73_000n)], intervalUnit: 'year' })).planId;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const euros = (amountMinor: bigint) => ({ amount: { amountMinor, currency: 'EUR' } });

type Verb<I> = (work: Work, input: I) => Promise<unknown>;

/** A subscriber since 1 January 2026 who was given a coupon. */
async function subscriber(planId: string, coupon: Partial<CreateCouponInput>) {
  const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
  const { id: couponId } = await organization.transact((work) =>
    createCoupon(work, { name: 'Some', off: { percent: '50' }, ...coupon }),
  );
  const { subscription } = await subscribe(organization, accountId, planId, { discounts: [{ couponId }] });
  const now = <I extends { id: string }>(verb: Verb<I>, more: Omit<I, 'id'>) =>
    organization.transact((work) => verb(work, { id: subscription.id, ...more } as I));
  const to = (day: string, hour = '00') => walk(world.app, organization, clockId, `2026-${day}T${hour}:00:00Z`);
  const move = (id: string) =>
    now(changeSubscription, { changes: [{ replacePlan: { plan: { id } } }], when: 'now', creditBasis: 'time' });
  return { accountId, now, to, move };
}

/** What was given with lines that ask for money, and what came back with others, invoice by invoice; and how the discount stands. */
async function story(accountId: string) {
  const invoices = await query<{ given: number; back: number }>(
    world.database.superuserUrl,
    `select coalesce(sum(l.discount_amount) filter (where l.amount > 0), 0)::int as given,
       coalesce(-sum(l.discount_amount) filter (where l.amount < 0), 0)::int as back
     from invoices i join invoice_lines l on l.invoice_id = i.id
     where i.account_id = $1 group by i.id, i.number_seq order by i.number_seq`,
    [accountId],
  );
  const [discount] = await query<{ status: string; used: number; times: number }>(
    world.database.superuserUrl,
    'select status, used_amount::int as used, used_times as times from discounts where account_id = $1',
    [accountId],
  );
  const net = invoices.reduce((sum, { given, back }) => sum + given - back, 0);
  return { steps: invoices.map(({ given, back }) => [given, back]), net, ...discount! };
}

describe('a repeating coupon over a longer period and back', () => {
  it('gives an amount as often as it says, to the cent', async () => {
    const { accountId, to, move } = await subscriber(month, { off: euros(1_000n), frequency: 'repeating', periods: 3 });
    await to('01-11');
    await move(year);
    await to('01-21');
    await move(month);
    expect((await story(accountId)).steps).toEqual([
      [1_000, 0],
      [1_677, 677],
      [1_631, 1_631],
    ]);
    await to('02-21');
    expect((await story(accountId)).steps.at(-1)).toEqual([1_000, 0]);
    await to('05-01');
    expect(await story(accountId)).toMatchObject({ net: 3_000, status: 'used_up', used: 3_000, times: 3 });
  });

  it('gives a percentage to as many periods as it says, and to what of them came back', async () => {
    const { accountId, to, move } = await subscriber(month, {
      ...{ off: { percent: '30' }, frequency: 'repeating', periods: 2 },
    });
    await to('01-11');
    await move(year);
    await to('01-21');
    await move(month);
    await to('05-01');
    // The second time goes on with the month that takes the place of the year; what January gave back of the first is given in February.
    expect(await story(accountId)).toMatchObject({
      steps: [
        [930, 0],
        [10_950, 630],
        [930, 10_650],
        [630, 0],
        [0, 0],
        [0, 0],
      ],
      ...{ status: 'used_up', times: 2 },
    });
  });

  it('is worth no more than it says on one invoice where it is given forever', async () => {
    const { accountId, to, move } = await subscriber(month, { off: euros(1_000n), frequency: 'forever' });
    for (const day of ['01-02', '01-03', '01-04', '01-05']) {
      await to(day);
      await move(['01-02', '01-04'].includes(day) ? year : month);
    }
    await to('02-05');
    const { steps } = await story(accountId);
    expect(steps.map(([given]) => given! <= 1_000)).toEqual(steps.map(() => true));
    expect(steps.at(-1)).toEqual([1_000, 0]);
  });
});

describe('time that a pause gives back and shifted boundaries bill anew', () => {
  it.each<[Partial<CreateCouponInput>, number[][]]>([
    // Half of January came back.
    [
      { off: { percent: '50' } },
      [
        [1_550, 0],
        [0, 775],
        [775, 0],
        [0, 0],
      ],
    ],
    [
      { off: { percent: '50' }, frequency: 'repeating', periods: 2 },
      [
        [1_550, 0],
        [0, 775],
        [1_550, 0],
        [775, 0],
      ],
    ],
    [
      { off: euros(1_000n), frequency: 'repeating', periods: 1 },
      [
        [1_000, 0],
        [0, 500],
        [500, 0],
        [0, 0],
      ],
    ],
    [
      { off: euros(1_000n), frequency: 'repeating', periods: 2 },
      [
        [1_000, 0],
        [0, 500],
        [1_500, 0],
        [0, 0],
      ],
    ],
    [
      { off: euros(1_000n) },
      [
        [1_000, 0],
        [0, 500],
        [500, 0],
        [0, 0],
      ],
    ],
  ])('has its share of %o', async (coupon, steps) => {
    const { accountId, to, now } = await subscriber(month, coupon);
    await to('01-16', '12');
    await now(pauseSubscription, { when: 'now', anchor: 'shift', creditBasis: 'time' });
    await to('03-10');
    await now(resumeSubscription, {});
    await to('05-10');
    expect((await story(accountId)).steps.slice(0, 4)).toEqual(steps);
    expect(await story(accountId)).toMatchObject({ status: 'used_up' });
  });
});

describe('time that an end gives back', () => {
  it('returns its share of an amount that was given once, also where a longer period had that anew', async () => {
    const { accountId, to, now, move } = await subscriber(month, { off: euros(1_000n) });
    await to('01-11');
    await move(year);
    await to('03-12');
    await now(cancelSubscription, { at: 'now', creditBasis: 'time' });
    const { steps, used, status } = await story(accountId);
    // 305 of the 365 days of the year, which had 6.77 of it.
    expect([steps.at(-1), used, status]).toEqual([[0, 566], 434, 'active']);
    await now(reactivateSubscription, {});
    expect(await story(accountId)).toMatchObject({ net: 1_000, used: 1_000, status: 'used_up' });
  });

  it('has its share of a percentage when it is reactivated', async () => {
    const { accountId, to, now } = await subscriber(month, { off: { percent: '50' } });
    await to('01-16', '12');
    await now(cancelSubscription, { at: 'now', creditBasis: 'time' });
    expect(await story(accountId)).toMatchObject({ status: 'active', used: 775, times: 1 });
    await to('03-01');
    await now(reactivateSubscription, {});
    await to('04-02');
    expect(await story(accountId)).toMatchObject({
      steps: [
        [1_550, 0],
        [0, 775],
        [775, 0],
        [0, 0],
      ],
      ...{ status: 'used_up', net: 1_550 },
    });
  });
});

describe('a coupon of an account with a year and months beside it', () => {
  /** A year from 1 January, then a month from the 15th, both with the account's coupon for three periods. */
  async function yearAndMonths() {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const { id: couponId } = await organization.transact((work) =>
      createCoupon(work, { name: 'All', off: { percent: '50' }, frequency: 'repeating', periods: 3 }),
    );
    await organization.transact((work) => applyCoupon(work, { accountId, discount: { couponId } }));
    const to = (day: string) => walk(world.app, organization, clockId, `${day}T00:00:00Z`);
    const { subscription: whole } = await subscribe(organization, accountId, year);
    await to('2026-01-15');
    const { subscription: part } = await subscribe(organization, accountId, month);
    await to('2026-02-25');
    const replace = (id: string, plan: string) => ({
      ...{ id, when: 'now' as const, settle: 'invoice_now' as const, creditBasis: 'time' as const },
      changes: [{ replacePlan: { plan: { id: plan } } }],
    });
    const lines = async (from: string) => {
      const rows = await query<{ line: string }>(
        world.database.superuserUrl,
        `select to_char(i.created_at, 'YYYY-MM-DD ') || l.amount || ' ' || l.discount_amount as line
         from invoices i join invoice_lines l on l.invoice_id = i.id
         where i.account_id = $1 and i.created_at >= $2 order by i.number_seq, l.position`,
        [accountId, from],
      );
      return rows.map(({ line }) => line);
    };
    return { accountId, whole: whole.id, part: part.id, to, replace, lines };
  }

  it.each<[string, (of: Awaited<ReturnType<typeof yearAndMonths>>) => Promise<unknown>]>([
    ['goes on', async () => undefined],
    [
      'has a dearer plan',
      ({ part, replace }) => organization.transact((work) => changeSubscription(work, replace(part, month2))),
    ],
    [
      'pauses and goes on later',
      async ({ part, to }) => {
        const paused = { id: part, when: 'now' as const, anchor: 'shift' as const, creditBasis: 'time' as const };
        await organization.transact((work) => pauseSubscription(work, paused));
        await to('2026-03-02');
        await organization.transact((work) => resumeSubscription(work, { id: part }));
      },
    ],
    [
      'ends',
      ({ part }) =>
        organization.transact((work) => cancelSubscription(work, { id: part, at: 'now', creditBasis: 'time' })),
    ],
  ])('is one time as long as the year lasts, also where the month %s', async (_, happens) => {
    const of = await yearAndMonths();
    await happens(of);
    await of.to('2026-06-01');
    const months = await of.lines('2026-02-26');
    expect(months.every((line) => BigInt(line.split(' ')[1]!) === 2n * BigInt(line.split(' ')[2]!))).toBe(true);
    expect(await story(of.accountId)).toMatchObject({ times: 1 });
    // A further invoice of the year: 214 days.
    await organization.transact((work) => changeSubscription(work, of.replace(of.whole, year2)));
    expect(await of.lines('2026-06-01')).toEqual(['2026-06-01 -21400 -10700', '2026-06-01 42800 21400']);
    expect(await story(of.accountId)).toMatchObject({ times: 1 });
    await of.to('2027-01-02');
    expect((await of.lines('2027-01-01'))[0]).toBe('2027-01-01 73000 36500');
  });

  it('goes on with the months where the year ends', async () => {
    const { accountId, whole, to, lines } = await yearAndMonths();
    await organization.transact((work) => cancelSubscription(work, { id: whole, at: 'now', creditBasis: 'time' }));
    await to('2026-07-01');
    expect(await lines('2026-02-25')).toEqual([
      '2026-02-25 -31000 -15500',
      ...['2026-03-15 3100 1550', '2026-04-15 3100 1550', '2026-05-15 3100 1550', '2026-06-15 3100 0'],
    ]);
    expect(await story(accountId)).toMatchObject({ times: 3, status: 'used_up' });
  });
});

describe('a coupon of a subscription that was never paid for', () => {
  it('is there for the next try, as its code is, and not for the one that lapsed', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    const coupon = await organization.transact((work) =>
      createCoupon(work, { name: 'First', off: { percent: '50' }, maxRedemptions: 1 }),
    );
    const code = { couponId: coupon.id, code: 'FIRST-TRY', firstPurchaseOnly: true, maxRedemptions: 1 };
    await organization.transact((work) => createPromotionCode(work, code));
    const again = () =>
      subscribe(organization, accountId, month, {
        ...{ collection: 'automatic', discounts: [{ promotionCode: 'FIRST-TRY' }] },
      });
    const { subscription } = await again();
    await expect(again()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await walk(world.app, organization, clockId, '2026-01-03T00:00:00Z');
    expect(await story(accountId)).toMatchObject({ status: 'removed', used: 0, times: 0 });
    await organization.transact((work) => reactivateSubscription(work, { id: subscription.id }));
    expect((await story(accountId)).steps.at(-1)).toEqual([0, 0]);
    await organization.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now' }));
    const { invoice } = await again();
    expect(invoice).toMatchObject({ discountTotal: 1_550n, total: 1_550n });
    await expect(again()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });
});
