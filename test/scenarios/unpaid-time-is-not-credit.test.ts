import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import { cancelSubscription, changeSubscription } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const sql = <T extends object>(text: string, values: unknown[] = []) =>
  query<T>(world.database.superuserUrl, text, values);
const invoicesOf = (accountId: string) =>
  sql<{ reason: string; status: string; total: number; credits: number; due: number }>(
    `select reason, status, total::int, credits_applied::int as credits, amount_due::int as due from invoices
     where account_id = $1 order by created_at, id`,
    [accountId],
  );
const creditOf = async (accountId: string) =>
  (await sql<{ balance: number }>('select balance::int from credit_balances where account_id = $1', [accountId]))[0]
    ?.balance ?? 0;

describe('time that was billed and never paid for', () => {
  it('lowers what its invoice asks for, and is no credit', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const { planId } = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, planId, { netDays: 30 });
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await organization.transact((work) =>
      cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }),
    );
    expect(await invoicesOf(accountId)).toEqual([
      { reason: 'subscription_created', status: 'open', total: 3_000, credits: 2_000, due: 1_000 },
      { reason: 'subscription_ended', status: 'paid', total: 0, credits: 0, due: 0 },
    ]);
    expect(await creditOf(accountId)).toBe(0);
  });

  it('is credit only as far as it was paid for', async () => {
    const { clockId, accountId } = await clockAccount(organization, '2026-04-01T00:00:00Z');
    const dear = await sellPlan(organization, { prices: [flat(30_000n)] });
    const cheap = await sellPlan(organization, { prices: [flat(3_000n)] });
    const { subscription } = await subscribe(organization, accountId, cheap.planId, { netDays: 30 });
    const replace = (planId: string, versionId: string) =>
      organization.transact((work) =>
        changeSubscription(work, {
          id: subscription.id,
          changes: [{ replacePlan: { planId, plan: { versionId } } }],
          when: 'now',
          creditBasis: 'time',
        }),
      );
    await walk(world.app, organization, clockId, '2026-04-11T00:00:00Z');
    await replace(cheap.planId, dear.versionId);
    await walk(world.app, organization, clockId, '2026-04-21T00:00:00Z');
    await replace(dear.planId, cheap.versionId);
    expect(await invoicesOf(accountId)).toEqual([
      { reason: 'subscription_created', status: 'open', total: 3_000, credits: 0, due: 3_000 },
      { reason: 'subscription_change', status: 'open', total: 18_000, credits: 9_000, due: 9_000 },
      { reason: 'subscription_change', status: 'paid', total: 0, credits: 0, due: 0 },
    ]);
    expect(await creditOf(accountId)).toBe(0);
  });
});

describe('time that is given back', () => {
  it('brings the tax back that it was billed with, whatever holds today', async () => {
    const taxed = await world.organization({ timezone: 'UTC' });
    const rate = { name: 'VAT', country: 'ES', inclusive: false };
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '10', validTo: '2026-06-10' }));
    await taxed.transact((work) => createTaxRate(work, { ...rate, percent: '21', validFrom: '2026-06-10' }));
    const { clockId, accountId } = await clockAccount(taxed, '2026-06-01T00:00:00Z', {
      billingAddress: { country: 'ES' },
    });
    const { planId } = await sellPlan(taxed, { prices: [flat(10_000n)] });
    const { subscription } = await subscribe(taxed, accountId, planId);
    await walk(world.app, taxed, clockId, '2026-06-16T00:00:00Z');
    await taxed.transact((work) => cancelSubscription(work, { id: subscription.id, at: 'now', creditBasis: 'time' }));
    const lines = await sql<{ amount: number; tax: number }>(
      `select l.amount::int, l.tax_amount::int as tax from invoice_lines l
       join invoices i on i.id = l.invoice_id where i.account_id = $1 order by i.created_at, l.position`,
      [accountId],
    );
    expect(lines).toEqual([
      { amount: 10_000, tax: 1_000 },
      { amount: -5_000, tax: -500 },
    ]);
  });
});
