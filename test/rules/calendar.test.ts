import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  addPeriods,
  civilOf,
  dateSequence,
  dayNumber,
  daysBetween,
  fixedMonthDaysBetween,
  formatDay,
  INTERVAL_UNITS,
  instantOfLocal,
  isTimeZone,
  localDate,
  monthsIn,
  offsetAt,
  parseDay,
  startOfDay,
  wholePeriodsBetween,
} from '../../src/rules/calendar.ts';
import { referenceOffset } from '../../src/rules/zone.ts';
import { LONG, runs } from './runs.ts';
import { anyInstant, anyZone, ZONES } from './zones.ts';

const anyDay = fc.integer({ min: -200_000, max: 600_000 });
const anyUnit = fc.constantFrom(...INTERVAL_UNITS);

describe('dates', () => {
  test(
    'day numbers agree with Temporal',
    () => {
      fc.assert(
        fc.property(anyDay, (day) => {
          const date = Temporal.PlainDate.from('1970-01-01').add({ days: day });
          expect(civilOf(day)).toEqual({ year: date.year, month: date.month, day: date.day });
          expect(dayNumber(date.year, date.month, date.day)).toBe(day);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'addition agrees with Temporal, clamped',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 100_000 }),
          anyUnit,
          fc.integer({ min: 1, max: 24 }),
          fc.integer({ min: -40, max: 40 }),
          (day, unit, count, n) => {
            const months = monthsIn(unit);
            const duration = months === null ? { [`${unit}s`]: count * n } : { months: months * count * n };
            const expected = Temporal.PlainDate.from(formatDay(day)).add(duration).toString();
            expect(addPeriods(formatDay(day), unit, count, n)).toBe(expected);
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test(
    'whole periods: the last fits, one more does not',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 30_000 }),
          fc.integer({ min: 0, max: 10_000 }),
          anyUnit,
          fc.integer({ min: 1, max: 12 }),
          (start, span, unit, count) => {
            const [from, to] = [formatDay(start), formatDay(start + span)];
            const whole = wholePeriodsBetween(from, to, unit, count);
            expect(addPeriods(from, unit, count, whole) <= to).toBe(true);
            expect(addPeriods(from, unit, count, whole + 1) > to).toBe(true);
          },
        ),
        runs(),
      );
      expect(wholePeriodsBetween('2024-01-31', '2024-02-29', 'month', 1)).toBe(1);
      expect(wholePeriodsBetween('2024-01-31', '2024-02-28', 'month', 1)).toBe(0);
      expect(wholePeriodsBetween('2024-03-01', '2024-02-01', 'month', 1)).toBe(0);
    },
    LONG,
  );

  test('31 January keeps its day for 48 months', () => {
    const dates = dateSequence('2027-01-31', 'month', 1, 49);
    const lastDay = (date: string) => Temporal.PlainDate.from(date).daysInMonth;
    for (const date of dates) expect(Number(date.slice(8))).toBe(lastDay(date));
    expect(dates.slice(12, 15)).toEqual(['2028-01-31', '2028-02-29', '2028-03-31']);
    expect(dateSequence('2096-02-29', 'year', 4, 3)).toEqual(['2096-02-29', '2100-02-28', '2104-02-29']);
  });

  test('differences of days, real and of fixed months', () => {
    expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2);
    expect(daysBetween('2024-03-01', '2024-02-28')).toBe(-2);
    expect(fixedMonthDaysBetween('2024-01-31', '2024-03-31', 30)).toBe(60);
    expect(fixedMonthDaysBetween('2023-05-23', '2023-06-15', 28)).toBe(20);
  });

  test.each([
    '2023-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-04-31',
    '23-01-01',
    '2023-1-1',
    '',
    '2023-01-01T00:00:00Z',
  ])('refuses the date %j', (date) => {
    expect(() => parseDay(date)).toThrow(RangeError);
  });
});

