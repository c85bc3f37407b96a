import { DAY_MS, instantOfLocal, localOfInstant } from './zone.ts';

export { firstInstantOfLocal, instantOfLocal, isTimeZone, localOfInstant, offsetAt } from './zone.ts';

// Held here because looking a global up on every step costs more than the step.
const { floor } = Math;

export type IntervalUnit = 'day' | 'week' | 'month' | 'quarter' | 'half_year' | 'year';
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

export const INTERVAL_UNITS: readonly IntervalUnit[] = ['day', 'week', 'month', 'quarter', 'half_year', 'year'];
const WEEKDAYS: readonly Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** A day of the proleptic Gregorian calendar; months count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The most steps that one call walks: a range that needs more is refused, so no date can make a loop run away. */
export const MOST_STEPS = 100_000;

/** Months in an interval unit; null for units counted in days. */
export function monthsIn(unit: IntervalUnit): number | null {
  switch (unit) {
    case 'month':
      return 1;
    case 'quarter':
      return 3;
    case 'half_year':
      return 6;
    case 'year':
      return 12;
    default:
      return null;
  }
}

/** Days in a day or a week. */
export function daysIn(unit: 'day' | 'week'): number {
  return unit === 'week' ? 7 : 1;
}

/** Number of a day, counted from 1970-01-01 = 0 (algorithm: years that begin in March, 400-year eras). */
export function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + floor(yearOfEra / 4) - floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The date of a day number: inverse of `dayNumber`. */
export function civilOf(number: number): CivilDate {
  const shifted = number + 719_468;
  const era = floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = floor(
    (dayOfEra - floor(dayOfEra / 1460) + floor(dayOfEra / 36_524) - floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + floor(yearOfEra / 4) - floor(yearOfEra / 100));
  const shiftedMonth = floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** Days in a month, leap years included. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * A day number moved by whole units: days and weeks count days; months keep the day of the month and clamp it to the end
 * of a shorter month. Always computed from the day given, so a series from one anchor never drifts.
 */
export function addUnits(day: number, unit: IntervalUnit, units: number): number {
  if (unit === 'day' || unit === 'week') return day + units * daysIn(unit);
  const date = civilOf(day);
  const index = date.year * 12 + (date.month - 1) + units * (monthsIn(unit) ?? 1);
  const year = floor(index / 12);
  const month = index - year * 12 + 1;
  return dayNumber(year, month, Math.min(date.day, daysInMonth(year, month)));
}

/** Day number of a `YYYY-MM-DD` text. RangeError if it is not a real date. */
export function parseDay(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  if (match === null || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) {
    throw new RangeError('not a date of the form YYYY-MM-DD');
  }
  return dayNumber(year, month, day);
}

/** `YYYY-MM-DD` of a day number in the years 0 to 9999. */
export function formatDay(day: number): string {
  const date = civilOf(day);
  const pad = (value: number, width: number) => value.toString().padStart(width, '0');
  return `${pad(date.year, 4)}-${pad(date.month, 2)}-${pad(date.day, 2)}`;
}

/** `date` plus n intervals of `count` units, clamped to the month end; n may be negative. */
export function addPeriods(date: string, unit: IntervalUnit, count: number, n: number): string {
  return formatDay(addUnits(parseDay(date), unit, count * n));
}

/** The dates anchor + 0 … length−1 intervals, each from the anchor and never from the date before it. */
export function dateSequence(anchorOn: string, unit: IntervalUnit, count: number, length: number): string[] {
  if (!Number.isInteger(length) || length < 0 || length > MOST_STEPS) throw new RangeError('too long a sequence');
  const anchor = parseDay(anchorOn);
  return Array.from({ length }, (_, index) => formatDay(addUnits(anchor, unit, count * index)));
}

/** How many whole intervals fit from one date to another: the largest n with from + n ≤ to, and 0 if `to` is earlier. */
export function wholePeriodsBetween(from: string, to: string, unit: IntervalUnit, count: number): number {
  const [first, last] = [parseDay(from), parseDay(to)];
  if (!Number.isInteger(count) || count < 1) throw new RangeError('an interval counts at least one unit');
  if (last <= first) return 0;
  const [start, end] = [civilOf(first), civilOf(last)];
  const units =
    unit === 'day' || unit === 'week'
      ? floor((last - first) / daysIn(unit))
      : floor(((end.year - start.year) * 12 + end.month - start.month) / (monthsIn(unit) ?? 1));
  const estimate = floor(units / count);
  return addUnits(first, unit, count * estimate) <= last ? estimate : estimate - 1;
}

/** Days from one date (included) to another (excluded). */
export function daysBetween(from: string, to: string): number {
  return parseDay(to) - parseDay(from);
}

/** Days between two dates when every month counts `daysInFixedMonth`: months × that + the days, each capped at it. */
export function fixedMonthDaysBetween(from: string, to: string, daysInFixedMonth: number): number {
  const [start, end] = [civilOf(parseDay(from)), civilOf(parseDay(to))];
  const months = (end.year - start.year) * 12 + end.month - start.month;
  return months * daysInFixedMonth + Math.min(end.day, daysInFixedMonth) - Math.min(start.day, daysInFixedMonth);
}

/** Day number of the local date at an instant. */
export function localDay(timezone: string, at: Date): number {
  return floor(localOfInstant(timezone, at.getTime()) / DAY_MS);
}

/** The local date (`YYYY-MM-DD`) at an instant. */
export function localDate(timezone: string, at: Date): string {
  return formatDay(localDay(timezone, at));
}

/** The instant a local date begins in a zone: midnight, or the first moment after a gap that swallows it. */
export function startOfDay(timezone: string, date: string): Date {
  return new Date(instantOfLocal(timezone, parseDay(date) * DAY_MS));
}

/** Start of the calendar unit that holds a day: that day, the week's first day, or the first of the month. */
export function calendarUnitStart(day: number, unit: IntervalUnit, count: number, weekStart: Weekday): number {
  if (unit === 'day') return day;
  // 1970-01-01, day 0, was a Thursday.
  if (unit === 'week') return day - ((((day + 3 - WEEKDAYS.indexOf(weekStart)) % 7) + 7) % 7);
  const date = civilOf(day);
  const step = calendarStep(unit, count);
  const index = date.year * 12 + date.month - 1;
  const floored = floor(index / step) * step;
  return dayNumber(floor(floored / 12), (((floored % 12) + 12) % 12) + 1, 1);
}

/** Months between calendar boundaries: what divides a year is laid out from January, whole years from 1 January. */
export function calendarStep(unit: IntervalUnit, count: number): number {
  const months = (monthsIn(unit) ?? 1) * count;
  if (12 % months === 0) return months;
  return months % 12 === 0 ? 12 : 1;
}
