import { digitsOf, exactMinor } from '../currency.ts';
import { isDecimal, parseDecimal } from '../decimal.ts';
import { compare, type Rational, rational } from '../rational.ts';
import type {
  BlockTier,
  ChargeModel,
  PackageModel,
  PercentageModel,
  PercentageTier,
  PriceModel,
  PriceTerms,
  QuantityModel,
  UnitConversion,
  UnitTier,
} from './model.ts';

/** What can be wrong with a price. */
export type PriceProblemCode =
  | 'NOT_A_DECIMAL'
  | 'NEGATIVE'
  | 'NOT_POSITIVE'
  | 'NOT_AN_INTEGER'
  | 'FINER_THAN_CURRENCY'
  | 'NO_TIERS'
  | 'TOO_MANY_TIERS'
  | 'TIERS_DO_NOT_ASCEND'
  | 'LAST_TIER_HAS_LIMIT'
  | 'TIER_WITHOUT_LIMIT'
  | 'MINIMUM_ABOVE_MAXIMUM'
  | 'NOT_FOR_THIS_MODEL'
  | 'TOO_MANY_DECIMALS';

export interface PriceProblem {
  /** Names of the model's own fields and positions in its lists, e.g. `['tiers', '1', 'upTo']`. */
  readonly path: readonly string[];
  readonly code: PriceProblemCode;
  readonly message: string;
}

/** The most tiers of one price: an arbitrary bound, so that no price can make a line's derivation run away. */
export const MOST_TIERS = 100;
/** The most decimals that a conversion keeps: those of a quantity. */
const MOST_DECIMALS = 12;

const ZERO = rational(0n);

const MESSAGES: Readonly<Record<PriceProblemCode, string>> = {
  NOT_A_DECIMAL: 'This must be a decimal of at most 18 digits before the point and 12 after it.',
  NEGATIVE: 'This must not be negative.',
  NOT_POSITIVE: 'This must be above zero.',
  NOT_AN_INTEGER: 'This must be a whole number.',
  FINER_THAN_CURRENCY: 'This amount has more decimals than its currency.',
  NO_TIERS: 'A tiered price needs at least one tier.',
  TOO_MANY_TIERS: `A price has at most ${MOST_TIERS} tiers.`,
  TIERS_DO_NOT_ASCEND: 'Each tier must end above the one before it.',
  LAST_TIER_HAS_LIMIT: 'The last tier must be without limit.',
  TIER_WITHOUT_LIMIT: 'Only the last tier may be without limit.',
  MINIMUM_ABOVE_MAXIMUM: 'The minimum must not exceed the maximum.',
  NOT_FOR_THIS_MODEL: 'A price of this model has no quantity that this could apply to.',
  TOO_MANY_DECIMALS: `A conversion keeps 0 to ${MOST_DECIMALS} decimals.`,
};

/** Gathers problems under a path. */
class Findings {
  readonly found: PriceProblem[] = [];

  add(path: readonly string[], code: PriceProblemCode): void {
    this.found.push({ path, code, message: MESSAGES[code] });
  }

  /** The value of a decimal that is not negative; undefined, and a problem, for any other text. */
  decimal(path: readonly string[], text: string): Rational | undefined {
    if (!isDecimal(text)) {
      this.add(path, 'NOT_A_DECIMAL');
      return undefined;
    }
    const value = parseDecimal(text);
    if (value.numerator < 0n) {
      this.add(path, 'NEGATIVE');
      return undefined;
    }
    return value;
  }

  positive(path: readonly string[], text: string): Rational | undefined {
    const value = this.decimal(path, text);
    if (value?.numerator === 0n) this.add(path, 'NOT_POSITIVE');
    return value;
  }

  /** An amount that is charged as it is, so it may not be finer than its currency. */
  amount(path: readonly string[], text: string | undefined, currency: string): Rational | undefined {
    if (text === undefined) return undefined;
    const value = this.decimal(path, text);
    if (value === undefined) return undefined;
    const minor = exactMinor(text, currency);
    if (minor.numerator % minor.denominator !== 0n) this.add(path, 'FINER_THAN_CURRENCY');
    return value;
  }
}

function checkBounds(findings: Findings, tiers: readonly { readonly upTo: string | null }[], path: string[]): void {
  let from = ZERO;
  for (const [index, { upTo }] of tiers.entries()) {
    const at = [...path, String(index), 'upTo'];
    const isLast = index === tiers.length - 1;
    if (upTo === null) {
      if (!isLast) findings.add(at, 'TIER_WITHOUT_LIMIT');
      continue;
    }
    const bound = findings.decimal(at, upTo);
    if (isLast) findings.add(at, 'LAST_TIER_HAS_LIMIT');
    if (bound === undefined) continue;
    if (compare(bound, from) <= 0) findings.add(at, 'TIERS_DO_NOT_ASCEND');
    from = bound;
  }
}

function checkCount(findings: Findings, count: number, path: string[]): void {
  if (count === 0) findings.add(path, 'NO_TIERS');
  if (count > MOST_TIERS) findings.add(path, 'TOO_MANY_TIERS');
}

function checkTiers(
  findings: Findings,
  tiers: readonly (UnitTier | PercentageTier)[],
  currency: string,
  base: string[],
): void {
  const path = [...base, 'tiers'];
  checkCount(findings, tiers.length, path);
  checkBounds(findings, tiers, path);
  for (const [index, tier] of tiers.entries()) {
    const at = [...path, String(index)];
    if ('unitAmount' in tier) findings.decimal([...at, 'unitAmount'], tier.unitAmount);
    else findings.decimal([...at, 'ratePercent'], tier.ratePercent);
    findings.amount([...at, 'flatAmount'], tier.flatAmount, currency);
  }
}