describe('zones', () => {
  test(
    'the remembered offset is what Temporal says',
    () => {
      fc.assert(
        fc.property(anyZone, anyInstant, (zone, at) => {
          expect(offsetAt(zone, at.getTime())).toBe(referenceOffset(zone, at.getTime()));
        }),
        runs(),
      );
    },
    LONG,
  );

  test.each([1, 1799, 1800, 1850, 1900, 1945, 2087, 2106, 2107, 2505, 2506, 2507, 9999])(
    'nor is it anything else in the year %d',
    (year) => {
      const wrong: string[] = [];
      for (const zone of ZONES) {
        for (let day = dayNumber(year, 1, 1); day < dayNumber(year + 1, 1, 1); day += 5) {
          const at = day * 86_400_000 + 3_600_000;
          if (offsetAt(zone, at) !== referenceOffset(zone, at)) wrong.push(`${zone} ${formatDay(day)}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  test('time ends where it does for a Date', () => {
    const last = 8_640_000_000_000_000;
    for (const at of [-last, last]) expect(offsetAt('Asia/Tokyo', at)).toBe(referenceOffset('Asia/Tokyo', at));
    for (const at of [-last - 1, last + 1, Number.NaN]) expect(() => offsetAt('Asia/Tokyo', at)).toThrow(RangeError);
  });

  test('the remembered offset is right to the millisecond on both sides of a transition', () => {
    const change = Date.parse('2026-11-01T06:00:00Z');
    expect([-1, 0, 1].map((step) => offsetAt('America/New_York', change + step) / 3_600_000)).toEqual([-4, -5, -5]);
  });

  test(
    'a local time is read as Temporal reads it with "later"',
    () => {
      fc.assert(
        fc.property(anyZone, anyInstant, (zone, local) => {
          const clock = Temporal.PlainDateTime.from(local.toISOString().slice(0, -1));
          const expected = clock.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
          expect(instantOfLocal(zone, local.getTime())).toBe(expected);
        }),
        runs(),
      );
    },
    LONG,
  );

  // Figures as PostgreSQL gives them: select timestamp '…' at time zone '…'.
  test.each([
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z', 'skipped: read before the gap'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T06:30:00.000Z', 'shown twice: the later'],
    ['America/Sao_Paulo', '2018-11-04T00:00:00', '2018-11-04T03:00:00.000Z', 'no midnight on that day'],
    ['America/Havana', '2026-11-01T00:00:00', '2026-11-01T05:00:00.000Z', 'two midnights'],
    ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z', 'half an hour skipped'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T15:15:00.000Z', 'half an hour twice'],
    ['Pacific/Apia', '2011-12-30T10:00:00', '2011-12-30T20:00:00.000Z', 'a whole day skipped'],
    ['Asia/Kathmandu', '1985-12-31T23:59:00', '1985-12-31T18:29:00.000Z', 'offset of +5:30 then, +5:45 now'],
    ['Asia/Kathmandu', '2026-01-01T00:00:00', '2025-12-31T18:15:00.000Z', 'offset of +5:45'],
    ['Europe/London', '1970-06-01T00:00:00', '1970-05-31T23:00:00.000Z', 'British Standard Time at the epoch'],
  ])('%s %s is %s (%s)', (zone, local, expected) => {
    expect(new Date(instantOfLocal(zone, Date.parse(`${local}Z`))).toISOString()).toBe(expected);
  });

  test('a date begins at local midnight', () => {
    expect(startOfDay('Asia/Kolkata', '2026-01-01').toISOString()).toBe('2025-12-31T18:30:00.000Z');
    expect(localDate('Asia/Kolkata', new Date('2025-12-31T18:30:00Z'))).toBe('2026-01-01');
    expect(localDate('Asia/Kolkata', new Date('2025-12-31T18:29:59Z'))).toBe('2025-12-31');
  });

  test('names of zones, and nothing else', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+12'])
      expect(isTimeZone(zone)).toBe(true);
    for (const zone of ['', '+05:30', 'Mars/Base', 'Europe/Berlin; drop', 'x'.repeat(65), '../etc'])
      expect(isTimeZone(zone)).toBe(false);
  });

  test('a zone that was asked for in vain stays unknown', () => {
    expect(() => offsetAt('Mars/Base', 0)).toThrow(RangeError);
    expect(isTimeZone('Mars/Base')).toBe(false);
    expect(() => offsetAt('Mars/Base', 0)).toThrow(RangeError);
  });
});
