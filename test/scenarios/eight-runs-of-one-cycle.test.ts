import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSubscription, runBilling } from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { billedLines, sellPlan, subscribe } from '../support/selling.ts';
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

// Incident 6: six workers made six invoices.
describe('eight runs of one cycle at the same time', () => {
  it('bill everybody exactly once', async () => {
    const organization = await world.organization();
    const { planId } = await sellPlan(organization);
    const accounts: string[] = [];
    for (let count = 0; count < 30; count += 1) {
      const account = await organization.account({ timezone: 'UTC' });
      await subscribe(organization, account.id, planId);
      accounts.push(account.id);
    }
    world.clock.advance({ days: 31 });
    const runs = await Promise.all(Array.from({ length: 8 }, () => runBilling(world.app, { batchSize: 7 })));
    await runBilling(world.app);
    expect(runs.reduce((sum, run) => sum + run.parked, 0)).toBe(0);
    for (const accountId of accounts) expect(await billedLines(url, accountId)).toHaveLength(2);
    const numbers = await query<{ number_seq: string }>(
      url,
      'select number_seq from invoices where organization_id = $1 order by number_seq',
      [organization.id],
    );
    expect(numbers.map((row) => Number(row.number_seq))).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });
});

// Incident 4: start and end invoices had no guard.
describe('eight wishes for one subscription', () => {
  it('make one, by its external id', async () => {
    const organization = await world.organization();
    const account = await organization.account();
    const { planId } = await sellPlan(organization);
    const wishes = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        organization.transact((work) =>
          createSubscription(work, {
            account: { id: account.id },
            items: [{ plan: { id: planId } }],
            collection: 'manual',
            externalId: 'only one',
          }),
        ),
      ),
    );
    expect(wishes.filter((wish) => wish.status === 'fulfilled')).toHaveLength(1);
    for (const wish of wishes) {
      if (wish.status === 'rejected') expect(wish.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    expect(await billedLines(url, account.id)).toHaveLength(1);
  });
});
