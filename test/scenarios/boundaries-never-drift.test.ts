import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { DST_ZONES } from '../rules/zones.ts';
import { checkBooks } from '../support/checks.ts';
import { bill, billedLines, clockAccount, flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

/** What the wall clock of a zone shows at an instant. */
const shownIn = (timezone: string, instant: string) =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).toPlainDateTime().toString();

describe('a subscription from 31 January', () => {
  it('is billed at each month’s end for four years, at its own time of day, in eight zones at once', async () => {
    const organization = await world.organization();
    const { planId } = await sellPlan(organization);
    // Half past two in the night: a time that clocks skip and repeat.
    const first = Temporal.PlainDateTime.from('2026-01-31T02:30');
    const subscribed = await Promise.all(
      DST_ZONES.map(async (timezone) => {
        const account = await organization.account({ timezone });
        const startAt = new Date(first.toZonedDateTime(timezone).epochMilliseconds);
        await subscribe(organization, account.id, planId, { startAt });
        return { timezone, accountId: account.id };
      }),
    );
    // The run comes every twenty days, so now and then it is late by weeks.
    for (let at = Date.parse('2026-02-02T00:00:00Z'); at < Date.parse('2030-02-20T00:00:00Z'); at += 20 * 86_400_000) {
      world.clock.set(new Date(at));
      await bill(world.app, organization);
    }
    for (const { timezone, accountId } of subscribed) {
      const lines = await billedLines(url, accountId);
      expect(lines).toHaveLength(49);
      for (const [k, line] of lines.entries()) {
        expect(line.at).toBe(line.from);
        if (k > 0) expect(line.from).toBe(lines[k - 1]!.to);
        expect([timezone, shownIn(timezone, line.from)]).toEqual([timezone, first.add({ months: k }).toString()]);
      }
    }
  }, 60_000);
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
