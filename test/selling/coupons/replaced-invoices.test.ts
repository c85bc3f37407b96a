import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replaceInvoice } from '../../../src/collecting/invoicing/index.ts';
import type { Work } from '../../../src/platform/work.ts';
import { type CreateCouponInput, createCoupon } from '../../../src/selling/coupons/index.ts';
import { changeSubscription, pauseSubscription, resumeSubscription } from '../../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let beside: string;
let small: string;
let middle: string;
let large: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  const planOf = async (amount: bigint) => (await sellPlan(organization, { prices: [flat(amount)] })).planId;
  beside = await planOf(500n);
  small = await planOf(600n);
  middle = await planOf(3_100n);
  large = await planOf(5_600n);
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <T extends object>(text: string, values: unknown[]) => query<T>(world.database.superuserUrl, text, values);

const amountOf = (amountMinor: bigint) => ({ off: { amount: { amountMinor, currency: 'EUR' } } });
const percentOf = (percent: string) => ({ off: { percent } });
const repeating = (periods: number) => ({ frequency: 'repeating' as const, periods });

const coupons: [string, Partial<CreateCouponInput>][] = [
  ['a percentage once', percentOf('50')],
  ['a percentage of two periods', { ...percentOf('50'), ...repeating(2) }],
  ['a percentage of five periods', { ...percentOf('50'), ...repeating(5) }],
  ['a percentage forever', { ...percentOf('50'), frequency: 'forever' }],
  ['an amount once', amountOf(1_000n)],
  ['an amount of one period', { ...amountOf(1_000n), ...repeating(1) }],
  ['an amount of two periods', { ...amountOf(1_000n), ...repeating(2) }],
  ['an amount of five periods', { ...amountOf(1_000n), ...repeating(5) }],
  ['an amount forever', { ...amountOf(1_000n), frequency: 'forever' }],
];

/** A subscriber since 1 January 2026 with a coupon, whose invoices stay open. */
async function subscriber(plans: string[], coupon: Partial<CreateCouponInput>) {
  const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
  const { id: couponId } = await organization.transact((work) =>
    createCoupon(work, { name: 'Some', off: { percent: '50' }, ...coupon }),
  );
  const { subscription } = await subscribe(organization, accountId, plans, { discounts: [{ couponId }] });
  const now = <I extends { id: string }>(verb: (work: Work, input: I) => Promise<unknown>, more: Omit<I, 'id'>) =>
    organization.transact((work) => verb(work, { id: subscription.id, ...more } as I));
  const to = (day: string, hour = '00') => walk(world.app, organization, clockId, `2026-${day}T${hour}:00:00Z`);
  const move = (from: string, id: string, when: 'now' | 'period_end') =>
    now(changeSubscription, {
      changes: [{ replacePlan: { planId: from, plan: { id } } }],
      when,
      ...(when === 'now' ? { creditBasis: 'time' as const } : {}),
    });
  /** Takes the invoice of this place back, and asks for the same by another one. */
  const replace = async (place: number) => {
    const id = (await standing(accountId)).at(place)!.id;
    await organization.transact((work) => replaceInvoice(work, { id, finalize: true }));
  };
  return { accountId, now, to, move, replace };
}

/** Invoices that are not void, those that were replaced in the place that they had. */
const standing = (accountId: string) =>
  sql<{ id: string; discount: number }>(
    `select i.id, i.discount_total::int as discount from invoices i
     where i.account_id = $1 and i.status <> 'void'
     order by (select min(l.period_start) from invoice_lines l where l.invoice_id = i.id), i.number_seq`,
    [accountId],
  );

/** What the invoices that stand give and return, one by one, and how the discount stands in the end. */
async function outcome(accountId: string) {
  const invoices = (await standing(accountId)).map(({ discount }) => discount);
  const [discount] = await sql(
    `select status, used_amount::int as used, used_times as times, covered_until, period_used::int as period, back_amount::int as back
     from discounts where account_id = $1`,
    [accountId],
  );
  return { invoices, discount };
}

describe('an invoice that is replaced', () => {
  it.each(coupons)('takes what it took, and leaves the others what they have: %s', async (_name, coupon) => {
    const lived = async (replaced: readonly number[]) => {
      const { accountId, to, now, replace } = await subscriber([middle], coupon);
      await to('01-16', '12');
      await now(pauseSubscription, { when: 'now', anchor: 'shift', creditBasis: 'time' });
      await to('03-10');
      await now(resumeSubscription, {});
      // As often as one likes.
      for (const place of replaced) await replace(place);
      await to('06-12');
      return outcome(accountId);
    };
    expect(await lived([-1, -1])).toEqual(await lived([]));
  });

  it.each(coupons)('keeps its place among the periods that a coupon is given to: %s', async (_name, coupon) => {
    const lived = async (replaced: readonly number[]) => {
      const planIds = [small, middle, large];
      const { accountId, to, move, replace } = await subscriber([small, beside], { ...coupon, planIds });
      await to('01-10');
      await move(small, middle, 'period_end');
      await to('02-02');
      for (const place of replaced) await replace(place);
      await to('02-15');
      await move(middle, large, 'now');
      await to('04-02');
      return outcome(accountId);
    };
    expect(await lived([0])).toEqual(await lived([]));
  });

  it.each(coupons)('does not use up what came back since: %s', async (_name, coupon) => {
    const lived = async (replaced: readonly number[]) => {
      const { accountId, to, now, replace } = await subscriber([middle], coupon);
      await to('02-15');
      await now(pauseSubscription, { when: 'now', anchor: 'shift', creditBasis: 'time' });
      for (const place of replaced) await replace(place);
      await to('03-10');
      await now(resumeSubscription, {});
      await to('08-12');
      return outcome(accountId);
    };
    expect(await lived([0])).toEqual(await lived([]));
  });
});
