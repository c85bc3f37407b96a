import { distribute } from './allocation.ts';
import { parseDecimal } from './decimal.ts';
import { sum } from './money.ts';
import { divideRounded, greatestCommonDivisor, type Rational } from './rational.ts';

/** What a coupon takes off. `lines` are the indexes of the lines it is limited to; without them it is for all. */
export type Discount =
  | { readonly kind: 'fixed'; readonly amountMinor: bigint; readonly lines?: readonly number[] }
  | { readonly kind: 'percentage'; readonly percent: string; readonly lines?: readonly number[] };

/**
 * `total_once`: shares stay exact and all discounts together are rounded once. `each_line`: a percentage is rounded on every
 * line by itself. A fixed amount is the same to the last unit in both.
 */
export type DiscountRounding = 'total_once' | 'each_line';

/** What one discount took: minor units, and its exact shares by line (minor units, possibly fractional). */
export interface AppliedDiscount {
  readonly amountMinor: bigint;
  readonly shares: readonly Rational[];
}

export interface DiscountedLine {
  /** Whole minor units: never below 0, never more than the line. */
  readonly discountMinor: bigint;
  /** The same before it was rounded. */
  readonly exact: Rational;
}

export interface Discounted {
  readonly discounts: readonly AppliedDiscount[];
  readonly lines: readonly DiscountedLine[];
  readonly totalMinor: bigint;
}

/** What is left of the lines, as integers over one denominator, so that nothing is rounded on the way. */
interface Left {
  values: bigint[];
  denominator: bigint;
}

/**
 * Applies discounts to lines (minor units) in the order given, each on what the earlier ones left; a fixed amount is spread
 * over its lines in proportion to what is left of them and capped there. Lines that are zero or credits take no part. The
 * parts of a discount, the lines and the total agree to the last unit.
 * RangeError for a negative amount, a percentage outside 0 to 100, or a line that does not exist.
 * Source: policies `each_on_the_remainder`, `proportional_largest_remainder`, `round_total_once`, `round_each_line`.
 */
export function applyDiscounts(
  lines: readonly bigint[],
  discounts: readonly Discount[],
  rounding: DiscountRounding = 'total_once',
): Discounted {
  const whole = lines.map((line) => (line > 0n ? line : 0n));
  const left: Left = { values: [...whole], denominator: 1n };
  const wholeMinor = sum(whole);
  let givenMinor = 0n;
  const applied = discounts.map((discount): AppliedDiscount => {
    const shares = sharesOf(discount, left);
    if (rounding === 'each_line') roundShares(discount, shares);
    takeOff(left, shares);
    // All discounts to date rounded, less those before: so they add up, and a whole amount stays what it is.
    const amountMinor = divideRounded(wholeMinor * left.denominator - sum(left.values), left.denominator) - givenMinor;
    givenMinor += amountMinor;
    return {
      amountMinor,
      shares: shares.values.map((numerator) => ({ numerator, denominator: shares.denominator })),
    };
  });
  const exact = whole.map((line, index) => line * left.denominator - left.values[index]!);
  const parts = distribute(givenMinor, exact, left.denominator);
  return {
    discounts: applied,
    lines: parts.map((discountMinor, index) => ({
      discountMinor,
      exact: { numerator: exact[index]!, denominator: left.denominator },
    })),
    totalMinor: givenMinor,
  };
}

/** A discount that takes no more than `mostMinor` of these lines: itself, or that amount where it would. Errors as `applyDiscounts`. */
export function limitedDiscount(lines: readonly bigint[], discount: Discount, mostMinor: bigint): Discount {
  if (applyDiscounts(lines, [discount]).totalMinor <= mostMinor) return discount;
  const { lines: indexes } = discount;
  return { kind: 'fixed', amountMinor: mostMinor, ...(indexes && { lines: indexes }) };
}

/** Exact shares of one discount over what is left: integers over one denominator. */
function sharesOf(discount: Discount, left: Left): Left {
  const eligible = linesOf(discount, left.values.length);
  const open = left.values.map((value, index) => (eligible === null || eligible.has(index) ? value : 0n));
  if (discount.kind === 'percentage') {
    const percent = parseDecimal(discount.percent);
    if (percent.numerator < 0n || percent.numerator > percent.denominator * 100n) {
      throw new RangeError('a discount is 0 to 100 percent');
    }
    return {
      values: open.map((value) => value * percent.numerator),
      denominator: left.denominator * percent.denominator * 100n,
    };
  }
  if (discount.amountMinor < 0n) throw new RangeError('a discount is not negative');
  const available = sum(open);
  const wanted = discount.amountMinor * left.denominator;
  if (wanted >= available) return { values: open, denominator: left.denominator };
  return { values: open.map((value) => value * wanted), denominator: left.denominator * available };
}

function linesOf(discount: Discount, count: number): ReadonlySet<number> | null {
  if (discount.lines === undefined) return null;
  for (const index of discount.lines) {
    if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError('a discount names no such line');
  }
  return new Set(discount.lines);
}

/** Makes shares whole: a percentage line by line, a fixed amount so that its parts still add up to it. */
function roundShares(discount: Discount, shares: Left): void {
  shares.values =
    discount.kind === 'percentage'
      ? shares.values.map((share) => divideRounded(share, shares.denominator))
      : distribute(divideRounded(sum(shares.values), shares.denominator), shares.values, shares.denominator);
  shares.denominator = 1n;
}

/** Subtracts shares and reduces, so that a row of discounts does not make ever longer integers. */
function takeOff(left: Left, shares: Left): void {
  if (left.denominator === shares.denominator) {
    left.values = left.values.map((value, index) => value - shares.values[index]!);
  } else {
    left.values = left.values.map(
      (value, index) => value * shares.denominator - shares.values[index]! * left.denominator,
    );
    left.denominator *= shares.denominator;
  }
  let divisor = left.denominator;
  for (const value of left.values) divisor = greatestCommonDivisor(divisor, value);
  left.values = left.values.map((value) => value / divisor);
  left.denominator /= divisor;
}
