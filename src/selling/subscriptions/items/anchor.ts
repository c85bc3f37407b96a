import {
  addUnits,
  calendarUnitStart,
  civilOf,
  dayNumber,
  daysInMonth,
  firstInstantOfLocal,
  type IntervalUnit,
  instantOfLocal,
  localOfInstant,
  monthsIn,
} from '../../../rules/calendar.ts';
import {
  boundaryAt,
  nextBoundaryAfter,
  type Period,
  periodContaining,
  type Recurrence,
} from '../../../rules/period.ts';

/** Where the boundaries of a subscription stand in the calendar. */
export interface AnchorWish {
  kind: 'anniversary' | 'calendar';
  /** Calendar only, for units of months: the day on which periods begin; a shorter month has it at its end. */
  dayOfMonth?: number | null;
  /** Whether boundaries keep the local time of day of the first paid instant, or stand at local midnight. */
  timeOfDay: 'anchor' | 'midnight';
}

interface Rhythm {
  intervalUnit: string;
  intervalCount: number;
  timezone: string;
}

const dayMs = 86_400_000;
/** Each step back is one interval; within twelve a month of the same length comes by. */
const mostSteps = 24;

/**
 * The anchor: an instant at or before `base` (the first instant to be paid for) from which all boundaries are computed.
 * An anniversary anchor at the time of day is `base` itself. Where daylight saving swallows the anchor's local time,
 * or a month lacks its day, an earlier boundary of the same row serves. RangeError if none is found.
 */
export function chooseAnchor(base: Date, rhythm: Rhythm, wish: AnchorWish): Date {
  if (wish.kind === 'anniversary' && wish.timeOfDay === 'anchor') return base;
  const unit = rhythm.intervalUnit as IntervalUnit;
  const local = localOfInstant(rhythm.timezone, base.getTime());
  const today = Math.floor(local / dayMs);
  const timeOfDay = wish.timeOfDay === 'midnight' ? 0 : local - today * dayMs;
  const first = wish.kind === 'anniversary' ? today : calendarUnitStart(today, unit, rhythm.intervalCount, 'monday');
  const dayOfMonth = wish.kind === 'anniversary' ? civilOf(today).day : (wish.dayOfMonth ?? 1);
  for (let step = 0; step < mostSteps; step += 1) {
    const day = stepBack(first, dayOfMonth, unit, rhythm.intervalCount * step);
    if (day === null) continue;
    const wanted = day * dayMs + timeOfDay;
    // What begins in an hour that the clock shows twice begins at the one that has come.
    for (const find of [instantOfLocal, firstInstantOfLocal]) {
      const instant = find(rhythm.timezone, wanted);
      if (instant <= base.getTime() && localOfInstant(rhythm.timezone, instant) === wanted) return new Date(instant);
    }
  }
  throw new RangeError('no anchor fits this rhythm');
}

/** The day that many units before, or null in a month that has no such day. */
function stepBack(first: number, dayOfMonth: number, unit: IntervalUnit, units: number): number | null {
  const months = monthsIn(unit);
  if (months === null) return addUnits(first, unit, -units);
  const { year, month } = civilOf(first);
  const index = year * 12 + month - 1 - units * months;
  const [inYear, inMonth] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  return dayOfMonth <= daysInMonth(inYear, inMonth) ? dayNumber(inYear, inMonth, dayOfMonth) : null;
}

/** The boundaries of a subscription; the anchor carries its time of day, so nothing else need be kept. */
export function recurrenceOf(subscription: Rhythm & { anchorAt: Date }): Recurrence {
  return {
    anchorAt: subscription.anchorAt,
    timezone: subscription.timezone,
    unit: subscription.intervalUnit as IntervalUnit,
    count: subscription.intervalCount,
  };
}

/**
 * The end of the period that an instant lies in, whatever end of the subscription is scheduled. Where a pause has moved the
 * boundaries the anchor may lie ahead: it is the first of them then.
 */
export function boundaryAfter(subscription: Rhythm & { anchorAt: Date }, at: Date): Date {
  const { anchorAt } = subscription;
  return anchorAt > at ? anchorAt : nextBoundaryAfter(recurrenceOf(subscription), at);
}

/**
 * The whole period that an instant lies in, by which a part of it is priced: of the row, or the one that a pause has moved and
 * that ends at the anchor.
 */
export function wholePeriodOf(
  subscription: Rhythm & { anchorAt: Date; wholePeriodStart: Date | null },
  at: Date,
): Period {
  const { anchorAt, wholePeriodStart } = subscription;
  if (wholePeriodStart && wholePeriodStart <= at && at < anchorAt) return { start: wholePeriodStart, end: anchorAt };
  return periodContaining(recurrenceOf(subscription), at);
}

/** The instant a number of local days later, at the same time of day. */
export function daysLater(at: Date, days: number, timezone: string): Date {
  return boundaryAt({ anchorAt: at, timezone, unit: 'day', count: 1 }, days);
}

/** Hours in which the first invoice must be paid; then the subscription lapses. */
export const hoursToPay = 23;

/** The instant a number of hours later, by the clock. */
export function hoursLater(at: Date, hours: number): Date {
  return new Date(at.getTime() + hours * 3_600_000);
}
