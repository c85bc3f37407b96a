import { digitsOf } from './currency.ts';
import { formatExact, formatScaled } from './decimal.ts';
import type { Discount, Discounted } from './discount.ts';
import { sum } from './money.ts';
import { rational } from './rational.ts';

/**
 * How a line's part of one discount came about, in exact text (`parseExact`) in the main unit of the currency; safe to keep as
 * JSON. `percentage` and `fixed`: `taken` is what it takes of all its lines, rounded once (percent of what is left of them, or
 * `offered`, but no more than is left); `exact` is the line's part of that in proportion to what is left of it; whole units go to
 * the largest remainders.
 */
export interface DiscountFacts {
  readonly kind: 'percentage' | 'fixed';
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
}

/** The facts of a discount (`applied`: by itself) for each line that it took something of; null for the others. */
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
  return applied.lines.map(({ discountMinor, exact }, index) => {
    if (discountMinor === 0n) return null;
    return {
      ...common,
      base: formatScaled(left[index]!, digits),
      exact: formatExact(rational(exact.numerator, exact.denominator * unit)),
      amount: formatScaled(discountMinor, digits),
    };
  });
}
