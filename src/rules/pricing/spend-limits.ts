import { prorate } from '../proration.ts';
import { add, greater, type Rational, rational, smaller, subtract } from '../rational.ts';
import type { PriceTerms } from './model.ts';

const ZERO = rational(0n);

/**
 * An amount cut to what a period's maximum leaves after its earlier lines, never below 0. Any unit, all alike. Source:
 * corpus, `price.commitment`: previously billed + this line ≤ maximum.
 */
export function withinMaximum(amount: Rational, maximum: Rational, previouslyBilled: Rational): Rational {
  return smaller(amount, greater(ZERO, subtract(maximum, previouslyBilled)));
}

/**
 * An amount raised to what is missing of a period's minimum after its earlier lines: the true-up. For the last line of the
 * period only. Any unit, all alike. Source: corpus, `price.commitment`.
 */
export function toMinimum(amount: Rational, minimum: Rational, previouslyBilled: Rational): Rational {
  const missing = subtract(minimum, add(previouslyBilled, amount));
  return missing.numerator > 0n ? add(amount, missing) : amount;
}

/**
 * A price with the limits of a share of its period: each is prorated and rounded to minor units by itself, so that both are
 * figures that can be paid. Everything else stays. Source: op `invoice.minimum_true_up`.
 */
export function limitsForShare<Price extends PriceTerms>(price: Price, share: Rational): Price {
  const { minimumMinor, maximumMinor } = price;
  const part = (limit: bigint): bigint => prorate(rational(limit), share);
  return {
    ...price,
    ...(minimumMinor === undefined ? {} : { minimumMinor: part(minimumMinor) }),
    ...(maximumMinor === undefined ? {} : { maximumMinor: part(maximumMinor) }),
  };
}
