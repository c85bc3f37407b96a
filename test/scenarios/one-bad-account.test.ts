import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resumeBilling, runBilling } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { bill, billedLines, sellPlan, subscribe, subscriptionRow } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

/** Twenty accounts of three organizations, all due a month later. */
async function furnish() {
  const organizations = [await world.organization(), await world.organization(), await world.organization()];
  const subscriptions: { organization: (typeof organizations)[number]; accountId: string; id: string }[] = [];
  for (let count = 0; count < 20; count += 1) {
    const organization = organizations[count % 3]!;
    const account = await organization.account({ timezone: 'UTC' });
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, account.id, planId);
    subscriptions.push({ organization, accountId: account.id, id: subscription.id });
  }
  world.clock.advance({ days: 31 });
  return subscriptions;
}

const poisons = {
  // Refused by the database when the batch is written: found by halving.
  'a period that is billed already': {
    spoil: `insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id)
      select b.organization_id, gen_random_uuid(), b.subscription_item_id, b.component, b.kind, b.period_end + interval '1 day', b.period_end + interval '2 days', b.invoice_line_id
      from billed_periods b join subscription_items i on i.id = b.subscription_item_id where i.subscription_id = $1`,
    mend: `delete from billed_periods b using subscription_items i where i.id = b.subscription_item_id and i.subscription_id = $1
      and b.period_end - b.period_start = interval '1 day'`,
    reason: /billed already/,
  },
  // Can not be computed: parked without halving.
  'a time zone that does not exist': {
    spoil: `update subscriptions set timezone = 'Nowhere/Land' where id = $1`,
    mend: `update subscriptions set timezone = 'UTC' where id = $1`,
    reason: /zone/i,
  },
};

describe.each(Object.entries(poisons))('an account with %s', (_, { spoil, mend, reason }) => {
  it('is parked with its reason while the others are billed, and comes back', async () => {
    const subscriptions = await furnish();
    const bad = subscriptions[7]!;
    await query(url, spoil, [bad.id]);
    const tally = await bill(world.app);
    expect(tally).toMatchObject({ parked: 1 });
    for (const { accountId, id } of subscriptions) {
      expect(await billedLines(url, accountId)).toHaveLength(id === bad.id ? 1 : 2);
    }
    const parked = await subscriptionRow(url, bad.id);
    expect(parked.parked_reason).toMatch(reason);
    expect(await bill(world.app)).toEqual({ subscriptions: 0, invoices: 0, parked: 0 });
    // Still spoiled: resuming parks it again.
    const scope = bad.organization.scope;
    expect(await resumeBilling(world.app, scope, { accountId: bad.accountId })).toMatchObject({ parked: 1 });
    await query(url, mend, [bad.id]);
    expect(await resumeBilling(world.app, scope, { accountId: bad.accountId })).toMatchObject({
      subscriptions: 1,
      parked: 0,
    });
    expect(await billedLines(url, bad.accountId)).toHaveLength(2);
    expect(await subscriptionRow(url, bad.id)).toMatchObject({ parked_at: null, parked_reason: null });
    await expect(resumeBilling(world.app, scope, { accountId: bad.accountId })).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    const facts = await query<{ type: string }>(
      url,
      `select type from facts where object_id = $1 and type ~ 'parked|resumed' order by id`,
      [bad.id],
    );
    expect(facts.map((fact) => fact.type.split('.')[1])).toEqual(['parked', 'unparked', 'parked', 'unparked']);
  });
});

describe('accounts that are invoiced together', () => {
  it('do not stop for each other: only the bad one is parked', async () => {
    const organization = await world.organization();
    const top = await organization.account({ timezone: 'UTC' });
    const { planId } = await sellPlan(organization);
    const below = { timezone: 'UTC', parentAccountId: top.id, billingPolicy: 'parent_invoiced' } as const;
    const subscriptions: { id: string; accountId: string }[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { id: accountId } = await organization.account(below);
      const { subscription } = await subscribe(organization, accountId, planId);
      subscriptions.push({ id: subscription.id, accountId });
    }
    const bad = subscriptions[2]!;
    const poison = poisons['a period that is billed already'];
    await query(url, poison.spoil, [bad.id]);
    world.clock.advance({ days: 31 });
    expect(await bill(world.app, organization)).toMatchObject({ subscriptions: 3, parked: 1 });
    const parked = await query(
      url,
      'select id from subscriptions where organization_id = $1 and parked_at is not null',
      [organization.id],
    );
    expect(parked).toEqual([{ id: bad.id }]);
    await query(url, poison.mend, [bad.id]);
    await resumeBilling(world.app, organization.scope, { accountId: bad.accountId });
    expect(await billedLines(url, top.id)).toHaveLength(8);
  });
});

describe('a database that goes away', () => {
  it('ends the run and parks nobody', async () => {
    const subscriptions = await furnish();
    const broken = {
      ...world.app,
      transact: () => Promise.reject(Object.assign(new Error('terminating connection'), { code: '57P01' })),
    };
    await expect(runBilling(broken)).rejects.toThrow('terminating connection');
    const [row] = await query<{ parked: number }>(
      url,
      'select count(*)::int as parked from subscriptions where parked_at is not null',
    );
    expect(row!.parked).toBe(0);
    expect((await bill(world.app)).subscriptions).toBeGreaterThanOrEqual(subscriptions.length);
  });
});
