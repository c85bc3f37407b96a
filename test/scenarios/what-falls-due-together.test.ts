import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { billedLines, clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
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
  await checkBooks(world);
  await world.close();
});

const perInvoice = async (accountId: string) => {
  const lines = await billedLines(url, accountId);
  const numbers = [...new Set(lines.map((line) => line.number))];
  return numbers.map((number) => lines.filter((line) => line.number === number).map((line) => line.amount));
};

describe('subscriptions of one account', () => {
  it('share an invoice at the instant they fall due together', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-01-31T00:00:00Z');
    const small = await sellPlan(organization, { prices: [flat(100n)] }, { name: 'Small' });
    const large = await sellPlan(organization, { prices: [flat(200n)] }, { name: 'Large' });
    const dollars = await sellPlan(organization, { prices: [flat(300n, { currency: 'USD' })] }, { name: 'Dollars' });
    await subscribe(organization, accountId, small.planId);
    await subscribe(organization, accountId, large.planId);
    await subscribe(organization, accountId, dollars.planId, { currency: 'USD' });
    await subscribe(organization, accountId, small.planId, { netDays: 30 });
    await walk(world.app, organization, clockId, '2026-02-28T00:00:00Z');
    expect(await perInvoice(accountId)).toEqual([[100], [200], [300], [100], [100, 200], [300], [100]]);
  });

  it('have invoices of their own where the organization wants it so', async () => {
    const apart = await world.organization();
    await query(url, `update organizations set invoice_grouping = 'subscription' where id = $1`, [apart.id]);
    const { clockId, accountId } = await clockAccount(apart, '2026-01-31T00:00:00Z');
    const { planId } = await sellPlan(apart);
    await subscribe(apart, accountId, planId);
    await subscribe(apart, accountId, planId);
    await walk(world.app, apart, clockId, '2026-02-28T00:00:00Z');
    expect(await perInvoice(accountId)).toEqual([[1000], [1000], [1000], [1000]]);
  });

  it('may hold several plans, with seats and units', async () => {
    const { accountId } = await clockAccount(organization, '2026-01-31T00:00:00Z');
    const base = await sellPlan(organization, {}, { name: 'Base' });
    const extra = await sellPlan(
      organization,
      {
        prices: [
          flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '99.5' } } }),
          flat(0n, { component: 'storage', name: 'Storage', model: { perUnit: { unitAmount: '0.25' } } }),
        ],
      },
      { name: 'Extra' },
    );
    await subscribe(organization, accountId, [], {
      items: [
        { plan: { id: base.planId } },
        {
          plan: { versionId: extra.versionId },
          quantity: '3',
          components: [{ component: 'storage', quantity: '10.50' }],
        },
      ],
    });
    const rows = await query(
      url,
      'select description, quantity, unit_amount, amount::int from invoice_lines where account_id = $1 order by position',
      [accountId],
    );
    expect(rows).toEqual([
      { description: 'Base', quantity: '1', unit_amount: '1000', amount: 1000 },
      { description: 'Extra – Seats', quantity: '3', unit_amount: '99.5', amount: 299 },
      { description: 'Extra – Storage', quantity: '10.5', unit_amount: '0.25', amount: 3 },
    ]);
  });
});

describe('an account that another one pays for', () => {
  it('uses, and the other is billed by its own terms', async () => {
    const clock = await clockAccount(organization, '2026-01-31T00:00:00Z', { name: 'Head office', netDays: 10 });
    const branch = await organization.account({
      name: 'Branch',
      timezone: 'UTC',
      testClockId: clock.clockId,
      billToAccountId: clock.accountId,
    });
    const { planId } = await sellPlan(organization);
    await subscribe(organization, branch.id, planId);
    await walk(world.app, organization, clock.clockId, '2026-02-28T00:00:00Z');
    const rows = await query<Record<string, unknown>>(
      url,
      `select account_id, bill_to_account_id, buyer->>'name' as buyer, net_days from invoices where account_id = $1`,
      [branch.id],
    );
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toEqual({
        account_id: branch.id,
        bill_to_account_id: clock.accountId,
        buyer: 'Head office',
        net_days: 10,
      });
    }
  });
});
