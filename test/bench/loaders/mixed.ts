import { grantCredit } from '../../../src/collecting/credits/index.ts';
import type { App } from '../../../src/platform/app-types.ts';
import type { Scope, Work } from '../../../src/platform/work.ts';
import { createPlan } from '../../../src/selling/catalog/index.ts';
import { createCoupon } from '../../../src/selling/coupons/index.ts';
import { type BenchDatabase, runSql } from '../harness/server.ts';

/** One of so many subscriptions stays flat, has tiers, has a volume price, or seats and a fee. */
const kinds = 4;
const discountedEvery = 5;
const creditedEvery = 4;
/** Enough for some invoices in full and the rest of one. */
const creditAmount = 10_000n;
const accountsAtOnce = 100;

const models = {
  tiers: {
    graduated: {
      tiers: [
        { upTo: '10', unitAmount: '450' },
        { upTo: '50', unitAmount: '399.5', flatAmount: 500n },
        { unitAmount: '333.33' },
      ],
    },
  },
  volume: { volume: { tiers: [{ upTo: '20', unitAmount: '290' }, { unitAmount: '249.99' }] } },
  seats: { perSeat: { unitAmount: '899' } },
} as const;

const scopeOf = (organizationId: string): Scope => ({
  organizations: [organizationId],
  actor: { type: 'system', id: 'bench' },
  requestId: null,
});

/**
 * Makes a mixed load of a flat one that nothing was billed of yet: plans with tiers, volume prices and seats, a coupon for one
 * subscription of five, credit for one account of four. Plans, coupons and credit are the product's own; only who has
 * which is written past it.
 */
export async function mixSubscriptions(app: App, database: BenchDatabase): Promise<void> {
  const organizations = await runSql<{ id: string }>(database.superuserUrl, 'select id from organizations order by id');
  for (const { id } of organizations) {
    await app.transact(scopeOf(id), sellMixed);
    await giveCredit(app, database, id);
  }
  await runSql(database.superuserUrl, movedItems);
  await runSql(database.superuserUrl, addedFees);
  await runSql(database.superuserUrl, discounts);
  await runSql(database.superuserUrl, 'vacuum analyze');
}

/** The plans are told apart by their names. */
async function sellMixed(work: Work): Promise<void> {
  const price = (component: string, model: (typeof models)[keyof typeof models]) => ({
    ...{ component, name: component, currency: 'EUR', billing: 'advance' as const, model },
  });
  const fee = { component: 'base', name: 'Base fee', currency: 'EUR', model: { flat: { amount: 1_990n } } };
  const plans = { tiers: [price('tiers', models.tiers)], volume: [price('volume', models.volume)] };
  const all = { ...plans, seats: [price('seats', models.seats), fee] };
  for (const [name, prices] of Object.entries(all)) {
    await createPlan(work, { name, version: { intervalUnit: 'month', publish: true, prices } } as Parameters<
      typeof createPlan
    >[1]);
  }
  await createCoupon(work, { name: 'Fifteen', off: { percent: '15' }, frequency: 'forever' });
}

async function giveCredit(app: App, database: BenchDatabase, organizationId: string): Promise<void> {
  const accounts = await runSql<{ id: string }>(
    database.superuserUrl,
    `select id from (select id, row_number() over (order by id) as n from accounts where organization_id = '${organizationId}') a
     where n % ${creditedEvery} = 0`,
  );
  for (let from = 0; from < accounts.length; from += accountsAtOnce) {
    const some = accounts.slice(from, from + accountsAtOnce);
    await app.transact(scopeOf(organizationId), async (work) => {
      for (const { id } of some) {
        await grantCredit(work, { accountId: id, amount: { amountMinor: creditAmount, currency: 'EUR' } });
      }
    });
  }
}

const numbered = `numbered as (
  select i.organization_id, i.id, row_number() over (partition by i.organization_id order by i.id) as n from subscription_items i
), sold as (
  select r.organization_id, r.id as price_id, r.component, v.id as version_id, p.id as plan_id,
    case p.name when 'tiers' then 1 when 'volume' then 2 when 'seats' then 3 end as kind
  from prices r join plan_versions v on v.organization_id = r.organization_id and v.id = r.plan_version_id
  join plans p on p.organization_id = v.organization_id and p.id = v.plan_id where p.name in ('tiers', 'volume', 'seats')
)`;

const movedItems = `
  with ${numbered}
  update subscription_items i set plan_id = s.plan_id, plan_version_id = s.version_id, price_id = s.price_id, component = s.component,
    quantity = 1 + n.n % 60
  from numbered n join sold s on s.organization_id = n.organization_id and s.kind = n.n % ${kinds} and s.component <> 'base'
  where i.organization_id = n.organization_id and i.id = n.id`;

const addedFees = `
  with ${numbered}
  insert into subscription_items (organization_id, id, subscription_id, plan_id, plan_version_id, price_id, component, billing_mode, quantity,
      active_from, position, created_at, updated_at)
  select i.organization_id, uuidv7(), i.subscription_id, s.plan_id, s.version_id, s.price_id, s.component, 'advance', 1,
    i.active_from, 1, i.created_at, i.updated_at
  from subscription_items i join sold s on s.organization_id = i.organization_id and s.plan_id = i.plan_id and s.component = 'base'
  where i.component = 'seats'`;

const discounts = `
  with given as (
    insert into discounts (organization_id, id, coupon_id, account_id, subscription_id, status, position, started_at, created_at, updated_at)
    select s.organization_id, uuidv7(), c.id, s.account_id, s.id, 'active', 1, s.created_at, s.created_at, s.created_at
    from (select *, row_number() over (order by id) as n from subscriptions) s
    join coupons c on c.organization_id = s.organization_id
    where s.n % ${discountedEvery} = 0 returning organization_id, coupon_id
  )
  update coupons c set redeemed = g.count from (select organization_id, coupon_id, count(*) as count from given group by 1, 2) g
  where c.organization_id = g.organization_id and c.id = g.coupon_id`;
