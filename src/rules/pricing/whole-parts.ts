import { parseExact } from '../decimal.ts';
import { add, compare, divideRounded, type Rational, subtract } from '../rational.ts';

/** What a number of packages comes from: quantities as exact text. */
export interface PackageFacts {
  readonly quantity: string;
  readonly alreadyBilled: string;
  readonly freeUnits: string;
  readonly packageSize: string;
  readonly rounding: 'up' | 'down';
}

function wholeParts(quantity: Rational, size: Rational, rounding: 'up' | 'down'): bigint {
  if (size.numerator <= 0n) throw new RangeError('a package or block has a size above zero');
  return divideRounded(quantity.numerator * size.denominator, quantity.denominator * size.numerator, rounding);
}

function packagesUntil(quantity: Rational, facts: PackageFacts): bigint {
  const freeUnits = parseExact(facts.freeUnits);
  const size = parseExact(facts.packageSize);
  const paid = compare(quantity, freeUnits) <= 0 ? { numerator: 0n, denominator: 1n } : subtract(quantity, freeUnits);
  return wholeParts(paid, size, facts.rounding);
}

/**
 * Packages that a quantity begins (or fills, rounding down) beyond the free units, less those of what was billed before.
 * RangeError for a size that is not above zero. Source: corpus, `price.package`.
 */
export function countPackages(facts: PackageFacts): bigint {
  const before = parseExact(facts.alreadyBilled);
  return packagesUntil(add(before, parseExact(facts.quantity)), facts) - packagesUntil(before, facts);
}

/** Blocks that a quantity begins. RangeError for a size that is not above zero. Source: corpus, `price.tiered_blocks`. */
export function countBlocks(facts: { readonly quantity: string; readonly blockSize: string }): bigint {
  return wholeParts(parseExact(facts.quantity), parseExact(facts.blockSize), 'up');
}
