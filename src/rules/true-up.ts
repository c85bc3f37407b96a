import { divideRounded, multiply, type Rational, rational, subtract } from './rational.ts';

const WHOLE: Rational = rational(1n);

/**
 * What is missing to the minimum of a charge: the minimum for a share of its period, less what was used of it, not below 0,
 * rounded once. Amounts in (possibly fractional) minor units. RangeError for a negative share. Source: op
 * `invoice.minimum_true_up`.
 */
export function minimumTrueUp(minimum: Rational, used: Rational, share: Rational = WHOLE): bigint {
  const prorated = multiply(minimum, checked(share));
  const exact = subtract(prorated, used);
  const missing = divideRounded(exact.numerator, exact.denominator);
  return missing > 0n ? missing : 0n;
}

/**
 * What a plan's commitment asks on top of its fee for a share of a period: both prorated and rounded by themselves, so that the
 * fee is the figure on its own line, then subtracted, not below 0. Minor units. RangeError for a negative share.
 * Source: policy `prorate_and_round_each_then_subtract`.
 */
export function commitmentTrueUp(commitmentMinor: bigint, planFeeMinor: bigint, share: Rational = WHOLE): bigint {
  const { numerator, denominator } = checked(share);
  const missing =
    divideRounded(commitmentMinor * numerator, denominator) - divideRounded(planFeeMinor * numerator, denominator);
  return missing > 0n ? missing : 0n;
}

function checked(share: Rational): Rational {
  if (share.numerator < 0n) throw new RangeError('a share of a period is not negative');
  return share;
}
