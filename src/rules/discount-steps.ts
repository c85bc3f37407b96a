import { allocate } from './allocation.ts';
import { digitsOf } from './currency.ts';
import { formatExact, formatScaled } from './decimal.ts';
import type { Discount, Discounted } from './discount.ts';
import { sum } from './money.ts';
import { rational } from './rational.ts';

/**
 * How a line's part of one discount came about, in exact text (`parseExact`) in the main unit of the currency; safe to keep as JSON.
 * `percentage` and `fixed`: `taken` is what it takes of all its lines, rounded once (percent of what is left of them, or `offered`, but no
 * more than is left); `exact` is percent of what is left of the line, or its part of `taken` in proportion to that; each is floored, and
 * the missing units go to the largest remainders. `returned`: a line that takes another back gives back `taken` of what discounts took of
 * that one, `togetherBase`, each in proportion to its own part of it, `base`; `taken`, `exact` and `amount` are negative. `taken` itself
 * is the share of what was left of that discount (`left`) which goes with what is given back, rounded once.
 */
export interface DiscountFacts {
  readonly kind: 'percentage' | 'fixed' | 'returned';
  readonly percent: string | null;
  readonly offered: string | null;
  /** What earlier discounts left of the line, and of all lines that this one is for. */
  readonly base: string;
  readonly togetherBase: string;
  readonly taken: string;
  /** Whether more was offered than was left. */
  readonly capped: boolean;
  readonly exact: string;
  /** The line's part. */
  readonly amount: string;
  /**
   * Of `returned`: what is given back (negative), of what was left of the line before, and of its discount; left out
   * where it is not known.
   */
  readonly left?: { readonly given: string; readonly amount: string; readonly discount: string };
}

/** What was left of a line and of its discount before some of it (`given`) was taken back; minor units, all positive. */
export interface ReturnedOf {
  readonly given: bigint;
  readonly amount: bigint;
  readonly discount: bigint;
}

/**
 * The facts of a discount (`applied`: by itself) for each line that it was spread over, also where its part is 0; null for the
 * others, and for all if it took nothing.
 */
export function discountFacts(
  left: readonly bigint[],
  discount: Discount,
  applied: Discounted,
  currency: string,
): (DiscountFacts | null)[] {
  const digits = digitsOf(currency);
  const unit = 10n ** BigInt(digits);
  const all = discount.lines ? discount.lines.map((index) => left[index]!) : left;
  const isFixed = discount.kind === 'fixed';
  const common = {
    kind: discount.kind,
    percent: isFixed ? null : discount.percent,
    offered: isFixed ? formatScaled(discount.amountMinor, digits) : null,
    togetherBase: formatScaled(sum(all), digits),
    taken: formatScaled(applied.totalMinor, digits),
    capped: isFixed && discount.amountMinor > sum(all),
  };
  const lines = new Set(discount.lines ?? left.keys());
  return applied.lines.map(({ discountMinor, exact }, index) => {
    if (applied.totalMinor === 0n || !lines.has(index) || left[index]! <= 0n) return null;
    return {
      ...common,
      base: formatScaled(left[index]!, digits),
      exact: formatExact(rational(exact.numerator, exact.denominator * unit)),
      amount: formatScaled(discountMinor, digits),
    };
  });
}

/**
 * What a line that takes another back returns of each discount of that one: `returnedMinor` (not negative) in all, in proportion
 * to what each took (minor units, not negative). RangeError if they took nothing.
 */
export function returnedFacts(
  takenMinor: readonly bigint[],
  returnedMinor: bigint,
  currency: string,
  of: ReturnedOf | null = null,
): DiscountFacts[] {
  const digits = digitsOf(currency);
  const whole = sum(takenMinor);
  const parts = allocate(
    -returnedMinor,
    takenMinor.map((weight) => ({ weight: rational(weight) })),
  );
  const left = of && {
    given: formatScaled(-of.given, digits),
    amount: formatScaled(of.amount, digits),
    discount: formatScaled(of.discount, digits),
  };
  return takenMinor.map((taken, index) => ({
    kind: 'returned',
    percent: null,
    offered: null,
    base: formatScaled(taken, digits),
    togetherBase: formatScaled(whole, digits),
    taken: formatScaled(-returnedMinor, digits),
    capped: false,
    exact: formatExact(rational(-returnedMinor * taken, whole * 10n ** BigInt(digits))),
    amount: formatScaled(parts[index]!, digits),
    ...(left && { left }),
  }));
}
