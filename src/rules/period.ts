import {
  addUnits,
  calendarStep,
  calendarUnitStart,
  civilOf,
  daysIn,
  type IntervalUnit,
  localDay,
  MOST_STEPS,
  monthsIn,
  type Weekday,
} from './calendar.ts';
import { DAY_MS, instantOfLocal, localOfInstant } from './zone.ts';

// Held here because looking a global up on every step costs more than the step.
const { floor } = Math;

/** A half-open span of time: `start` belongs to it, `end` does not. */
export interface Period {
  readonly start: Date;
  readonly end: Date;
}

/**
 * A row of billing boundaries. Boundary k is the anchor's local date + k × count units at the anchor's local time of day
 * (or local midnight), back to an instant in the zone. Boundary 0 is the anchor itself.
 */
export interface Recurrence {
  readonly anchorAt: Date;
  readonly timezone: string;
  readonly unit: IntervalUnit;
  /** Units in one interval, an integer ≥ 1. */
  readonly count: number;
  readonly timeOfDay?: 'anchor' | 'midnight';
}

function checkRecurrence(recurrence: Recurrence): void {
  if (!Number.isInteger(recurrence.count) || recurrence.count < 1 || recurrence.count > 1_200) {
    throw new RangeError('an interval counts 1 to 1,200 units');
  }
  if (Number.isNaN(recurrence.anchorAt.getTime())) throw new RangeError('the anchor is not an instant');
}

function boundaryMs(recurrence: Recurrence, k: number): number {
  const anchorMs = recurrence.anchorAt.getTime();
  const atMidnight = recurrence.timeOfDay === 'midnight';
  // The anchor may stand in an hour that the clock shows twice; it is itself, whichever of the two it is.
  if (k === 0 && !atMidnight) return anchorMs;
  const local = localOfInstant(recurrence.timezone, anchorMs);
  const day = floor(local / DAY_MS);
  const timeOfDay = atMidnight ? 0 : local - day * DAY_MS;
  const target = addUnits(day, recurrence.unit, recurrence.count * k);
  return instantOfLocal(recurrence.timezone, target * DAY_MS + timeOfDay);
}

/**
 * The k-th boundary (k may be negative), computed from the anchor and never from the boundary before it: the day of the
 * month is kept and clamped, the wall clock is kept over daylight saving. RangeError on a bad recurrence or index.
 */
export function boundaryAt(recurrence: Recurrence, k: number): Date {
  checkRecurrence(recurrence);
  if (!Number.isInteger(k)) throw new RangeError('a boundary has an integer index');
  const boundary = new Date(boundaryMs(recurrence, k));
  if (Number.isNaN(boundary.getTime())) throw new RangeError('the boundary lies outside the calendar');
  return boundary;
}

/** Index of the last boundary at or before an instant: the largest k with boundaryAt(k) ≤ at. */
export function boundaryIndex(recurrence: Recurrence, at: Date): number {
  checkRecurrence(recurrence);
  const atMs = at.getTime();
  if (Number.isNaN(atMs)) throw new RangeError('not an instant');
  let k = estimateIndex(recurrence, at);
  // The estimate is off by one at most, by two where a zone skipped a whole day.
  while (boundaryMs(recurrence, k) > atMs) k -= 1;
  while (boundaryMs(recurrence, k + 1) <= atMs) k += 1;
  return k;
}

function estimateIndex(recurrence: Recurrence, at: Date): number {
  const anchor = localDay(recurrence.timezone, recurrence.anchorAt);
  const day = localDay(recurrence.timezone, at);
  const { unit } = recurrence;
  if (unit === 'day' || unit === 'week') return floor((day - anchor) / (daysIn(unit) * recurrence.count));
  const [from, to] = [civilOf(anchor), civilOf(day)];
  const months = (to.year - from.year) * 12 + to.month - from.month;
  return floor(months / ((monthsIn(unit) ?? 1) * recurrence.count));
}

/** The k-th period: from boundary k to boundary k + 1. */
export function periodAt(recurrence: Recurrence, k: number): Period {
  return { start: boundaryAt(recurrence, k), end: boundaryAt(recurrence, k + 1) };
}

/** The period that holds an instant; periods tile time without gap or overlap, before the anchor too. */
export function periodContaining(recurrence: Recurrence, at: Date): Period {
  return periodAt(recurrence, boundaryIndex(recurrence, at));
}

/** The period before the one that holds an instant. */
export function previousPeriod(recurrence: Recurrence, at: Date): Period {
  return periodAt(recurrence, boundaryIndex(recurrence, at) - 1);
}

/** The latest period whose end is at or before an instant. */
export function lastCompletedPeriod(recurrence: Recurrence, at: Date): Period {
  return previousPeriod(recurrence, at);
}

/** The first boundary strictly after an instant; `capAt`, if given and earlier, is the answer instead. */
export function nextBoundaryAfter(recurrence: Recurrence, at: Date, capAt?: Date): Date {
  const next = boundaryAt(recurrence, boundaryIndex(recurrence, at) + 1);
  return capAt !== undefined && capAt.getTime() < next.getTime() ? new Date(capAt) : next;
}

/** All boundaries b with start < b ≤ until, in order. RangeError if there are more than 100,000. */
export function boundariesBetween(recurrence: Recurrence, start: Date, until: Date): Date[] {
  const first = boundaryIndex(recurrence, start) + 1;
  const last = boundaryIndex(recurrence, until);
  if (last - first >= MOST_STEPS) throw new RangeError('too many boundaries in the range');
  const boundaries: Date[] = [];
  for (let k = first; k <= last; k += 1) boundaries.push(boundaryAt(recurrence, k));
  return boundaries;
}

/** Local calendar days in a period: a day of 23 or 25 hours is one day. */
export function daysInPeriod(period: Period, timezone: string): number {
  return localDay(timezone, period.end) - localDay(timezone, period.start);
}

/**
 * An anchor for calendar-aligned billing: a calendar boundary at or before an instant, at local midnight. Days begin at
 * midnight, weeks on Monday, months on the first, quarters, half-years and other divisors of a year from 1 January, years
 * on 1 January. Where daylight saving swallows that midnight the anchor is an earlier boundary of the same row, so that
 * all boundaries computed from it stay at midnight: take the current period from `periodContaining`, not from here.
 */
export function calendarAnchor(
  unit: IntervalUnit,
  count: number,
  timezone: string,
  at: Date,
  weekStart: Weekday = 'monday',
): Date {
  checkRecurrence({ anchorAt: at, timezone, unit, count });
  let day = calendarUnitStart(localDay(timezone, at), unit, count, weekStart);
  for (let step = 0; step < 8; step += 1) {
    const anchor = instantOfLocal(timezone, day * DAY_MS);
    if (anchor <= at.getTime() && localOfInstant(timezone, anchor) === day * DAY_MS) return new Date(anchor);
    day = addUnits(day, unit, -count);
  }
  throw new RangeError('the zone has no midnight to anchor on');
}

/** The first calendar boundary strictly after an instant; count matters only where it lays out the year (quarters …). */
export function nextCalendarBoundary(
  unit: IntervalUnit,
  count: number,
  timezone: string,
  at: Date,
  weekStart: Weekday = 'monday',
): Date {
  const monthly = monthsIn(unit) !== null;
  const grid: Recurrence = {
    anchorAt: calendarAnchor(unit, count, timezone, at, weekStart),
    timezone,
    unit: monthly ? 'month' : unit,
    count: monthly ? calendarStep(unit, count) : 1,
    timeOfDay: 'midnight',
  };
  return nextBoundaryAfter(grid, at);
}
