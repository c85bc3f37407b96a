import { z } from 'zod';
import { priceToMajor } from '../../rules/currency.ts';
import type { PriceModel } from '../../rules/pricing.ts';
import { type ModelKind, modelField, modelKind, type PriceTermsInput } from './price-input.ts';

/** A price as far as its arithmetic goes. */
export interface PricedBy {
  model: string;
  parameters: unknown;
  currency: string;
}

/**
 * What column `parameters` holds, model by model: decimal texts of minor units, as JSON has no bigint. Strict, since a
 * parameter that nobody reads would be money that nobody bills.
 */
const whole = z.string().regex(/^\d{1,18}$/);
const decimal = z.string().regex(/^\d{1,18}(\.\d{1,12})?$/);
const terms = { minimumSpend: whole.optional(), maximumSpend: whole.optional(), freeUnits: decimal.optional() };
const zeroUsage = z.enum(['bills_first_flat', 'bills_nothing']).optional();
const unit = z.strictObject({ unitAmount: decimal, ...terms });
const tiered = z.strictObject({
  tiers: z.array(z.strictObject({ upTo: decimal.nullable(), unitAmount: decimal, flatAmount: whole.optional() })),
  zeroUsage,
  ...terms,
});

const storedPrices = {
  flat: z.strictObject({ amount: whole, ...terms }),
  per_seat: unit,
  per_unit: unit,
  graduated: tiered,
  volume: tiered,
  package: z.strictObject({
    packageSize: decimal,
    packageAmount: decimal,
    rounding: z.enum(['up', 'down']).optional(),
    ...terms,
  }),
  percentage: z.strictObject({
    percent: decimal,
    fixedAmount: decimal.optional(),
    freeEvents: z.int().optional(),
    freeAmount: decimal.optional(),
    perTransactionMinimum: decimal.optional(),
    perTransactionMaximum: decimal.optional(),
    ...terms,
  }),
  graduated_percentage: z.strictObject({
    tiers: z.array(z.strictObject({ upTo: decimal.nullable(), percent: decimal, flatAmount: whole.optional() })),
    zeroUsage,
    ...terms,
  }),
  dynamic: z.strictObject({ multiplier: decimal.optional(), ...terms }),
} satisfies Record<ModelKind, z.ZodType>;

type StoredPrices = { [Kind in ModelKind]: { model: Kind; parameters: z.output<(typeof storedPrices)[Kind]> } };

/** The columns of a price, read: its model and what that model needs. */
export type StoredPrice = StoredPrices[ModelKind];

/** What every model's parameters may say beside it, as stored. */
export interface StoredTerms {
  minimumSpend?: string | undefined;
  maximumSpend?: string | undefined;
  freeUnits?: string | undefined;
}

/** As it is stored: amounts as text, and nothing that was not said; a tier without limit says so. */
function storable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(said.map(([name, one]) => [name, storable(one)]));
}

/** Columns `model` and `parameters` of a price. */
export function storedModel(input: PriceTermsInput): { model: ModelKind; parameters: unknown } {
  const { model, minimumSpend, maximumSpend, freeUnits } = input;
  const values = (model as Record<string, object>)[modelField(model)];
  return { model: modelKind(model), parameters: storable({ ...values, minimumSpend, maximumSpend, freeUnits }) };
}

/** The columns of a price, read. RangeError for a price that this version can not read. */
export function readStored(price: Pick<PricedBy, 'model' | 'parameters'>): StoredPrice {
  const schema = Object.hasOwn(storedPrices, price.model) ? storedPrices[price.model as ModelKind] : undefined;
  const read = schema?.safeParse(price.parameters);
  if (!read?.success) throw new RangeError(`a price of model ${price.model} can not be read`);
  return { model: price.model, parameters: read.data } as StoredPrice;
}

/** The model the rules compute with (amounts in major units). RangeError for a price this version can not read. */
export function ruleModel(price: PricedBy): PriceModel {
  const stored = readStored(price);
  const { minimumSpend, maximumSpend, freeUnits }: StoredTerms = stored.parameters;
  return {
    ...chargeModel(stored, price.currency),
    ...(minimumSpend === undefined ? {} : { minimumMinor: BigInt(minimumSpend) }),
    ...(maximumSpend === undefined ? {} : { maximumMinor: BigInt(maximumSpend) }),
    ...(freeUnits === undefined ? {} : { freeUsage: freeUnits }),
  };
}

function chargeModel(stored: StoredPrice, currency: string): PriceModel {
  const major = (text: string) => priceToMajor(text, currency);
  const majorIf = (text: string | undefined) => (text === undefined ? undefined : major(text));
  switch (stored.model) {
    case 'flat':
      return { kind: 'flat', amountMinor: BigInt(stored.parameters.amount) };
    case 'per_seat':
    case 'per_unit':
      return { kind: 'per_unit', unitAmount: major(stored.parameters.unitAmount) };
    case 'graduated':
    case 'volume': {
      const { tiers, zeroUsage } = stored.parameters;
      const inMajor = tiers.map(({ upTo, unitAmount, flatAmount }) => ({
        upTo,
        unitAmount: major(unitAmount),
        flatAmount: majorIf(flatAmount),
      }));
      return { kind: stored.model, tiers: inMajor, zeroUsage };
    }
    case 'package': {
      const { packageSize, packageAmount, rounding } = stored.parameters;
      return { kind: 'package', packageSize, packageAmount: major(packageAmount), rounding };
    }
    case 'percentage': {
      const { percent, freeEvents, ...amounts } = stored.parameters;
      return {
        kind: 'percentage',
        ratePercent: percent,
        freeEvents,
        fixedAmount: majorIf(amounts.fixedAmount),
        freeAmount: majorIf(amounts.freeAmount),
        perTransactionMinimum: majorIf(amounts.perTransactionMinimum),
        perTransactionMaximum: majorIf(amounts.perTransactionMaximum),
      };
    }
    case 'graduated_percentage': {
      const { tiers, zeroUsage } = stored.parameters;
      const inMajor = tiers.map(({ upTo, percent, flatAmount }) => ({
        upTo: upTo === null ? null : major(upTo),
        ratePercent: percent,
        flatAmount: majorIf(flatAmount),
      }));
      return { kind: 'graduated_percentage', tiers: inMajor, zeroUsage };
    }
    case 'dynamic':
      return { kind: 'dynamic', multiplier: stored.parameters.multiplier };
  }
}

/** Whether quantities of this price are whole numbers of seats. */
export function countsSeats(model: string): boolean {
  return model === 'per_seat';
}

const pricedByEvents: ReadonlySet<string> = new Set<ModelKind>(['percentage', 'graduated_percentage', 'dynamic']);

/** Whether a price is of the amounts of events, which are known only when its period is over. */
export function pricesEvents(model: string): boolean {
  return pricedByEvents.has(model);
}

/** Whether a price has a quantity of its own: a flat one and one of events have none, and count as 1. */
export function pricesQuantity(model: string): boolean {
  return model !== 'flat' && !pricesEvents(model);
}
