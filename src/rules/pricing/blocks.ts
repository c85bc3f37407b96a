import { formatExact, parseDecimal, parseExact } from '../decimal.ts';
import { add, compare, multiply, type Rational, rational, smaller, subtract } from '../rational.ts';
import type { DerivationWriter } from './evaluate.ts';
import type { BlockTier, TieredBlocksModel } from './model.ts';
import { countBlocks } from './whole-parts.ts';

/** Units that a tier of blocks holds; null = without limit. */
function capacityOf(tier: BlockTier): Rational | null {
  return tier.maxBlocks === null ? null : multiply(parseDecimal(tier.blockSize), parseDecimal(tier.maxBlocks));
}

function take(writer: DerivationWriter, tiers: readonly BlockTier[], index: number, quantity: Rational): void {
  const { blockSize, blockAmount } = tiers[index]!;
  const facts = { quantity: formatExact(quantity), blockSize };
  writer.take({ step: 'blocks', tier: index + 1, ...facts, blocks: countBlocks(facts).toString(), blockAmount });
}

/**
 * Tiers sold in blocks, a part block counting whole within its tier. `graduated` fills the tiers in turn; `volume` prices
 * the whole quantity in the tier it reaches. What lies past the last tier is priced in the last. RangeError for a negative
 * quantity, no tiers, or a block size of zero. Source: corpus, `price.tiered_blocks` (`block_rounded_up_per_tier`).
 */
export function priceBlocks(writer: DerivationWriter, model: TieredBlocksModel, quantity: string): void {
  const { tiers, mode } = model;
  if (tiers.length === 0) throw new RangeError('a tiered price has at least one tier');
  const total = parseExact(quantity);
  if (total.numerator < 0n) throw new RangeError('a tiered quantity is not negative');
  if (mode === 'volume') {
    take(writer, tiers, reachedTier(tiers, total), total);
    return;
  }
  let left = total;
  for (const [index, tier] of tiers.entries()) {
    const capacity = index === tiers.length - 1 ? null : capacityOf(tier);
    const inTier = capacity === null ? left : smaller(left, capacity);
    take(writer, tiers, index, inTier);
    left = subtract(left, inTier);
    if (left.numerator === 0n) return;
  }
}

/** Position of the first tier whose end a quantity does not exceed; the last if it exceeds all. */
function reachedTier(tiers: readonly BlockTier[], quantity: Rational): number {
  let end = rational(0n);
  for (const [index, tier] of tiers.entries()) {
    const capacity = capacityOf(tier);
    if (capacity === null) return index;
    end = add(end, capacity);
    if (compare(quantity, end) <= 0) return index;
  }
  return tiers.length - 1;
}
