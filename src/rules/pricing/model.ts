import type { Rational, RoundingMode } from '../rational.ts';
import type { Derivation } from './derivation.ts';

/**
 * What a quantity of zero costs where the first tier has a flat amount. `bills_first_flat` is the default (corpus:
 * `zero_usage_bills_first_flat`); `bills_nothing` is an option of the price.
 */
export type ZeroUsage = 'bills_first_flat' | 'bills_nothing';

/** A tier of units. `upTo` is inclusive, null = without limit; amounts are decimals in major units. */
export interface UnitTier {
  readonly upTo: string | null;
  readonly unitAmount: string;
  /** Once, when the tier is entered. */
  readonly flatAmount?: string | undefined;
}

/** A tier of an amount of money: as a tier of units, with a rate in percent instead of a unit price. */
export interface PercentageTier {
  readonly upTo: string | null;
  readonly ratePercent: string;
  readonly flatAmount?: string | undefined;
}

/** A tier sold in blocks of `blockSize` units; `maxBlocks` null = without limit. */
export interface BlockTier {
  readonly blockSize: string;
  readonly maxBlocks: string | null;
  readonly blockAmount: string;
}

export interface PerUnitModel {
  readonly kind: 'per_unit';
  /** Decimal in major units; may be finer than the currency. */
  readonly unitAmount: string;
}

/** `graduated`: each unit at its own tier's price. `volume`: the whole quantity at the price of the tier it falls in. */
export interface TieredModel {
  readonly kind: 'graduated' | 'volume';
  readonly tiers: readonly UnitTier[];
  readonly zeroUsage?: ZeroUsage | undefined;
}

/** Whole packages of what exceeds the free units. */
export interface PackageModel {
  readonly kind: 'package';
  readonly packageSize: string;
  readonly packageAmount: string;
  readonly freeUnits?: string | undefined;
  /** Whether a package that is only begun counts (`up`, the default) or not (`down`). */
  readonly rounding?: 'up' | 'down' | undefined;
}

/** A rate on each of a row of amounts, with a fixed part for each and bounds on each. */
export interface PercentageModel {
  readonly kind: 'percentage';
  readonly ratePercent: string;
  readonly fixedAmount?: string | undefined;
  readonly freeEvents?: number | undefined;
  readonly freeAmount?: string | undefined;
  readonly perTransactionMinimum?: string | undefined;
  readonly perTransactionMaximum?: string | undefined;
}

export interface GraduatedPercentageModel {
  readonly kind: 'graduated_percentage';
  readonly tiers: readonly PercentageTier[];
  readonly zeroUsage?: ZeroUsage | undefined;
}

/** Amounts that come with the events, times a multiplier if there is one. */
export interface DynamicModel {
  readonly kind: 'dynamic';
  readonly multiplier?: string | undefined;
}

export interface TieredBlocksModel {
  readonly kind: 'tiered_blocks';
  readonly mode: 'graduated' | 'volume';
  readonly tiers: readonly BlockTier[];
}

/** The models that a quantity alone decides: what buckets of time can be priced by. */
export type QuantityModel = PerUnitModel | TieredModel | PackageModel | GraduatedPercentageModel | TieredBlocksModel;

/** Every bucket of time is priced on its own, and the prices are added. */
export interface BucketedModel {
  readonly kind: 'bucketed';
  readonly model: QuantityModel;
}

export type ChargeModel =
  | { readonly kind: 'flat'; readonly amountMinor: bigint }
  | QuantityModel
  | PercentageModel
  | DynamicModel
  | BucketedModel;

/** How a metered quantity becomes the quantity that is priced: times or divided by a factor, then rounded. */
export interface UnitConversion {
  readonly operation: 'multiply' | 'divide';
  readonly factor: string;
  /** `none` keeps the exact figure. */
  readonly rounding: RoundingMode | 'none';
  /** Decimals kept by the rounding, an integer from 0 to 12; 0 if not given. */
  readonly decimals?: number | undefined;
}

/** What a price may say beside its model. */
export interface PriceTerms {
  /** Only for models that a quantity alone decides. */
  readonly conversion?: UnitConversion | undefined;
  /** Units free in a period, after the conversion; consumed in order over its lines. As `conversion`, for quantities only. */
  readonly freeUsage?: string | undefined;
  /** The least that a period costs, minor units: what is missing is added on its last line (true-up). */
  readonly minimumMinor?: bigint | undefined;
  /** The most that a period costs, minor units, over all of its lines. */
  readonly maximumMinor?: bigint | undefined;
}

/** A price: one model and its terms. A flat amount may not be finer than the currency, a unit price may. */
export type PriceModel = ChargeModel & PriceTerms;

export interface PriceInput {
  readonly currency: string;
  /** Decimal text; for a flat price it is shown and does not count. Not negative but for a price per unit. */
  readonly quantity: string;
  /** The part of the period that is billed, as an exact fraction, with the mode it was measured by. */
  readonly share?: { readonly fraction: Rational; readonly mode: string } | undefined;
  readonly rounding?: RoundingMode | undefined;
  /**
   * Priced units of the period on earlier lines: the amount is then for the new quantity only (graduated,
   * graduated_percentage, package). Zero says that nothing was billed yet, no first flat amount either.
   */
  readonly alreadyBilled?: string | undefined;
  /** Chooses the tier of a volume price instead of the quantity, e.g. where the quantity is prorated. */
  readonly tierQuantity?: string | undefined;
  /** Amounts of the events in their order, decimals in major units (percentage). */
  readonly events?: readonly string[] | undefined;
  /** Amounts supplied with the events, decimals in minor units that may be fractional (dynamic). */
  readonly suppliedMinor?: readonly string[] | undefined;
  /** Quantities of the buckets in their order (bucketed). */
  readonly buckets?: readonly string[] | undefined;
  /** Priced units of the period used before: what they took of the free usage is gone. */
  readonly usedBefore?: string | undefined;
  /** What earlier lines of the period came to, minor units; for the minimum and the maximum. */
  readonly previouslyBilledMinor?: bigint | undefined;
  /** Whether a minimum is due now; true if not given. */
  readonly isLastLineOfPeriod?: boolean | undefined;
}

export interface PricedComponent {
  /** Minor units, rounded once. */
  readonly amountMinor: bigint;
  /**
   * Price of one unit in major units: the flat amount, the unit price as it was given, or for all other models the
   * average, amount ÷ quantity before share and limits at twelve decimals (0 for no quantity).
   */
  readonly unitAmount: string;
  readonly quantity: string;
  /** What the maximum took off, minor units; the amount is already less. */
  readonly maximumDiscountMinor: bigint;
  /** What the minimum added, minor units; the amount is already more. */
  readonly minimumTopUpMinor: bigint;
  readonly derivation: Derivation;
}
