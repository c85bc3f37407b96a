import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { civilOf, daysInMonth, INTERVAL_UNITS, localOfInstant, monthsIn, offsetAt } from '../../src/rules/calendar.ts';
import {
  boundariesBetween,
  boundaryAt,
  boundaryIndex,
  nextBoundaryAfter,
  periodAt,
  periodContaining,
  type Recurrence,
} from '../../src/rules/period.ts';
import { shareOfPeriod } from '../../src/rules/proration.ts';
import { add, type Rational, rational } from '../../src/rules/rational.ts';
import { LONG, runs } from './runs.ts';
import { differ, same, sameList } from './same.ts';
import { anyZone, DST_ZONES } from './zones.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Days on which what is easy goes wrong: ends of months, leap days, and days on which clocks change in some zone. */
const hardDay = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1996, max: 2056 }), fc.integer({ min: 0, max: 11 }), fc.constantFrom(28, 29, 30, 31))
    .map(([year, month, day]) => Date.UTC(year, month, day)),
  fc.constantFrom(1996, 2000, 2024, 2048).map((year) => Date.UTC(year, 1, 29)),
  fc
    .constantFrom(
      '2026-03-08',
      '2026-11-01',
      '2026-03-29',
      '2026-10-25',
      '2018-11-04',
      '2018-02-18',
      '2026-04-05',
      '2026-10-04',
    )
    .map((day) => Date.parse(day)),
);

/** The local time that a subscription begins at: any minute, the small hours oftener, where clocks change. */
const hardTime = fc.oneof(
  fc.integer({ min: 0, max: DAY - 1 }),
  fc.integer({ min: -4, max: 16 }).map((quarters) => quarters * (HOUR / 4)),
);

const hardZone = fc.oneof(fc.constantFrom(...DST_ZONES), anyZone);

/** A recurrence that begins where it hurts. */
const hard: fc.Arbitrary<Recurrence> = fc
  .record({
    day: hardDay,
    time: hardTime,
    timezone: hardZone,
    unit: fc.constantFrom(...INTERVAL_UNITS),
    count: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 18 })),
    timeOfDay: fc.constantFrom('anchor' as const, 'midnight' as const),
  })
  .map(({ day, time, timezone, ...rest }) => ({
    anchorAt: new Date(day + time - offsetAt(timezone, day)),
    timezone,
    ...rest,
  }));

const anyIndex = fc.integer({ min: -60, max: 400 });
const dayOf = (local: number) => Math.floor(local / DAY);

describe('periods from the 29th, 30th and 31st, in the hours that clocks skip and repeat', () => {
  test(
    'a walk from period to period comes to what the anchor says, whatever period it begins in',
    () => {
      fc.assert(
        fc.property(hard, anyIndex, fc.integer({ min: 1, max: 12 }), (recurrence, first, steps) => {
          const last = boundaryAt(recurrence, first + steps);
          const walked = [boundaryAt(recurrence, first).getTime()];
          while (walked.at(-1)! < last.getTime()) {
            walked.push(nextBoundaryAfter(recurrence, new Date(walked.at(-1)!)).getTime());
          }
          // No gap and no overlap: it ends on the very boundary and has left out only periods that are empty.
          const counted = Array.from({ length: steps + 1 }, (_, index) =>
            boundaryAt(recurrence, first + index).getTime(),
          );
          const distinct = counted.filter((boundary, index) => boundary !== counted[index - 1]);
          sameList(walked, distinct);
          const listed = boundariesBetween(recurrence, new Date(distinct[0]!), last);
          sameList(listed.map(Number), distinct.slice(1));
        }),
        runs(600),
      );
    },
    LONG,
  );

  test(
    'a boundary keeps the day of the month or clamps it, and keeps the clock but where the clock skips it',
    () => {
      fc.assert(
        fc.property(hard, anyIndex, (recurrence, k) => {
          const { anchorAt, timezone, unit, count, timeOfDay } = recurrence;
          const boundary = boundaryAt(recurrence, k).getTime();
          if (k === 0 && timeOfDay === 'anchor') return same(boundary, anchorAt.getTime());
          const anchor = localOfInstant(timezone, anchorAt.getTime());
          const clock = timeOfDay === 'midnight' ? 0 : anchor - dayOf(anchor) * DAY;
          const wanted = wantedDay(dayOf(anchor), unit, count * k) * DAY + clock;
          const shown = localOfInstant(timezone, boundary);
          if (shown === wanted) return;
          // Nobody's clock ever showed it: the boundary is as much later as the clock was put forward.
          for (const around of [-DAY, -HOUR, 0, HOUR, DAY]) {
            const instant = wanted - offsetAt(timezone, boundary + around);
            differ(localOfInstant(timezone, instant), wanted);
          }
          const gap = offsetAt(timezone, boundary + DAY) - offsetAt(timezone, boundary - DAY);
          same(shown - wanted, gap);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'each instant lies in one period, and in none beside it',
    () => {
      fc.assert(
        fc.property(hard, anyIndex, fc.double({ min: 0, max: 1, noNaN: true }), (recurrence, k, where) => {
          const { start, end } = periodAt(recurrence, k);
          if (start >= end) return;
          const length = end.getTime() - start.getTime();
          const instant = new Date(start.getTime() + Math.min(length - 1, Math.floor(where * length)));
          const own = periodContaining(recurrence, instant);
          same(own.start.getTime(), start.getTime());
          same(own.end.getTime(), end.getTime());
          same(boundaryIndex(recurrence, instant), k);
          same(periodContaining(recurrence, end).start.getTime(), end.getTime());
          same(periodContaining(recurrence, new Date(start.getTime() - 1)).end.getTime(), start.getTime());
        }),
        runs(),
      );
    },
    LONG,
  );
});

describe('shares of a period', () => {
  const cuts = fc.array(fc.double({ min: -0.2, max: 1.2, noNaN: true }), { maxLength: 8 });

  test.each(['by_second', 'by_day'] as const)(
    'of any partition add up to one, %s',
    (mode) => {
      fc.assert(
        fc.property(hard, anyIndex, cuts, (recurrence, k, places) => {
          const period = periodAt(recurrence, k);
          if (period.start >= period.end) return;
          const length = period.end.getTime() - period.start.getTime();
          const inner = places
            .map((place) => period.start.getTime() + Math.round(place * length))
            .sort((a, b) => a - b);
          // The first and the last reach over the ends of the period: what lies outside does not count.
          const edges = [
            Math.min(period.start.getTime(), ...inner),
            ...inner,
            Math.max(period.end.getTime(), ...inner),
          ];
          let total: Rational = rational(0n);
          for (let index = 1; index < edges.length; index += 1) {
            const part = { start: new Date(edges[index - 1]!), end: new Date(edges[index]!) };
            const share = shareOfPeriod(period, part, mode, recurrence.timezone);
            if (share.numerator < 0n || share.numerator > share.denominator)
              throw new RangeError('no share of a whole');
            total = add(total, share);
          }
          same(total.numerator, total.denominator);
        }),
        runs(600),
      );
    },
    LONG,
  );
});

/** The day that many units on, counted anew here: months by their number, the day clamped to the month's own length. */
function wantedDay(day: number, unit: Recurrence['unit'], units: number): number {
  const months = monthsIn(unit);
  if (months === null) return day + units * (unit === 'week' ? 7 : 1);
  const { year, month, day: dayOfMonth } = civilOf(day);
  const index = year * 12 + (month - 1) + units * months;
  const [inYear, inMonth] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return Date.UTC(inYear, inMonth - 1, Math.min(dayOfMonth, daysInMonth(inYear, inMonth))) / DAY;
}
