import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { App } from '../../../src/platform/app-types.ts';
import { subscriptionJobs } from '../../../src/selling/subscriptions/subscriptions.jobs.ts';
import { checkBooks } from '../../support/checks.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { billedLines, sellPlan, subscribe, subscriptionRow } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  organization = await world.organization();
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const jobs = new Map(subscriptionJobs(4).map((job) => [job.name, job]));
const run = (name: string, app: App, data?: unknown) => jobs.get(name)!.run(app, data);

/** The app with its wakes caught, as a queue would keep them. */
function queued(config: Partial<App['config']> = {}) {
  const wakes: { job: string; data: unknown; key: string | undefined }[] = [];
  const app: App = {
    ...world.app,
    config: { ...world.app.config, ...config },
    wake: (job, data, options) => void wakes.push({ job, data, key: options?.key }),
  };
  return { app, wakes };
}

async function furnish(count: number): Promise<string[]> {
  const { planId } = await sellPlan(organization);
  const accounts: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const account = await organization.account({ timezone: 'UTC' });
    await subscribe(organization, account.id, planId);
    accounts.push(account.id);
  }
  world.clock.advance({ days: 31 });
  return accounts;
}

const bills = async (accountId: string) => (await billedLines(world.database.superuserUrl, accountId)).length;

describe('the jobs of billing', () => {
  // Incident 3: a slow queue was handed the same work again every hour.
  it('hand out ranges whose jobs may come twice, late and side by side', async () => {
    const accounts = await furnish(14);
    const { app, wakes } = queued();
    await run('run-billing', app);
    await run('run-billing', app);
    await run('run-billing', app);
    expect(wakes).toHaveLength(12);
    expect(new Set(wakes.map((wake) => wake.key)).size).toBe(4);
    for (const { key } of wakes) expect(key).toMatch(/^[a-z0-9-]+$/);
    // Through a queue, data is JSON.
    const due = wakes.map(({ job, data }) => ({ job, data: JSON.parse(JSON.stringify(data)) }));
    await Promise.all(due.map(({ job, data }) => run(job, app, data)));
    for (const { job, data } of due) await run(job, app, data);
    for (const accountId of accounts) expect(await bills(accountId)).toBe(2);
  });

  it('bill a single batch without the queue, and nothing when nothing is due', async () => {
    const accounts = await furnish(3);
    await world.settle();
    const { app, wakes } = queued();
    world.clock.advance({ days: 3 });
    const [accountId] = await furnish(1);
    await world.settle();
    expect(await bills(accountId!)).toBe(2);
    expect(await bills(accounts[0]!)).toBeGreaterThan(2);
    await run('run-billing', app);
    expect(wakes).toEqual([]);
  });

  it('stand still while billing is paused', async () => {
    const [accountId] = await furnish(1);
    const { app } = queued({ billingPaused: true });
    await run('run-billing', app);
    await run('bill-accounts', app, {
      cutoff: world.clock.now(),
      at: null,
      id: '00000000-0000-0000-0000-000000000000',
    });
    expect(await bills(accountId!)).toBe(1);
    const { runBilling } = await import('../../../src/selling/subscriptions/index.ts');
    await expect(runBilling(app)).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect((await runBilling(app, { dryRun: true })).subscriptions).toBeGreaterThan(0);
  });

  it('let subscriptions lapse on the wall clock', async () => {
    const account = await organization.account();
    const { planId } = await sellPlan(organization);
    const { subscription } = await subscribe(organization, account.id, planId, { collection: 'automatic' });
    world.clock.advance({ hours: 22 });
    await run('lapse-subscriptions', world.app);
    const status = async () => (await subscriptionRow(world.database.superuserUrl, subscription.id)).status;
    expect(await status()).toBe('incomplete');
    world.clock.advance({ hours: 1 });
    await run('lapse-subscriptions', world.app);
    expect(await status()).toBe('canceled');
  });
});
