import { digitsOf, roundToMinor } from './currency.ts';
import { formatExact, formatScaled, parseDecimal, parseExact, toFixedDecimal } from './decimal.ts';
import { priceBlocks } from './pricing/blocks.ts';
import type { Derivation, QuantityStep } from './pricing/derivation.ts';
import { DerivationWriter } from './pricing/evaluate.ts';
import type {
  BucketedModel,
  PackageModel,
  PricedComponent,
  PriceInput,
  PriceModel,
  PriceTerms,
  QuantityModel,
} from './pricing/model.ts';
import { pricePercentage, priceSupplied } from './pricing/percentage.ts';
import { pricedQuantity } from './pricing/quantity.ts';
import { priceGraduated, priceGraduatedPercentage, priceVolume } from './pricing/tiers.ts';
import { countPackages } from './pricing/whole-parts.ts';
import { multiply, type Rational, rational } from './rational.ts';

export { priceCommitment } from './pricing/commitment.ts';
export type { Derivation, DerivationStep, QuantityStep } from './pricing/derivation.ts';
export { contradictions, evaluateDerivation } from './pricing/evaluate.ts';
export type {
  BlockTier,
  PercentageTier,
  PricedComponent,
  PriceInput,
  PriceModel,
  QuantityModel,
  UnitConversion,
  UnitTier,
  ZeroUsage,
} from './pricing/model.ts';
export { MOST_TIERS, type PriceProblem, type PriceProblemCode, priceProblems } from './pricing/problems.ts';
export { limitsForShare } from './pricing/spend-limits.ts';
export { countPackages } from './pricing/whole-parts.ts';

/** Decimals of an average unit amount: those of the column. */
const UNIT_AMOUNT_DECIMALS = 12;

/** Unit price × quantity, exact and not rounded. RangeError if either is not a decimal within the bounds. */
export function standardAmount(unitAmount: string, quantity: string): Rational {
  return multiply(parseDecimal(unitAmount), parseDecimal(quantity));
}

function pricePackages(writer: DerivationWriter, model: PackageModel, quantity: string, alreadyBilled: string): void {
  if (parseExact(quantity).numerator < 0n || parseExact(alreadyBilled).numerator < 0n) {
    throw new RangeError('a quantity of packages is not negative');
  }
  const facts = {
    quantity,
    alreadyBilled,
    freeUnits: model.freeUnits ?? '0',
    packageSize: model.packageSize,
    packageAmount: model.packageAmount,
    rounding: model.rounding ?? 'up',
  };
  writer.take({ step: 'packages', ...facts, packages: countPackages(facts).toString() });
}

/** Prices a quantity by a model that a quantity alone decides. */
function priceQuantity(
  writer: DerivationWriter,
  model: QuantityModel,
  quantity: string,
  input: { readonly alreadyBilled?: string | undefined; readonly tierQuantity?: string | undefined },
): void {
  const { alreadyBilled = '0' } = input;
  const billed = parseExact(alreadyBilled);
  const isProgressive = model.kind === 'graduated' || model.kind === 'graduated_percentage' || model.kind === 'package';
  if (!isProgressive && billed.numerator !== 0n) {
    throw new RangeError(`a price of model ${model.kind} is not billed in part`);
  }
  switch (model.kind) {
    case 'per_unit':
      writer.take({ step: 'per_unit', unitAmount: model.unitAmount, quantity });
      return;
    case 'graduated':
      priceGraduated(writer, model, quantity, alreadyBilled);
      return;
    case 'volume':
      priceVolume(writer, model, quantity, input.tierQuantity);
      return;
    case 'package':
      pricePackages(writer, model, quantity, alreadyBilled);
      return;
    case 'graduated_percentage':
      priceGraduatedPercentage(writer, model, quantity, alreadyBilled);
      return;
    case 'tiered_blocks':
      priceBlocks(writer, model, quantity);
      return;
  }
}

/** Every bucket on its own, then added. Source: corpus, `price.bucketed` (`price_each_bucket_then_sum`). */
function priceBuckets(writer: DerivationWriter, model: BucketedModel, buckets: readonly string[]): void {
  for (const quantity of buckets) {
    parseDecimal(quantity);
    const bucket = new DerivationWriter();
    priceQuantity(bucket, model.model, quantity, {});
    writer.take({ step: 'bucket', quantity, steps: bucket.steps });
  }
}

function given(list: readonly string[] | undefined, what: string): readonly string[] {
  if (list === undefined) throw new RangeError(`the price needs ${what}`);
  return list;
}

/** Models whose quantity is only shown: there is nothing to convert or to give free. */
const WITHOUT_QUANTITY: ReadonlySet<PriceModel['kind']> = new Set(['flat', 'percentage', 'dynamic', 'bucketed']);

