import { digitsOf } from '../../../rules/currency.ts';
import { formatScaled } from '../../../rules/decimal.ts';
import type { DiscountFacts } from '../../../rules/discount-steps.ts';
import type { Derivation } from '../../../rules/pricing.ts';
import type { TaxReason } from '../../tax/index.ts';

/** What one discount took off a line, in the order in which they were taken, each on what the earlier ones left. */
export type DiscountStep = DiscountFacts & {
  /** The place of the discount on its invoice, from 1. */
  position: number;
  discountId: string | null;
  couponName: string | null;
};

/**
 * How a line came about, as it is kept to the letter and hashed with its invoice: how it was priced (`Derivation` of the rules;
 * charges that were given with no price have no steps), what discounts took of it, and why it is taxed as it is. How much tax
 * that is stands in the line's `taxes`.
 */
export interface LineDerivation extends Partial<Derivation> {
  discountSteps?: readonly DiscountStep[];
  tax?: TaxReason;
}

/** Many lines share one derivation, and keep sharing it: each is joined with a reason once. */
const joined = new WeakMap<object, Map<string, object>>();

/** The same derivation with why the line is taxed as it is. */
export function withTaxReason(derivation: unknown, tax: TaxReason): LineDerivation {
  const own = derivation as LineDerivation;
  const key = JSON.stringify(tax);
  const known = joined.get(own) ?? new Map<string, object>();
  joined.set(own, known);
  const made = known.get(key) ?? { ...own, tax };
  known.set(key, made);
  return made;
}

/** The same derivation with what discounts took of the line; without any if nothing did. */
export function withDiscountSteps(derivation: unknown, steps: readonly DiscountStep[]): LineDerivation {
  const { discountSteps, ...own } = derivation as LineDerivation;
  if (steps.length > 0) return { ...own, discountSteps: steps };
  return discountSteps ? own : (derivation as LineDerivation);
}

/** The steps of discounts that a line has so far. */
export function discountStepsOf(derivation: unknown): readonly DiscountStep[] {
  return (derivation as LineDerivation).discountSteps ?? [];
}

/** The same derivation once somebody set the amount (minor units) of the line by hand; an earlier setting is forgotten. */
export function withAdjustment(derivation: unknown, amount: bigint, currency: string): LineDerivation {
  const own = derivation as LineDerivation;
  const to = formatScaled(amount, digitsOf(currency));
  const before = (own.steps ?? []).filter(({ step }) => step !== 'adjust');
  return { ...own, steps: [...before, { step: 'adjust', to, amount: to }] };
}
