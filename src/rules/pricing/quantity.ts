import { formatExact, parseDecimal, parseExact } from '../decimal.ts';
import { compare, greater, multiply, type Rational, rational, roundToScale, smaller, subtract } from '../rational.ts';
import type { QuantityStep } from './derivation.ts';
import type { UnitConversion } from './model.ts';

const ZERO = rational(0n);

/**
 * A quantity in priced units: times or divided by the factor, then rounded, or kept exact. RangeError for a factor that is
 * not above zero. Source: corpus, `price.unit_conversion`.
 */
export function convertQuantity(quantity: Rational, conversion: UnitConversion): Rational {
  const factor = parseDecimal(conversion.factor);
  if (factor.numerator <= 0n) throw new RangeError('a conversion needs a factor above zero');
  const converted = multiply(
    quantity,
    conversion.operation === 'multiply' ? factor : rational(factor.denominator, factor.numerator),
  );
  if (conversion.rounding === 'none') return converted;
  const decimals = conversion.decimals ?? 0;
  return rational(roundToScale(converted, decimals, conversion.rounding), 10n ** BigInt(decimals));
}

/** How much of a line's quantity is free and how much is billed. */
export interface FreeUsage {
  readonly free: Rational;
  readonly billable: Rational;
}

/**
 * Free units are consumed in order over a period's lines: those before took theirs first. RangeError for a negative
 * quantity. Source: corpus, `price.free_usage`.
 */
export function consumeFreeUsage(freeUnits: Rational, usedBefore: Rational, usedNow: Rational): FreeUsage {
  if ([freeUnits, usedBefore, usedNow].some((quantity) => compare(quantity, ZERO) < 0)) {
    throw new RangeError('free usage counts quantities that are not negative');
  }
  const free = smaller(usedNow, greater(ZERO, subtract(freeUnits, usedBefore)));
  return { free, billable: subtract(usedNow, free) };
}

/** What a step of the quantity comes to, from its facts alone. */
export function quantityStepResult(step: QuantityStep): Rational {
  const quantity = parseExact(step.quantity);
  if (step.step === 'convert') return convertQuantity(quantity, step);
  return consumeFreeUsage(parseExact(step.freeUnits), parseExact(step.usedBefore), quantity).billable;
}

/** The quantity that is priced, with the steps that led to it from the metered one (decimal text). */
export function pricedQuantity(
  metered: string,
  terms: { readonly conversion?: UnitConversion | undefined; readonly freeUsage?: string | undefined },
  usedBefore: string,
): { readonly quantity: string; readonly steps: readonly QuantityStep[] } {
  const steps: QuantityStep[] = [];
  let quantity = metered;
  if (terms.conversion !== undefined) {
    const { operation, factor, rounding, decimals = 0 } = terms.conversion;
    const facts = { step: 'convert', operation, factor, rounding, decimals, quantity } as const;
    quantity = formatExact(quantityStepResult({ ...facts, result: '' }));
    steps.push({ ...facts, result: quantity });
  }
  if (terms.freeUsage !== undefined) {
    const facts = { step: 'free_usage', freeUnits: terms.freeUsage, usedBefore, quantity } as const;
    quantity = formatExact(quantityStepResult({ ...facts, result: '' }));
    steps.push({ ...facts, result: quantity });
  }
  return { quantity, steps };
}
