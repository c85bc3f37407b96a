/** A fraction of two integers; the denominator is positive. Not reduced: reduce only to show it. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** How an exact figure becomes an integer. `half_away_from_zero` is the product's default (policies of the corpus). */
export type RoundingMode = 'half_away_from_zero' | 'half_even' | 'down' | 'up' | 'ceiling' | 'floor';

export const ROUNDING_MODES: readonly RoundingMode[] = [
  'half_away_from_zero',
  'half_even',
  'down',
  'up',
  'ceiling',
  'floor',
];

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** The fraction numerator / denominator with its sign on the numerator. RangeError on a zero denominator. */
export function rational(numerator: bigint, denominator = 1n): Rational {
  if (denominator === 0n) throw new RangeError('a fraction needs a denominator other than zero');
  return denominator < 0n ? { numerator: -numerator, denominator: -denominator } : { numerator, denominator };
}

/** Quotient of two integers as an integer under a rounding mode. RangeError on a zero divisor. */
export function divideRounded(dividend: bigint, divisor: bigint, mode: RoundingMode = 'half_away_from_zero'): bigint {
  const { numerator, denominator } = rational(dividend, divisor);
  const quotient = numerator / denominator;
  const rest = numerator % denominator;
  if (rest === 0n) return quotient;
  return awayFromZero(quotient, rest, denominator, mode) ? quotient + (rest < 0n ? -1n : 1n) : quotient;
}

/** Whether the truncated quotient moves one unit away from zero, given the rest that truncation dropped. */
function awayFromZero(quotient: bigint, rest: bigint, denominator: bigint, mode: RoundingMode): boolean {
  const twice = absolute(rest) * 2n;
  switch (mode) {
    case 'half_away_from_zero':
      return twice >= denominator;
    case 'half_even':
      return twice > denominator || (twice === denominator && quotient % 2n !== 0n);
    case 'down':
      return false;
    case 'up':
      return true;
    case 'ceiling':
      return rest > 0n;
    case 'floor':
      return rest < 0n;
  }
}

/** a × b ÷ c with one rounding at the end, so no intermediate figure is ever rounded. */
export function mulDiv(a: bigint, b: bigint, c: bigint, mode: RoundingMode = 'half_away_from_zero'): bigint {
  return divideRounded(a * b, c, mode);
}

/** Product of two fractions, exact. */
export function multiply(left: Rational, right: Rational): Rational {
  return { numerator: left.numerator * right.numerator, denominator: left.denominator * right.denominator };
}

/** Sum of two fractions, exact. */
export function add(left: Rational, right: Rational): Rational {
  if (left.denominator === right.denominator) {
    return { numerator: left.numerator + right.numerator, denominator: left.denominator };
  }
  return {
    numerator: left.numerator * right.denominator + right.numerator * left.denominator,
    denominator: left.denominator * right.denominator,
  };
}

/** Difference left − right, exact. */
export function subtract(left: Rational, right: Rational): Rational {
  return add(left, { numerator: -right.numerator, denominator: right.denominator });
}

/** The smaller of two fractions; the first if they are equal. */
export function smaller(left: Rational, right: Rational): Rational {
  return compare(right, left) < 0 ? right : left;
}

/** The greater of two fractions; the first if they are equal. */
export function greater(left: Rational, right: Rational): Rational {
  return compare(right, left) > 0 ? right : left;
}

/** Fractions as integers over one common denominator, so that they add and compare without fractions. */
export function overOneDenominator(values: readonly Rational[]): {
  readonly numerators: bigint[];
  readonly denominator: bigint;
} {
  let denominator = 1n;
  for (const value of values) if (denominator % value.denominator !== 0n) denominator *= value.denominator;
  return { numerators: values.map((value) => value.numerator * (denominator / value.denominator)), denominator };
}

/** Sign of left − right. */
export function compare(left: Rational, right: Rational): -1 | 0 | 1 {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The largest integer that divides both; never negative, 0 only for two zeros. */
export function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [divisor, rest] = [absolute(left), absolute(right)];
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
  return divisor;
}

/** The same fraction in lowest terms. */
export function reduce(value: Rational): Rational {
  const divisor = greatestCommonDivisor(value.numerator, value.denominator);
  return divisor <= 1n
    ? { numerator: value.numerator, denominator: value.numerator === 0n ? 1n : value.denominator }
    : { numerator: value.numerator / divisor, denominator: value.denominator / divisor };
}

/** A fraction as an integer number of 10^-digits units, rounded once. */
export function roundToScale(value: Rational, digits: number, mode: RoundingMode = 'half_away_from_zero'): bigint {
  return divideRounded(value.numerator * 10n ** BigInt(digits), value.denominator, mode);
}
