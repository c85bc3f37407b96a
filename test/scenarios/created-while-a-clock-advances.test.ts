import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBooks } from '../support/checks.ts';
import type { TestOrganization } from '../support/makers.ts';
import { sandboxMethod } from '../support/payments.ts';
import { billedLines, clockAccount, sellPlan, subscribe, subscriptionRow, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-06-01T00:00:00Z' });
  organization = await world.organization();
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

describe('a subscription made while its test clock advances', () => {
  // At different moments of the walk: wherever it comes in, it is billed from then on like any other.
  it.each([0, 2, 5, 9, 14, 20, 30, 45])('is paid and billed to the clock’s end (after %i ms)', async (wait) => {
    const { planId } = await sellPlan(organization);
    const { clockId, accountId } = await clockAccount(organization, '2026-01-01T00:00:00Z');
    await sandboxMethod(organization, accountId, 'success');
    const walking = walk(world.app, organization, clockId, '2026-05-01T00:00:00Z');
    await pause(wait);
    const { subscription } = await subscribe(organization, accountId, planId, { collection: 'automatic' });
    await walking;
    await world.settle();
    const row = await subscriptionRow(world.database.superuserUrl, subscription.id);
    const lines = await billedLines(world.database.superuserUrl, accountId);
    expect(row).toMatchObject({ status: 'active', lapses_at: null });
    expect((row.next_billing_at as Date).getTime()).toBeGreaterThan(Date.parse('2026-05-01T00:00:00Z'));
    expect(new Set(lines.map((line) => line.status))).toEqual(new Set(['paid']));
    expect(lines.at(-1)!.to).toBe((row.next_billing_at as Date).toISOString());
  });
});
