import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { INTERVAL_UNITS, instantOfLocal, monthsIn, offsetAt } from '../../src/rules/calendar.ts';
import { boundaryAt } from '../../src/rules/period.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { anyInstant, DST_ZONES } from './zones.ts';

/**
 * The books recompute a period's end in SQL (check I21). Zones and years are those in which all editions of the time zone
 * database agree, since PostgreSQL and the runtime each bring their own.
 */
const SETTLED_ZONES = [
  ...DST_ZONES,
  'UTC',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'America/Havana',
  'Pacific/Apia',
  'Europe/Berlin',
];
const FIRST_YEAR = 1980;
const LAST_YEAR = 2025;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await emptyDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

test('PostgreSQL computes the same boundaries from the anchor', async () => {
  const settled = (date: Date) => date.getUTCFullYear() >= FIRST_YEAR && date.getUTCFullYear() <= LAST_YEAR;
  const rows = fc
    .sample(
      fc.record({
        anchorAt: anyInstant,
        timezone: fc.constantFrom(...SETTLED_ZONES),
        unit: fc.constantFrom(...INTERVAL_UNITS),
        count: fc.integer({ min: 1, max: 6 }),
        k: fc.integer({ min: 1, max: 24 }),
      }),
      3_000,
    )
    .map((row) => ({ ...row, boundary: boundaryAt(row, row.k) }))
    .filter((row) => settled(row.anchorAt) && settled(row.boundary));
  expect(rows.length).toBeGreaterThan(500);
  const { rows: different } = await client.query(
    `select z, a, m, d, b from unnest($1::text[], $2::timestamptz[], $3::int[], $4::int[], $5::timestamptz[]) as r (z, a, m, d, b)
     where ((a at time zone z) + make_interval(months => m, days => d)) at time zone z <> b`,
    [
      rows.map((row) => row.timezone),
      rows.map((row) => row.anchorAt.toISOString()),
      rows.map((row) => (monthsIn(row.unit) ?? 0) * row.count * row.k),
      rows.map((row) => (monthsIn(row.unit) === null ? (row.unit === 'week' ? 7 : 1) * row.count * row.k : 0)),
      rows.map((row) => row.boundary.toISOString()),
    ],
  );
  expect(different).toEqual([]);
});

test('PostgreSQL reads local times around each change of clocks as we do', async () => {
  const locals: { zone: string; local: string; instant: string }[] = [];
  for (const zone of SETTLED_ZONES) {
    for (let day = Date.UTC(2010, 0, 1); day < Date.UTC(LAST_YEAR, 0, 1); day += 86_400_000) {
      const before = offsetAt(zone, day);
      if (before === offsetAt(zone, day + 86_400_000)) continue;
      for (let local = day + before - 3_600_000; local < day + before + 93_600_000; local += 900_000) {
        const instant = new Date(instantOfLocal(zone, local)).toISOString();
        locals.push({ zone, local: new Date(local).toISOString().slice(0, -1), instant });
      }
    }
  }
  expect(locals.length).toBeGreaterThan(5_000);
  const { rows: different } = await client.query(
    `select z, l, i from unnest($1::text[], $2::timestamp[], $3::timestamptz[]) as r (z, l, i) where l at time zone z <> i`,
    [locals.map((row) => row.zone), locals.map((row) => row.local), locals.map((row) => row.instant)],
  );
  expect(different).toEqual([]);
});