function checkBlocks(findings: Findings, tiers: readonly BlockTier[], base: string[]): void {
  const path = [...base, 'tiers'];
  checkCount(findings, tiers.length, path);
  for (const [index, tier] of tiers.entries()) {
    const at = [...path, String(index)];
    findings.positive([...at, 'blockSize'], tier.blockSize);
    findings.decimal([...at, 'blockAmount'], tier.blockAmount);
    const isLast = index === tiers.length - 1;
    if (tier.maxBlocks === null) {
      if (!isLast) findings.add([...at, 'maxBlocks'], 'TIER_WITHOUT_LIMIT');
      continue;
    }
    const most = findings.positive([...at, 'maxBlocks'], tier.maxBlocks);
    if (most !== undefined && most.numerator % most.denominator !== 0n) {
      findings.add([...at, 'maxBlocks'], 'NOT_AN_INTEGER');
    }
    if (isLast) findings.add([...at, 'maxBlocks'], 'LAST_TIER_HAS_LIMIT');
  }
}

function checkPackages(findings: Findings, model: PackageModel, base: string[]): void {
  findings.positive([...base, 'packageSize'], model.packageSize);
  findings.decimal([...base, 'packageAmount'], model.packageAmount);
  findings.decimal([...base, 'freeUnits'], model.freeUnits ?? '0');
}

function checkPercentage(findings: Findings, model: PercentageModel): void {
  findings.decimal(['ratePercent'], model.ratePercent);
  findings.decimal(['fixedAmount'], model.fixedAmount ?? '0');
  findings.decimal(['freeAmount'], model.freeAmount ?? '0');
  if (model.freeEvents !== undefined) {
    if (!Number.isSafeInteger(model.freeEvents)) findings.add(['freeEvents'], 'NOT_AN_INTEGER');
    else if (model.freeEvents < 0) findings.add(['freeEvents'], 'NEGATIVE');
  }
  const least = findings.decimal(['perTransactionMinimum'], model.perTransactionMinimum ?? '0');
  const most = findings.decimal(['perTransactionMaximum'], model.perTransactionMaximum ?? '0');
  const areBothGiven = model.perTransactionMinimum !== undefined && model.perTransactionMaximum !== undefined;
  if (areBothGiven && least !== undefined && most !== undefined && compare(least, most) > 0) {
    findings.add(['perTransactionMinimum'], 'MINIMUM_ABOVE_MAXIMUM');
  }
}

function checkQuantityModel(findings: Findings, model: QuantityModel, currency: string, base: string[]): void {
  switch (model.kind) {
    case 'per_unit':
      findings.decimal([...base, 'unitAmount'], model.unitAmount);
      return;
    case 'package':
      checkPackages(findings, model, base);
      return;
    case 'tiered_blocks':
      checkBlocks(findings, model.tiers, base);
      return;
    default:
      checkTiers(findings, model.tiers, currency, base);
  }
}

/** The model itself; answers whether it prices a quantity that terms could change first. */
function checkModel(findings: Findings, model: ChargeModel, currency: string): boolean {
  switch (model.kind) {
    case 'flat':
      if (model.amountMinor < 0n) findings.add(['amountMinor'], 'NEGATIVE');
      return false;
    case 'percentage':
      checkPercentage(findings, model);
      return false;
    case 'dynamic':
      findings.decimal(['multiplier'], model.multiplier ?? '1');
      return false;
    case 'bucketed':
      checkQuantityModel(findings, model.model, currency, ['model']);
      return false;
    default:
      checkQuantityModel(findings, model, currency, []);
      return true;
  }
}

function checkConversion(findings: Findings, conversion: UnitConversion): void {
  findings.positive(['conversion', 'factor'], conversion.factor);
  const { decimals = 0 } = conversion;
  if (!Number.isInteger(decimals)) findings.add(['conversion', 'decimals'], 'NOT_AN_INTEGER');
  else if (decimals < 0 || decimals > MOST_DECIMALS) findings.add(['conversion', 'decimals'], 'TOO_MANY_DECIMALS');
}

function checkTerms(findings: Findings, terms: PriceTerms, pricesQuantity: boolean): void {
  const { conversion, freeUsage, minimumMinor, maximumMinor } = terms;
  if (conversion !== undefined) {
    checkConversion(findings, conversion);
    if (!pricesQuantity) findings.add(['conversion'], 'NOT_FOR_THIS_MODEL');
  }
  if (freeUsage !== undefined) {
    findings.decimal(['freeUsage'], freeUsage);
    if (!pricesQuantity) findings.add(['freeUsage'], 'NOT_FOR_THIS_MODEL');
  }
  if (minimumMinor !== undefined && minimumMinor < 0n) findings.add(['minimumMinor'], 'NEGATIVE');
  if (maximumMinor !== undefined && maximumMinor < 0n) findings.add(['maximumMinor'], 'NEGATIVE');
  if (minimumMinor !== undefined && maximumMinor !== undefined && minimumMinor > maximumMinor) {
    findings.add(['minimumMinor'], 'MINIMUM_ABOVE_MAXIMUM');
  }
}

/**
 * What is wrong with a price, before it is offered: every problem with its path, none if the price is sound. A sound price
 * has an answer for every quantity that is not negative. Stricter than the arithmetic, which prices what it can: tiers
 * must ascend and only the last, and always the last, is without limit; nothing is negative. RangeError for a currency
 * without a minor unit.
 */
export function priceProblems(model: PriceModel, currency: string): PriceProblem[] {
  digitsOf(currency);
  const findings = new Findings();
  const pricesQuantity = checkModel(findings, model, currency);
  checkTerms(findings, model, pricesQuantity);
  return findings.found;
}
