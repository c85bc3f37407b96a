import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { INTERVAL_UNITS, localDate, monthsIn, offsetAt } from '../../src/rules/calendar.ts';
import {
  boundariesBetween,
  boundaryAt,
  boundaryIndex,
  calendarAnchor,
  daysInPeriod,
  lastCompletedPeriod,
  nextBoundaryAfter,
  nextCalendarBoundary,
  periodAt,
  periodContaining,
  previousPeriod,
  type Recurrence,
} from '../../src/rules/period.ts';
import { LONG, runs } from './runs.ts';
import { anyInstant, anyZone, DST_ZONES, ZONES } from './zones.ts';

const at = (text: string): Date => new Date(text);
const anyCount = fc.integer({ min: 1, max: 12 });
const anyRecurrence: fc.Arbitrary<Recurrence> = fc.record({
  anchorAt: anyInstant,
  timezone: anyZone,
  unit: fc.constantFrom(...INTERVAL_UNITS),
  count: anyCount,
  timeOfDay: fc.constantFrom('anchor', 'midnight'),
});

/** The same boundary by Temporal alone: local date and time of the anchor, plus k intervals, back to an instant. */
function byTemporal(recurrence: Recurrence, k: number): number {
  const anchor = Temporal.Instant.fromEpochMilliseconds(recurrence.anchorAt.getTime())
    .toZonedDateTimeISO(recurrence.timezone)
    .toPlainDateTime();
  const clock =
    recurrence.timeOfDay === 'midnight' ? anchor.with({ hour: 0, minute: 0, second: 0, millisecond: 0 }) : anchor;
  const months = monthsIn(recurrence.unit);
  const steps = recurrence.count * k;
  const moved = clock.add(months === null ? { [`${recurrence.unit}s`]: steps } : { months: months * steps });
  return moved.toZonedDateTime(recurrence.timezone, { disambiguation: 'later' }).epochMilliseconds;
}

