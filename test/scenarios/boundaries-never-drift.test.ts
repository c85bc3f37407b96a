import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkBooks } from '../support/checks.ts';
import { billedLines, clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

describe('a subscription from 31 January', () => {
  it('is billed at each month’s end for two years and comes back to the 31st', async () => {
    const organization = await world.organization();
    const { clockId, accountId } = await clockAccount(organization, '2026-01-31T08:00:00Z');
    const { planId } = await sellPlan(organization);
    await subscribe(organization, accountId, planId);
    await walk(world.app, organization, clockId, '2028-01-31T08:00:00Z');
    const lines = await billedLines(url, accountId);
    const days = ['31', '28', '31', '30', '31', '30', '31', '31', '30', '31', '30', '31'];
    expect(lines.map((line) => line.from.slice(8, 10))).toEqual([...days, ...days, '31']);
    for (const [index, line] of lines.entries()) {
      expect(line.at).toBe(line.from);
      if (index > 0) expect(line.from).toBe(lines[index - 1]!.to);
    }
  });
});

// Incidents 13 to 15: starts in the small hours of a day on which the clocks change, in zones of every kind.
const zones = [
  ['America/New_York', '2026-03-08', '2026-11-01'],
  ['Europe/London', '2026-03-29', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05', '2026-10-04'],
  ['America/Sao_Paulo', '2026-03-01', '2026-11-01'],
  ['Asia/Kathmandu', '2026-03-29', '2026-10-25'],
] as const;

describe('days on which the clocks change', () => {
  it.each(zones.flatMap(([zone, ...days]) => days.map((day) => [zone, day] as const)))(
    'are days like others in %s from %s',
    async (timezone, day) => {
      const organization = await world.organization();
      const starts = ['T23:30:00Z', 'T01:30:00Z', 'T07:00:00Z', 'T15:45:00Z'].map((time) => `${day}${time}`);
      const { planId } = await sellPlan(organization, { intervalUnit: 'day', prices: [flat(100n)] });
      for (const start of starts) {
        const { clockId, accountId } = await clockAccount(organization, start, { timezone });
        await subscribe(organization, accountId, planId);
        const to = new Date(Date.parse(start) + 4 * 86_400_000 + 7_200_000).toISOString();
        await walk(world.app, organization, clockId, to);
        const lines = await billedLines(url, accountId);
        expect(lines).toHaveLength(5);
        const clock = new Intl.DateTimeFormat('en', { timeZone: timezone, timeStyle: 'short' });
        const times = new Set(lines.slice(1).map((line) => clock.format(new Date(line.to))));
        expect(times.size).toBe(1);
      }
    },
  );
});
