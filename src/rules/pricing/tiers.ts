import { formatExact, parseDecimal, parseExact } from '../decimal.ts';
import { add, compare, greater, type Rational, rational, smaller, subtract } from '../rational.ts';
import type { DerivationWriter } from './evaluate.ts';
import type { GraduatedPercentageModel, TieredModel, ZeroUsage } from './model.ts';

const ZERO = rational(0n);

/** The part of a quantity that lies in one tier. */
export interface TierPart {
  /** Position in the list of tiers, from 0. */
  readonly index: number;
  readonly from: Rational;
  readonly quantity: Rational;
  /** Whether the tier is entered by this quantity: its flat amount is due. */
  readonly isEntered: boolean;
}

/**
 * Cuts a quantity at inclusive tier bounds, after what was billed already; the parts add up to the quantity. Zero enters
 * the first tier, unless zero usage bills nothing or something was billed before. A last tier with a bound takes what
 * lies beyond it. RangeError for a negative quantity, no tiers, or bounds that do not ascend.
 */
export function cutByTiers(
  tiers: readonly { readonly upTo: string | null }[],
  quantity: Rational,
  alreadyBilled: Rational,
  zeroUsage: ZeroUsage = 'bills_first_flat',
): TierPart[] {
  if (tiers.length === 0) throw new RangeError('a tiered price has at least one tier');
  if (quantity.numerator < 0n || alreadyBilled.numerator < 0n)
    throw new RangeError('a tiered quantity is not negative');
  const total = add(alreadyBilled, quantity);
  const parts: TierPart[] = [];
  let from = ZERO;
  for (const [index, tier] of tiers.entries()) {
    const isLast = index === tiers.length - 1;
    const upTo = tier.upTo === null || isLast ? null : parseDecimal(tier.upTo);
    if (upTo !== null && compare(upTo, from) <= 0) throw new RangeError('the tiers do not ascend');
    const end = upTo === null ? total : smaller(total, upTo);
    const start = greater(from, alreadyBilled);
    const inTier = greater(ZERO, subtract(end, start));
    const isZero = index === 0 && total.numerator === 0n && zeroUsage === 'bills_first_flat';
    if (inTier.numerator > 0n || isZero) {
      parts.push({ index, from, quantity: inTier, isEntered: compare(alreadyBilled, from) <= 0 });
    }
    if (upTo === null || compare(total, upTo) <= 0) break;
    from = upTo;
  }
  return parts;
}

/** Position of the tier a quantity falls in; a value between two bounds belongs to the upper tier, beyond all to the last. */
function tierOf(tiers: readonly { readonly upTo: string | null }[], quantity: Rational): number {
  if (tiers.length === 0) throw new RangeError('a tiered price has at least one tier');
  const index = tiers.findIndex((tier) => tier.upTo === null || compare(quantity, parseDecimal(tier.upTo)) <= 0);
  return index < 0 ? tiers.length - 1 : index;
}

/**
 * Graduated: each part of the quantity at its own tier's price, and the flat amount of each tier it enters. RangeError as
 * `cutByTiers`. Source: corpus, `price.graduated`.
 */
export function priceGraduated(
  writer: DerivationWriter,
  model: Pick<TieredModel, 'tiers' | 'zeroUsage'>,
  quantity: string,
  alreadyBilled = '0',
): void {
  const parts = cutByTiers(model.tiers, parseExact(quantity), parseExact(alreadyBilled), model.zeroUsage);
  for (const part of parts) {
    const tier = model.tiers[part.index]!;
    writer.take({
      step: 'tier',
      tier: part.index + 1,
      from: formatExact(part.from),
      upTo: tier.upTo,
      quantity: formatExact(part.quantity),
      unitAmount: tier.unitAmount,
      flatAmount: part.isEntered ? (tier.flatAmount ?? '0') : '0',
    });
  }
}

/**
 * Volume: the whole quantity at the price of the tier it (or `tierQuantity`) falls in, with that tier's flat amount.
 * RangeError for a negative quantity or no tiers. Source: corpus, `price.volume`.
 */
export function priceVolume(
  writer: DerivationWriter,
  model: Pick<TieredModel, 'tiers' | 'zeroUsage'>,
  quantity: string,
  tierQuantity = quantity,
): void {
  const deciding = parseExact(tierQuantity);
  if (parseExact(quantity).numerator < 0n || deciding.numerator < 0n) {
    throw new RangeError('a tiered quantity is not negative');
  }
  if (deciding.numerator === 0n && model.zeroUsage === 'bills_nothing') return;
  const index = tierOf(model.tiers, deciding);
  const tier = model.tiers[index]!;
  writer.take({
    step: 'tier',
    tier: index + 1,
    from: model.tiers[index - 1]?.upTo ?? '0',
    upTo: tier.upTo,
    quantity,
    unitAmount: tier.unitAmount,
    flatAmount: tier.flatAmount ?? '0',
  });
}

/**
 * Graduated percentage: as graduated, the quantity being an amount of money and each tier a rate in percent. RangeError as
 * `cutByTiers`. Source: corpus, `price.graduated_percentage`.
 */
export function priceGraduatedPercentage(
  writer: DerivationWriter,
  model: GraduatedPercentageModel,
  base: string,
  alreadyBilled = '0',
): void {
  for (const part of cutByTiers(model.tiers, parseExact(base), parseExact(alreadyBilled), model.zeroUsage)) {
    const tier = model.tiers[part.index]!;
    writer.take({
      step: 'percentage_tier',
      tier: part.index + 1,
      from: formatExact(part.from),
      upTo: tier.upTo,
      base: formatExact(part.quantity),
      ratePercent: tier.ratePercent,
      flatAmount: part.isEntered ? (tier.flatAmount ?? '0') : '0',
    });
  }
}