describe('boundaries', () => {
  test(
    'are what Temporal computes from the anchor',
    () => {
      fc.assert(
        fc.property(anyRecurrence, fc.integer({ min: -40, max: 40 }), (recurrence, k) => {
          if (k === 0 && recurrence.timeOfDay === 'anchor')
            expect(boundaryAt(recurrence, 0)).toEqual(recurrence.anchorAt);
          else expect(boundaryAt(recurrence, k).getTime()).toBe(byTemporal(recurrence, k));
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'periods tile time: each instant is in exactly one, and the next begins where it ends',
    () => {
      fc.assert(
        fc.property(anyRecurrence, anyInstant, (recurrence, instant) => {
          const period = periodContaining(recurrence, instant);
          expect(period.start <= instant && instant < period.end).toBe(true);
          expect(periodContaining(recurrence, period.end).start).toEqual(period.end);
          expect(periodContaining(recurrence, period.start)).toEqual(period);
          expect(nextBoundaryAfter(recurrence, instant)).toEqual(period.end);
          const eve = new Date(period.start.getTime() - 1);
          expect(periodContaining(recurrence, eve).end).toEqual(period.start);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'the row never runs backwards',
    () => {
      fc.assert(
        fc.property(anyRecurrence, fc.integer({ min: -200, max: 200 }), (recurrence, k) => {
          const { start, end } = periodAt(recurrence, k);
          expect(start <= end).toBe(true);
          expect(boundaryIndex(recurrence, end)).toBeGreaterThanOrEqual(k + 1);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'from the boundary before or from the anchor: no drift',
    () => {
      fc.assert(
        fc.property(anyRecurrence, fc.integer({ min: 1, max: 60 }), (recurrence, steps) => {
          const listed = boundariesBetween(recurrence, boundaryAt(recurrence, 0), boundaryAt(recurrence, steps));
          expect(listed.at(-1)).toEqual(boundaryAt(recurrence, steps));
          const days = listed.map((boundary) => localDate(recurrence.timezone, boundary));
          expect([...days].sort()).toEqual(days);
        }),
        runs(500),
      );
    },
    LONG,
  );

  test('31 January for 48 months in New York: same clock, last day where short', () => {
    const recurrence: Recurrence = {
      anchorAt: at('2027-01-31T14:00:00Z'),
      timezone: 'America/New_York',
      unit: 'month',
      count: 1,
    };
    for (let k = 0; k <= 48; k += 1) {
      const local = Temporal.Instant.from(boundaryAt(recurrence, k).toISOString()).toZonedDateTimeISO(
        'America/New_York',
      );
      expect([local.day, local.hour, local.minute]).toEqual([local.daysInMonth, 9, 0]);
    }
  });

  test('an anchor in the hour that comes twice stays the instant it is', () => {
    for (const anchor of ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z']) {
      const recurrence: Recurrence = { anchorAt: at(anchor), timezone: 'America/New_York', unit: 'day', count: 1 };
      expect(boundaryAt(recurrence, 0)).toEqual(at(anchor));
      expect(boundaryAt(recurrence, 1)).toEqual(at('2026-11-02T06:30:00Z'));
      expect(periodContaining(recurrence, at(anchor)).start).toEqual(at(anchor));
    }
  });

  test('a day that a zone skipped makes an empty period, which holds nothing', () => {
    const recurrence: Recurrence = {
      anchorAt: at('2011-12-28T20:00:00Z'),
      timezone: 'Pacific/Apia',
      unit: 'day',
      count: 1,
    };
    expect(periodAt(recurrence, 2)).toEqual({ start: at('2011-12-30T20:00:00Z'), end: at('2011-12-30T20:00:00Z') });
    expect(periodContaining(recurrence, at('2011-12-30T20:00:00Z')).end).toEqual(at('2011-12-31T20:00:00Z'));
  });

  test('refuses what has no boundaries', () => {
    const good: Recurrence = { anchorAt: at('2026-01-01T00:00:00Z'), timezone: 'UTC', unit: 'day', count: 1 };
    for (const count of [0, -1, 1.5, Number.NaN, 1_201])
      expect(() => boundaryAt({ ...good, count }, 1)).toThrow(RangeError);
    expect(() => boundaryAt({ ...good, anchorAt: at('nonsense') }, 1)).toThrow(RangeError);
    expect(() => boundaryAt(good, 0.5)).toThrow(RangeError);
    expect(() => boundaryAt(good, 1e9)).toThrow(RangeError);
    expect(() => boundaryIndex(good, at('nonsense'))).toThrow(RangeError);
    expect(() => boundaryAt({ ...good, timezone: 'Mars/Base' }, 1)).toThrow(RangeError);
    expect(() => boundariesBetween(good, at('1900-01-01T00:00:00Z'), at('2900-01-01T00:00:00Z'))).toThrow(RangeError);
  });
});

describe('daylight saving', () => {
  const changeDays = (zone: string): number[] => {
    const days: number[] = [];
    for (let day = Date.UTC(2024, 0, 1); day < Date.UTC(2029, 0, 1); day += 86_400_000) {
      if (offsetAt(zone, day) !== offsetAt(zone, day + 86_400_000)) days.push(day);
    }
    return days;
  };

  test.each(DST_ZONES)('starts around midnight of every change of %s keep their local clock and tile', (zone) => {
    const days = [...changeDays(zone), Date.UTC(2026, 0, 1)];
    for (const day of days) {
      for (let minute = -60; minute <= 26 * 60; minute += 119) {
        const anchorAt = new Date(day - offsetAt(zone, day) + minute * 60_000);
        for (const unit of INTERVAL_UNITS) {
          const recurrence: Recurrence = { anchorAt, timezone: zone, unit, count: 1 };
          for (let k = 0; k < 3; k += 1) {
            const { start, end } = periodAt(recurrence, k);
            expect(start < end).toBe(true);
            expect(periodContaining(recurrence, start)).toEqual({ start, end });
          }
        }
      }
    }
  });

  test('hourly looks at the cycle see each boundary once, in 40 zones', () => {
    for (const timezone of ZONES) {
      const recurrence: Recurrence = {
        anchorAt: at('2026-02-28T23:30:00Z'),
        timezone,
        unit: 'month',
        count: 1,
        timeOfDay: 'midnight',
      };
      const seen = new Set<number>();
      for (let hour = Date.UTC(2026, 2, 5); hour < Date.UTC(2026, 8, 5); hour += 3_600_000) {
        seen.add(periodContaining(recurrence, new Date(hour)).start.getTime());
      }
      expect([timezone, seen.size]).toEqual([timezone, 7]);
    }
  });
});

describe('looking around', () => {
  const monthly: Recurrence = { anchorAt: at('2026-01-31T10:00:00Z'), timezone: 'UTC', unit: 'month', count: 1 };

  test('previous and last completed end where the current begins', () => {
    const current = periodContaining(monthly, at('2026-03-15T00:00:00Z'));
    expect(current).toEqual({ start: at('2026-02-28T10:00:00Z'), end: at('2026-03-31T10:00:00Z') });
    expect(previousPeriod(monthly, at('2026-03-15T00:00:00Z')).end).toEqual(current.start);
    expect(lastCompletedPeriod(monthly, current.end)).toEqual(current);
    expect(daysInPeriod(current, 'UTC')).toBe(31);
  });

  test('the next boundary may be capped', () => {
    expect(nextBoundaryAfter(monthly, monthly.anchorAt, at('2026-02-10T00:00:00Z'))).toEqual(
      at('2026-02-10T00:00:00Z'),
    );
    expect(nextBoundaryAfter(monthly, monthly.anchorAt, at('2026-05-10T00:00:00Z'))).toEqual(
      at('2026-02-28T10:00:00Z'),
    );
  });

  test('a day of 23 or 25 hours is one day', () => {
    const week = { start: at('2026-03-06T05:00:00Z'), end: at('2026-03-13T04:00:00Z') };
    expect(daysInPeriod(week, 'America/New_York')).toBe(7);
  });
});

describe('calendar alignment', () => {
  test.each([
    ['day', 1, '2026-05-14T00:00:00Z', '2026-05-15T00:00:00Z'],
    ['week', 1, '2026-05-11T00:00:00Z', '2026-05-18T00:00:00Z'],
    ['month', 1, '2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    ['month', 2, '2026-05-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['month', 3, '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['quarter', 1, '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['half_year', 1, '2026-01-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['month', 6, '2026-01-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['year', 1, '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['year', 2, '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ] as const)('%s × %i', (unit, count, anchor, next) => {
    expect(calendarAnchor(unit, count, 'UTC', at('2026-05-14T15:00:00Z'))).toEqual(at(anchor));
    expect(nextCalendarBoundary(unit, count, 'UTC', at('2026-05-14T15:00:00Z'))).toEqual(at(next));
  });

  test('weeks may begin on another day', () => {
    expect(calendarAnchor('week', 1, 'UTC', at('2026-05-14T15:00:00Z'), 'sunday')).toEqual(at('2026-05-10T00:00:00Z'));
    expect(calendarAnchor('week', 1, 'UTC', at('1969-12-31T15:00:00Z'))).toEqual(at('1969-12-29T00:00:00Z'));
  });

  test(
    'an anchor is at local midnight, not after the instant, and its row stays at midnight',
    () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...INTERVAL_UNITS),
          anyCount,
          anyZone,
          anyInstant,
          (unit, count, timezone, instant) => {
            const anchorAt = calendarAnchor(unit, count, timezone, instant);
            expect(anchorAt <= instant).toBe(true);
            expect((anchorAt.getTime() + offsetAt(timezone, anchorAt.getTime())) % 86_400_000).toBeCloseTo(0);
            const next = nextCalendarBoundary(unit, count, timezone, instant);
            expect(next > instant).toBe(true);
            expect(periodContaining({ anchorAt, timezone, unit, count }, instant).end >= next).toBe(true);
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test('where daylight saving swallows midnight the row does not slip to one o’clock', () => {
    const noMidnight = at('2018-11-04T12:00:00Z');
    const anchorAt = calendarAnchor('day', 1, 'America/Sao_Paulo', noMidnight);
    expect(anchorAt).toEqual(at('2018-11-03T03:00:00Z'));
    const daily: Recurrence = { anchorAt, timezone: 'America/Sao_Paulo', unit: 'day', count: 1 };
    expect(periodContaining(daily, noMidnight)).toEqual({
      start: at('2018-11-04T03:00:00Z'),
      end: at('2018-11-05T02:00:00Z'),
    });
  });
});