/** Writes the steps of a model; answers those of the quantity before them. */
function priceModel(writer: DerivationWriter, model: PriceModel, input: PriceInput): readonly QuantityStep[] {
  if (WITHOUT_QUANTITY.has(model.kind) && (model.conversion !== undefined || model.freeUsage !== undefined)) {
    throw new RangeError(`a price of model ${model.kind} has no quantity to convert or to give free`);
  }
  switch (model.kind) {
    case 'flat':
      writer.flat(formatScaled(model.amountMinor, digitsOf(input.currency)));
      return [];
    case 'percentage':
      pricePercentage(writer, model, given(input.events, 'the amounts of the events'));
      return [];
    case 'dynamic':
      priceSupplied(writer, given(input.suppliedMinor, 'amounts'), digitsOf(input.currency), model.multiplier);
      return [];
    case 'bucketed':
      priceBuckets(writer, model, given(input.buckets, 'the quantities of the buckets'));
      return [];
    default: {
      parseDecimal(input.quantity);
      const priced = pricedQuantity(input.quantity, model, input.usedBefore ?? '0');
      priceQuantity(writer, model, priced.quantity, input);
      return priced.steps;
    }
  }
}

/**
 * What a model comes to before share, limits and rounding: exact, in major units. RangeError on a bad decimal, on a
 * quantity that the model has no price for, or if the input lacks what the model prices.
 */
export function exactAmount(model: PriceModel, input: PriceInput): Rational {
  const writer = new DerivationWriter();
  priceModel(writer, model, input);
  return writer.reached;
}

/** Price of one unit as text in major units, by the rule of `PricedComponent`. */
function unitAmountOf(model: PriceModel, exact: Rational, input: PriceInput): string {
  if (model.kind === 'flat') return formatScaled(model.amountMinor, digitsOf(input.currency));
  if (model.kind === 'per_unit') return model.unitAmount;
  const quantity = parseDecimal(input.quantity);
  if (quantity.numerator === 0n) return '0';
  return formatExact(
    parseDecimal(
      toFixedDecimal(
        rational(exact.numerator * quantity.denominator, exact.denominator * quantity.numerator),
        UNIT_AMOUNT_DECIMALS,
      ),
      { maxIntegerDigits: 120, maxFractionDigits: UNIT_AMOUNT_DECIMALS },
    ),
  );
}

/**
 * Prices one component: the model's exact amount, its share of the period, the period's maximum and minimum, then one
 * rounding to minor units. The derivation is written by the same code that computes the amount. RangeError on a bad
 * decimal or currency, and as `exactAmount`.
 */
export function priceComponent(model: PriceModel, input: PriceInput): PricedComponent {
  const { currency, rounding = 'half_away_from_zero', share } = input;
  const digits = digitsOf(currency);
  const writer = new DerivationWriter();
  const quantitySteps = priceModel(writer, model, input);
  const unitAmount = unitAmountOf(model, writer.reached, input);
  if (share !== undefined && share.fraction.numerator !== share.fraction.denominator) {
    writer.take({ step: 'prorate', mode: share.mode, share: formatExact(share.fraction) });
  }
  const limited = limit(writer, model, input, digits);
  writer.take({ step: 'round', mode: rounding, currency, digits }, (amount) => toFixedDecimal(amount, digits));
  const amountMinor = roundToMinor(writer.reached, currency, rounding);
  const difference = (from: Rational, to: Rational): bigint =>
    from === to ? 0n : roundToMinor(to, currency, rounding) - roundToMinor(from, currency, rounding);
  const derivation: Derivation = {
    version: 1,
    currency,
    ...(quantitySteps.length === 0 ? {} : { quantitySteps }),
    steps: writer.steps,
  };
  return {
    amountMinor,
    unitAmount,
    quantity: input.quantity,
    maximumDiscountMinor: difference(limited.atMost, limited.before),
    minimumTopUpMinor: difference(limited.atMost, limited.atLeast),
    derivation,
  };
}

/** Applies the terms' limits and answers the exact amounts before them, after the maximum, and after the minimum. */
function limit(
  writer: DerivationWriter,
  terms: PriceTerms,
  input: PriceInput,
  digits: number,
): { readonly before: Rational; readonly atMost: Rational; readonly atLeast: Rational } {
  const before = writer.reached;
  const previouslyBilled = formatScaled(input.previouslyBilledMinor ?? 0n, digits);
  if (terms.maximumMinor !== undefined) {
    writer.take({ step: 'maximum', maximum: formatScaled(terms.maximumMinor, digits), previouslyBilled });
  }
  const atMost = writer.reached;
  if (terms.minimumMinor !== undefined && (input.isLastLineOfPeriod ?? true)) {
    writer.take({ step: 'minimum', minimum: formatScaled(terms.minimumMinor, digits), previouslyBilled });
  }
  return { before, atMost, atLeast: writer.reached };
}
