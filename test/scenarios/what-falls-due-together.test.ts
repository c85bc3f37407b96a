import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toGlobalId } from '../../src/platform/id.ts';
import { changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { bill, billedLines, clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
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
  await bill(world.app);
  await world.settle();
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

describe('accounts that are invoiced together', () => {
  /** Two below one that is invoiced for both, due at the same instants; each with fields of its own for documents. */
  async function family() {
    const own = await world.organization({ timezone: 'UTC' });
    const top = await own.account({ timezone: 'UTC', customFields: [{ name: 'Cost center', value: 'Top' }] });
    const { planId } = await sellPlan(own, { prices: [flat(3_000n)] });
    const ids: string[] = [];
    const accounts: string[] = [];
    for (const value of ['One', 'Two']) {
      const customFields = [{ name: 'Cost center', value }];
      const below = {
        parentAccountId: top.id,
        billingPolicy: 'parent_invoiced',
        customFields,
        timezone: 'UTC',
      } as const;
      const account = await own.account(below);
      accounts.push(account.id);
      ids.push((await subscribe(own, account.id, planId)).subscription.id);
    }
    return { own, top: top.id, ids, accounts, planId };
  }

  it('have one invoice of a boundary, also when a change comes before the run, under the fields of the one invoiced', async () => {
    const { own, top, ids } = await family();
    const { planId } = await sellPlan(own, { prices: [flat(6_000n)] });
    world.clock.advance({ days: 35 });
    const changes = [{ replacePlan: { plan: { id: planId } } }];
    await own.transact((work) => changeSubscription(work, { id: ids[0]!, changes }));
    expect((await perInvoice(top)).slice(0, 3)).toEqual([[3000], [3000], [3000, 3000]]);
    const fields = await query(
      url,
      'select distinct custom_fields::text as fields from invoices where account_id = $1',
      [top],
    );
    expect(fields.map((row) => JSON.parse(row.fields))).toEqual([[{ name: 'Cost center', value: 'Top' }]]);
  });

  it('are shown what the run then bills, and so is the one that is invoiced', async () => {
    const { own, top, ids, accounts } = await family();
    const upcoming = async (input: Record<string, string>) => {
      const answer = await world.graphql<{ previewInvoice: { invoices: unknown[]; userErrors: unknown[] } }>(
        `query ($input: PreviewInvoiceInput!) { previewInvoice(input: $input) { userErrors { code }
           invoices { lines { amount { amountMinor } } } } }`,
        { input },
        { as: own },
      );
      expect(answer.data?.previewInvoice.userErrors).toEqual([]);
      return answer.data!.previewInvoice.invoices;
    };
    const both = [{ lines: [{ amount: { amountMinor: '3000' } }, { amount: { amountMinor: '3000' } }] }];
    expect(await upcoming({ subscriptionId: toGlobalId('sub', ids[1]!) })).toEqual(both);
    for (const id of [top, ...accounts]) expect(await upcoming({ accountId: toGlobalId('acc', id) })).toEqual(both);
    world.clock.advance({ days: 31 });
    await bill(world.app, own);
    expect((await perInvoice(top)).at(-1)).toEqual([3000, 3000]);
  });
});
