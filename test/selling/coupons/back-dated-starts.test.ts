import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CreateCouponInput, createCoupon } from '../../../src/selling/coupons/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let planId: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  const behind = { ...flat(500n), billingMode: 'arrears' as const, component: 'behind' };
  planId = (await sellPlan(organization, { prices: [flat(2_000n), behind] })).planId;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const euros = (amountMinor: bigint) => ({ amount: { amountMinor, currency: 'EUR' } });

/** A subscriber since 10 January with coupons, as of 15 June: billed month by month, or of whom it was known in June only. */
async function subscriberOf(coupons: Partial<CreateCouponInput>[], isBackDated: boolean) {
  const start = '2026-01-10T00:00:00Z';
  const { clockId, accountId } = await clockAccount(organization, isBackDated ? '2026-06-15T00:00:00Z' : start);
  const discounts: { couponId: string }[] = [];
  for (const coupon of coupons) {
    const { id: couponId } = await organization.transact((work) =>
      createCoupon(work, { name: 'Some', ...coupon } as never),
    );
    discounts.push({ couponId });
  }
  await subscribe(organization, accountId, planId, { startAt: new Date(start), discounts });
  const lines = async () => {
    const rows = await query<{ period: Date; component: string; discount: number }>(
      world.database.superuserUrl,
      `select l.period_start as period, l.component, l.discount_amount::int as discount from invoice_lines l
       join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
       where i.account_id = $1 order by l.period_start, l.component`,
      [accountId],
    );
    return rows.map(({ period, component, discount }) => [period.toISOString().slice(0, 10), component, discount]);
  };
  const uses = () =>
    query<object>(
      world.database.superuserUrl,
      `select used_amount::int as amount, used_times as times, covered_until, period_used::int as period from discounts
       where account_id = $1 order by id`,
      [accountId],
    );
  const to = (day: string) => walk(world.app, organization, clockId, `2026-${day}T00:00:00Z`);
  return { lines, uses, to };
}

describe('a subscription that began long ago', () => {
  it.each<[string, Partial<CreateCouponInput>[]]>([
    ['half of one period', [{ off: { percent: '50' } }]],
    ['half of two periods', [{ off: { percent: '50' }, frequency: 'repeating', periods: 2 }]],
    ['half of all', [{ off: { percent: '50' }, frequency: 'forever' }]],
    ['an amount that three periods use up', [{ off: euros(5_000n) }]],
    ['an amount for two periods', [{ off: euros(700n), frequency: 'repeating', periods: 2 }]],
    ['an amount for every period', [{ off: euros(1_000n), frequency: 'forever' }]],
    [
      'an amount, and then a part of the rest',
      [
        { off: euros(700n), frequency: 'repeating', periods: 3 },
        { off: { percent: '33.3' }, frequency: 'repeating', periods: 2 },
      ],
    ],
  ])('is given %s as if it had been billed in time', async (_what, coupons) => {
    const punctual = await subscriberOf(coupons, false);
    await punctual.to('06-15');
    const late = await subscriberOf(coupons, true);
    expect(await late.lines()).toEqual(await punctual.lines());
    expect(await late.uses()).toEqual(await punctual.uses());
    for (const one of [punctual, late]) await one.to('09-15');
    expect(await late.lines()).toEqual(await punctual.lines());
  });
});
