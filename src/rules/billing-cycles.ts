import {
  addUnits,
  civilOf,
  dayNumber,
  daysInMonth,
  type IntervalUnit,
  MOST_STEPS,
  monthsIn,
  parseDay,
} from './calendar.ts';
import { formatScaled } from './decimal.ts';
import { divideRounded } from './rational.ts';

/**
 * Which full period the days before the first boundary belong to where the billing day is clamped there: the one that
 * begins on the unclamped billing day (`reclamped`, the default), or one interval before the clamped date.
 */
export type LeadingReference = 'reclamped' | 'stepped_back';

export interface BillingCyclesInput {
  /** Days, `YYYY-MM-DD`; `endOn` is excluded. */
  readonly startOn: string;
  readonly endOn?: string | undefined;
  /** What begins on or before this day is billed. */
  readonly targetOn: string;
  /** Day of the month, 1 to 31. */
  readonly billingDay: number;
  /** A unit counted in months. */
  readonly unit: IntervalUnit;
  readonly count: number;
  readonly reference?: LeadingReference | undefined;
}

/** Decimals of a partial cycle. */
const CYCLE_DECIMALS = 9;
const ONE = 10n ** 9n;

/** Day number of the billing day in the month that lies `months` after that of a day, clamped to the month's end. */
function billingDayAfter(day: number, months: number, billingDay: number): number {
  const date = civilOf(day);
  const first = civilOf(addUnits(dayNumber(date.year, date.month, 1), 'month', months));
  return dayNumber(first.year, first.month, Math.min(billingDay, daysInMonth(first.year, first.month)));
}

const share = (days: number, wholeDays: number): bigint => divideRounded(BigInt(days) * ONE, BigInt(wholeDays));

function checkedStep(input: BillingCyclesInput): number {
  const months = monthsIn(input.unit);
  const { billingDay, count } = input;
  if (months === null || !Number.isInteger(count) || count < 1) throw new RangeError('cycles count whole months');
  if (!Number.isInteger(billingDay) || billingDay < 1 || billingDay > 31) {
    throw new RangeError('a billing day is a day of the month');
  }
  return months * count;
}

/**
 * Billing cycles charged by a day, billed in advance on a day of the month: whole ones, and the part before the first
 * boundary and the part cut off by the end as days over the days of the full period they belong to, each rounded to nine
 * decimals (half away from zero). Every boundary keeps the billing day and clamps. Decimal text. RangeError for a bad
 * date, a billing day that is none, a unit not counted in months, or more than 100,000 cycles. Source: corpus,
 * `proration.billing_cycles`.
 */
export function billingCycles(input: BillingCyclesInput): string {
  const step = checkedStep(input);
  const { billingDay, reference = 'reclamped' } = input;
  const start = parseDay(input.startOn);
  const target = parseDay(input.targetOn);
  const end = input.endOn === undefined ? Number.POSITIVE_INFINITY : parseDay(input.endOn);
  const offset = billingDayAfter(start, 0, billingDay) < start ? step : 0;
  const boundary = (k: number): number => billingDayAfter(start, offset + k * step, billingDay);
  const first = boundary(0);
  let cycles = 0n;
  if (start < first && start <= target && start < end) {
    const from = reference === 'reclamped' ? boundary(-1) : addUnits(first, 'month', -step);
    cycles += share(Math.min(first, end) - start, first - from);
  }
  for (let k = 0; boundary(k) <= target && boundary(k) < end; k += 1) {
    if (k >= MOST_STEPS) throw new RangeError('too many cycles');
    const [from, to] = [boundary(k), boundary(k + 1)];
    cycles += end < to ? share(end - from, to - from) : ONE;
  }
  return formatScaled(cycles, CYCLE_DECIMALS);
}
