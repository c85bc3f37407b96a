import { addPeriods, daysBetween, fixedMonthDaysBetween, type IntervalUnit, localDay } from './calendar.ts';
import { roundToMinor } from './currency.ts';
import { parseDecimal, toFixedDecimal } from './decimal.ts';
import type { Period } from './period.ts';
import { add, divideRounded, multiply, type Rational, type RoundingMode, rational } from './rational.ts';

/** How a share of a period is measured: by the clock (the default), or by local calendar days, where only dates count. */
export type ShareMode = 'by_second' | 'by_day';

/** Which period a number of days is held against: one interval from the first day, or one that ends at the last. */
export type ReferencePeriod = 'starting_at_from' | 'ending_at_to';

/**
 * The share of a period that a part of it covers, as an exact fraction from 0 to 1; what lies outside the period does not
 * count. By second the fraction is of elapsed time (to the millisecond); by day of local dates, both ends as dates, so the
 * first day counts and the last does not. RangeError on an empty or reversed period.
 */
export function shareOfPeriod(period: Period, part: Period, mode: ShareMode = 'by_second', timezone = 'UTC'): Rational {
  const position = (at: Date): number => (mode === 'by_day' ? localDay(timezone, at) : at.getTime());
  const [start, end] = [position(period.start), position(period.end)];
  if (!(start < end)) throw new RangeError('a share needs a period that is not empty');
  const from = Math.max(start, position(part.start));
  const to = Math.min(end, position(part.end));
  if (Number.isNaN(from) || Number.isNaN(to)) throw new RangeError('not an instant');
  return rational(BigInt(Math.max(0, to - from)), BigInt(end - start));
}

/** An exact amount in minor units times an exact share, rounded once to minor units. */
export function prorate(amountMinor: Rational, share: Rational, mode: RoundingMode = 'half_away_from_zero'): bigint {
  return divideRounded(amountMinor.numerator * share.numerator, amountMinor.denominator * share.denominator, mode);
}

/**
 * Days from one date to another over the days of the reference period, exact. With `fixedDaysInMonth` both are counted in
 * months of that length. May exceed 1 where the dates span more than one interval.
 */
export function calendarDayFraction(input: {
  readonly from: string;
  readonly to: string;
  readonly unit: IntervalUnit;
  readonly count: number;
  readonly reference: ReferencePeriod;
  readonly fixedDaysInMonth?: number;
}): Rational {
  const days = (from: string, to: string): number =>
    input.fixedDaysInMonth === undefined
      ? daysBetween(from, to)
      : fixedMonthDaysBetween(from, to, input.fixedDaysInMonth);
  const whole =
    input.reference === 'starting_at_from'
      ? days(input.from, addPeriods(input.from, input.unit, input.count, 1))
      : days(addPeriods(input.to, input.unit, input.count, -1), input.to);
  return rational(BigInt(days(input.from, input.to)), BigInt(whole));
}

/** Whether each of several prorated lines is rounded (the default: a line is rounded once) or only their total. */
export type SumRule = 'round_each_line' | 'round_total_once';

/**
 * The same share of several exact amounts in major units, added, in minor units. RangeError for a currency without a minor
 * unit. Source: corpus, `proration.sum_of_lines`.
 */
export function sumOfShares(
  amounts: readonly Rational[],
  share: Rational,
  currency: string,
  options: { readonly rule?: SumRule | undefined; readonly rounding?: RoundingMode | undefined } = {},
): bigint {
  const { rule = 'round_each_line', rounding } = options;
  if (rule === 'round_total_once') {
    const total = amounts.reduce(add, rational(0n));
    return roundToMinor(multiply(total, share), currency, rounding);
  }
  return amounts.reduce((total, amount) => total + roundToMinor(multiply(amount, share), currency, rounding), 0n);
}

/**
 * Prepaid credits granted for the rest of a period from an instant on, as a decimal text of `scale` decimals, rounded once:
 * all of them at its start, none at its end. RangeError as `shareOfPeriod`. Source: corpus, `proration.credits_grant`.
 */
export function creditsForRest(credits: string, period: Period, at: Date, scale: number, mode?: ShareMode): string {
  const share = shareOfPeriod(period, { start: at, end: period.end }, mode);
  return toFixedDecimal(multiply(parseDecimal(credits), share), scale);
}
