import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { pauseSubscription, resumeSubscription } from '../../src/selling/subscriptions/index.ts';
import { DST_ZONES } from '../rules/zones.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import {
  bill,
  billedLines,
  clockAccount,
  flat,
  sellPlan,
  subscribe,
  subscriptionRow,
  walk,
} from '../support/selling.ts';
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

describe('a subscription from 31 January that is paused now and then', () => {
  it('is billed at each month’s end, or with shifted boundaries for as long as it was paid for, in eight zones', async () => {
    const organization = await world.organization();
    const { planId } = await sellPlan(organization, { prices: [flat(31_000n)] });
    const first = Temporal.PlainDateTime.from('2030-03-31T02:30');
    const begin = Math.max(world.clock.now().getTime(), Date.parse('2030-03-01T00:00:00Z'));
    world.clock.set(new Date(begin));
    const subscribed = await Promise.all(
      (['keep', 'shift'] as const).flatMap((anchor) =>
        DST_ZONES.map(async (timezone) => {
          const account = await organization.account({ timezone });
          const startAt = new Date(first.toZonedDateTime(timezone).epochMilliseconds);
          const { subscription } = await subscribe(organization, account.id, planId, { startAt });
          return { anchor, timezone, accountId: account.id, id: subscription.id };
        }),
      ),
    );
    // Nine days within a period, seven weeks over its end and over a change of clocks, an hour.
    const pauses = [
      ['2030-06-10T05:00:00Z', '2030-06-19T05:00:00Z'],
      ['2030-10-10T01:30:00Z', '2030-11-28T01:30:00Z'],
      ['2032-02-29T12:00:00Z', '2032-02-29T13:00:00Z'],
      ['2033-08-01T00:00:00Z', '2033-09-01T00:00:00Z'],
    ];
    const stops = pauses.flat().map(Date.parse);
    for (let at = Date.parse('2030-04-02T00:00:00Z'); at < Date.parse('2034-04-20T00:00:00Z'); at += 40 * 86_400_000)
      stops.push(at);
    for (const at of stops.sort((one, other) => one - other)) {
      world.clock.set(new Date(at));
      await bill(world.app, organization);
      const instant = new Date(at).toISOString().replace('.000', '');
      const isPause = pauses.some(([from]) => from === instant);
      if (!isPause && !pauses.some(([, until]) => until === instant)) continue;
      for (const { id, anchor } of subscribed) {
        const creditBasis = anchor === 'keep' ? 'time' : 'none';
        await organization.transact((work) =>
          isPause
            ? pauseSubscription(work, { id, when: 'now', anchor, creditBasis })
            : resumeSubscription(work, { id }),
        );
      }
    }
    const paused = pauses.reduce((sum, [from, until]) => sum + Date.parse(until!) - Date.parse(from!), 0);
    for (const { anchor, timezone, accountId, id } of subscribed) {
      const row = await subscriptionRow(url, id);
      expect([timezone, row.status, row.parked_at]).toEqual([timezone, 'active', null]);
      const end = (row.current_period_end as Date).toISOString();
      const lines = await billedLines(url, accountId);
      if (anchor === 'keep') {
        const months = first.until(shownIn(timezone, end), { largestUnit: 'months' }).months;
        expect([timezone, shownIn(timezone, end)].join()).toMatch(
          first
            .add({ months: months + (shownIn(timezone, end) === first.add({ months }).toString() ? 0 : 1) })
            .toString(),
        );
        continue;
      }
      // What was paid for is whole months; each lasted its days, pauses left out (clocks change by an hour in between).
      const total = lines.reduce((sum, line) => sum + line.amount, 0);
      expect(total % 31_000).toBe(0);
      const held = Date.parse(end) - Date.parse(lines[0]!.from) - paused;
      const exact = first.toZonedDateTime(timezone).add({ months: total / 31_000 }).epochMilliseconds;
      expect(Math.abs(held - (exact - Date.parse(lines[0]!.from)))).toBeLessThan(4 * 86_400_000);
    }
    const [credit] = await query(
      url,
      `select coalesce(sum(b.balance), 0)::int as left from credit_balances b where b.organization_id = $1`,
      [organization.id],
    );
    expect(credit).toEqual({ left: 0 });
  }, 120_000);
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
