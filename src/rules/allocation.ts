import { sum } from './money.ts';
import { divideRounded, overOneDenominator, type Rational } from './rational.ts';

/** Who gets the units that flooring leaves over. Default: largest remainder, ties to the earlier part. */
export type RemainderRule =
  | 'largest_remainder_ties_by_position'
  | 'largest_remainder_ties_by_key'
  | 'remainder_all_to_largest_weight';

export interface WeightedPart {
  readonly weight: Rational;
  /** Needed only to break ties by key. */
  readonly key?: string;
}

/** Who gets the extra units of an equal split. Default: one unit each from the first part. */
export type SplitRule =
  | 'remainder_one_unit_each_from_first'
  | 'remainder_one_unit_each_from_last'
  | 'remainder_all_to_first'
  | 'remainder_all_to_last';

const comparePlain = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * Splits minor units in proportion to weights; the parts add up to the total to the last unit, and splitting −x is
 * splitting x with the sign turned, so a reversal mirrors what it reverses.
 * RangeError for no parts, a negative weight, or weights that are all zero while there is something to split.
 */
export function allocate(
  totalMinor: bigint,
  parts: readonly WeightedPart[],
  rule: RemainderRule = 'largest_remainder_ties_by_position',
): bigint[] {
  const weights = overOneDenominator(parts.map((part) => part.weight)).numerators;
  if (weights.some((weight) => weight < 0n)) throw new RangeError('a weight is negative');
  const total = sum(weights);
  if (total === 0n) {
    if (totalMinor === 0n && parts.length > 0) return parts.map(() => 0n);
    throw new RangeError('nothing to split over: the weights are all zero');
  }
  if (rule === 'remainder_all_to_largest_weight') return allToLargest(totalMinor, weights, total);
  const exact = weights.map((weight) => weight * totalMinor);
  const keys = rule === 'largest_remainder_ties_by_key' ? parts.map((part) => part.key ?? '') : undefined;
  return distribute(totalMinor, exact, total, keys);
}

/**
 * Rounds exact shares (integers over one denominator) to integers that add up to a total given beforehand: each share is
 * floored, and the units left go to the largest remainders (ties: by key, then by position). The total must be the sum of
 * the exact shares rounded up or down; RangeError otherwise. Shares may have either sign.
 */
export function distribute(
  totalMinor: bigint,
  exact: readonly bigint[],
  denominator: bigint,
  keys?: readonly string[],
): bigint[] {
  if (totalMinor < 0n) {
    const mirrored = distribute(
      -totalMinor,
      exact.map((share) => -share),
      denominator,
      keys,
    );
    return mirrored.map((share) => -share);
  }
  const shares = exact.map((share) => divideRounded(share, denominator, 'floor'));
  const missing = totalMinor - sum(shares);
  if (missing < 0n || missing > BigInt(exact.length))
    throw new RangeError('the total is not the rounded sum of the shares');
  const remainder = (index: number): bigint => exact[index]! - shares[index]! * denominator;
  const order = exact.map((_, index) => index);
  order.sort((left, right) => {
    const difference = remainder(right) - remainder(left);
    if (difference !== 0n) return difference > 0n ? 1 : -1;
    return (keys ? comparePlain(keys[left] ?? '', keys[right] ?? '') : 0) || left - right;
  });
  for (const index of order.slice(0, Number(missing))) shares[index] = shares[index]! + 1n;
  return shares;
}

function allToLargest(totalMinor: bigint, weights: readonly bigint[], total: bigint): bigint[] {
  const shares = weights.map((weight) => (weight * totalMinor) / total);
  let largest = 0;
  for (let index = 1; index < weights.length; index += 1) if (weights[index]! > weights[largest]!) largest = index;
  shares[largest] = shares[largest]! + totalMinor - sum(shares);
  return shares;
}

/** Splits minor units into equal parts that add up. RangeError unless 1 ≤ count ≤ 10,000. */
export function splitEqually(
  totalMinor: bigint,
  count: number,
  rule: SplitRule = 'remainder_one_unit_each_from_first',
): bigint[] {
  if (!Number.isInteger(count) || count < 1 || count > 10_000) throw new RangeError('a split has 1 to 10,000 parts');
  const base = totalMinor / BigInt(count);
  const rest = totalMinor - base * BigInt(count);
  const parts = new Array<bigint>(count).fill(base);
  if (rule === 'remainder_all_to_first') parts[0] = base + rest;
  else if (rule === 'remainder_all_to_last') parts[count - 1] = base + rest;
  else {
    const unit = rest < 0n ? -1n : 1n;
    const extra = Number(rest < 0n ? -rest : rest);
    const first = rule === 'remainder_one_unit_each_from_last' ? count - extra : 0;
    for (let index = first; index < first + extra; index += 1) parts[index] = base + unit;
  }
  return parts;
}
