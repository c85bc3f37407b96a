import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { localOfInstant } from '../../src/rules/calendar.ts';
import { checkBooks } from '../support/checks.ts';
import { bill, billedLines, sellPlan, subscribe } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-04-29T12:00:00Z' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

// The names of these zones have the sign turned: from twelve hours behind UTC to fourteen ahead.
const zones = Array.from({ length: 27 }, (_, index) => index - 14).map((offset) =>
  offset === 0 ? 'UTC' : `Etc/GMT${offset > 0 ? '+' : ''}${offset}`,
);

// Incident 1: the guard compared days of UTC and not of the customer's zone, and billed twice east of it.
describe('a cycle run every hour', () => {
  it('bills each zone once, at its own midnight', async () => {
    const organization = await world.organization();
    const { planId } = await sellPlan(organization);
    const accounts = new Map<string, string>();
    for (const timezone of zones) {
      const account = await organization.account({ timezone });
      await subscribe(organization, account.id, planId, { anchor: 'calendar' });
      accounts.set(timezone, account.id);
    }
    for (let hour = 0; hour < 72; hour += 1) {
      world.clock.advance({ hours: 1 });
      await bill(world.app, organization);
    }
    for (const [timezone, accountId] of accounts) {
      const lines = await billedLines(world.database.superuserUrl, accountId);
      expect(lines).toHaveLength(2);
      const local = new Date(localOfInstant(timezone, Date.parse(lines[1]!.at))).toISOString();
      expect(local).toBe('2026-05-01T00:00:00.000Z');
      expect(lines[1]!.amount).toBe(1000);
    }
  });
});
