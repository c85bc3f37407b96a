import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBilling } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { bill, flat, sellPlan, subscribe } from '../support/selling.ts';
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

/** The same accounts with the same plans, whatever their ids. */
async function furnish(): Promise<TestOrganization> {
  const organization = await world.organization({ timezone: 'America/New_York' });
  const monthly = await sellPlan(organization, {
    prices: [flat(), flat(0n, { component: 'seats', billing: 'arrears', model: { perSeat: { unitAmount: '333.3' } } })],
  });
  const weekly = await sellPlan(organization, { intervalUnit: 'week', prices: [flat(123n)] });
  const first = await organization.account({ name: 'One' });
  const second = await organization.account({ name: 'Two', timezone: 'Asia/Kathmandu' });
  await subscribe(organization, first.id, monthly.planId, { items: [{ plan: { id: monthly.planId }, quantity: '7' }] });
  await subscribe(organization, second.id, monthly.planId, { anchor: 'calendar' });
  await subscribe(organization, second.id, weekly.planId, { startAt: new Date('2026-02-03T00:00:00Z') });
  await subscribe(organization, first.id, weekly.planId, { trialDays: 9 });
  return organization;
}

/** Everything billing wrote for an organization, without ids and without the wall-clock instants of recording. */
async function written(organization: TestOrganization): Promise<unknown> {
  const tables = {
    invoices: `select a.name as account, i.number, i.status, i.reason, i.currency, i.subtotal, i.total, i.amount_due, i.net_days,
        i.created_at, i.updated_at, i.finalized_at, i.due_at, i.issuer::jsonb - 'legalEntityId' as issuer
      from invoices i join accounts a on a.id = i.account_id where i.organization_id = $1 order by i.number_seq`,
    lines: `select i.number, l.position, l.kind, l.component, l.description, l.period_start, l.period_end, l.quantity, l.unit_amount,
        l.amount, l.derivation, l.created_at
      from invoice_lines l join invoices i on i.id = l.invoice_id where l.organization_id = $1 order by i.number_seq, l.position`,
    ledger: `select i.number, e.account, e.amount, e.effect, e.at from ledger_entries e join invoices i on i.id = e.source_id
      where e.organization_id = $1 order by i.number_seq, e.account`,
    periods: `select i.number, b.component, b.period_start, b.period_end from billed_periods b
      join invoice_lines l on l.id = b.invoice_line_id join invoices i on i.id = l.invoice_id
      where b.organization_id = $1 order by i.number_seq, l.position`,
    subscriptions: `select a.name as account, s.status, s.current_period_start, s.current_period_end, s.next_billing_at, s.updated_at, s.lapses_at
      from subscriptions s join accounts a on a.id = s.account_id where s.organization_id = $1 order by s.id`,
    changes: `select c.field, c.old_value, c.new_value, c.at from subscription_changes c where c.organization_id = $1 order by c.at, c.id`,
    facts: `select f.type, f.at, f.data->>'number' as number, f.data->>'status' as status from facts f
      where f.organization_id = $1 and f.type like any ('{invoice.%,subscription.%}') order by f.at, f.type, f.data->>'number'`,
  };
  const found: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(tables)) found[name] = await query(url, sql, [organization.id]);
  return found;
}

describe('a late billing run', () => {
  it('writes what punctual runs write, to the letter', async () => {
    const punctual = await furnish();
    const late = await furnish();
    for (let hour = 0; hour < 24 * 75; hour += 6) {
      world.clock.advance({ hours: 6 });
      await bill(world.app, punctual);
    }
    const tally = await bill(world.app, late);
    expect(tally.invoices).toBeGreaterThan(20);
    expect(await written(late)).toEqual(await written(punctual));
    const [recorded] = await query<{ differs: boolean }>(
      url,
      'select count(distinct recorded_at) = 2 as differs from invoices where organization_id = $1',
      [late.id],
    );
    expect(recorded!.differs).toBe(true);
  });
});

describe('a cutoff', () => {
  it('leaves what falls due after it', async () => {
    const organization = await furnish();
    const cutoff = new Date(world.clock.now().getTime() + 8 * 86_400_000);
    world.clock.advance({ days: 20 });
    await runBilling(world.app, { organizationId: organization.id, cutoff });
    const [row] = await query<{ least: Date }>(
      url,
      'select min(next_billing_at) as least from subscriptions where organization_id = $1',
      [organization.id],
    );
    expect(row!.least.getTime()).toBeGreaterThan(cutoff.getTime());
    await expect(runBilling(world.app, { cutoff: new Date('2100-01-01T00:00:00Z') })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    const counted = await runBilling(world.app, { organizationId: organization.id, dryRun: true });
    expect(counted.subscriptions).toBeGreaterThan(0);
    await bill(world.app, organization);
    const after = await runBilling(world.app, { organizationId: organization.id, dryRun: true });
    expect(after.subscriptions).toBe(0);
  });
});
