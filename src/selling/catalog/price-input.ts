import { z } from 'zod';
import { isDecimal, LARGEST_INPUT_MINOR } from '../../rules/money.ts';
import { MOST_TIERS } from '../../rules/pricing.ts';

/** Decimals of a unit price in minor units: with the four digits of the finest currency they fit the twelve of the rules. */
const unitAmountLimits = { maxIntegerDigits: 15, maxFractionDigits: 8 };
const quantityLimits = { maxIntegerDigits: 12, maxFractionDigits: 6 };
const percentLimits = { maxIntegerDigits: 6, maxFractionDigits: 8 };
/** Far beyond the events of any period. */
const mostFreeEvents = 1_000_000_000;

const decimalInput = (limits: Parameters<typeof isDecimal>[1], message: string) =>
  z.string().refine((text) => isDecimal(text, limits) && !text.startsWith('-'), message);

const unitAmountInput = decimalInput(
  unitAmountLimits,
  'A decimal of minor units, not negative, at most 15 digits before the point and 8 after it.',
);
const quantityInput = decimalInput(
  quantityLimits,
  'A decimal that is not negative, at most 12 digits before the point and 6 after it.',
);
const percentInput = decimalInput(
  percentLimits,
  'A percentage that is not negative, at most 6 digits before the point and 8 after it.',
);
const amountInput = z
  .bigint()
  .refine((amount) => amount >= 0n && amount <= LARGEST_INPUT_MINOR, 'An amount of 0 to 10^15 minor units.');

/** Null and absent are one: without a limit. */
const limit = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);

const tiersOf = <T extends z.ZodType>(tier: T) =>
  z
    .array(tier)
    .min(1, 'A price by tiers has at least one tier.')
    .max(MOST_TIERS, `A price has at most ${MOST_TIERS} tiers.`);

const unitPrice = z.object({ unitAmount: unitAmountInput });
const zeroUsage = optional(z.enum(['bills_first_flat', 'bills_nothing']));

const tieredPrice = z.object({
  tiers: tiersOf(
    z.object({ upTo: limit(quantityInput), unitAmount: unitAmountInput, flatAmount: optional(amountInput) }),
  ),
  zeroUsage,
});

const packagePrice = z.object({
  packageSize: quantityInput,
  packageAmount: unitAmountInput,
  rounding: optional(z.enum(['up', 'down'])),
});

const percentagePrice = z.object({
  percent: percentInput,
  fixedAmount: optional(unitAmountInput),
  freeEvents: optional(z.int().min(0).max(mostFreeEvents, 'At most 1,000,000,000 events.')),
  freeAmount: optional(unitAmountInput),
  perTransactionMinimum: optional(unitAmountInput),
  perTransactionMaximum: optional(unitAmountInput),
});

const graduatedPercentagePrice = z.object({
  tiers: tiersOf(z.object({ upTo: limit(unitAmountInput), percent: percentInput, flatAmount: optional(amountInput) })),
  zeroUsage,
});

const dynamicPrice = z.object({ multiplier: optional(quantityInput) });

/** How a price becomes an amount: exactly one of the models. */
export const priceModelSchema = z.union([
  z.object({ flat: z.object({ amount: amountInput }) }),
  z.object({ perSeat: unitPrice }),
  z.object({ perUnit: unitPrice }),
  z.object({ graduated: tieredPrice }),
  z.object({ volume: tieredPrice }),
  z.object({ package: packagePrice }),
  z.object({ percentage: percentagePrice }),
  z.object({ graduatedPercentage: graduatedPercentagePrice }),
  z.object({ dynamic: dynamicPrice }),
]);

export type PriceModelInput = z.output<typeof priceModelSchema>;

/** What a price says beside its model: limits of a period in minor units, and units that cost nothing. */
export const priceTermsShape = {
  minimumSpend: optional(amountInput),
  maximumSpend: optional(amountInput),
  freeUnits: optional(quantityInput),
};

/** A model with its terms: what a price of a plan, an override and a quote have in common. */
export interface PriceTermsInput {
  model: PriceModelInput;
  minimumSpend?: bigint | undefined;
  maximumSpend?: bigint | undefined;
  freeUnits?: string | undefined;
}

const kinds = {
  flat: 'flat',
  perSeat: 'per_seat',
  perUnit: 'per_unit',
  graduated: 'graduated',
  volume: 'volume',
  package: 'package',
  percentage: 'percentage',
  graduatedPercentage: 'graduated_percentage',
  dynamic: 'dynamic',
} as const;

type ModelField = keyof typeof kinds;
/** The words of column `model`. */
export type ModelKind = (typeof kinds)[ModelField];

/** The one field of the input that is given. */
export function modelField(model: PriceModelInput): ModelField {
  return Object.keys(model)[0] as ModelField;
}

/** Which kind of model a price has: the word of column `model`. */
export function modelKind(model: PriceModelInput): ModelKind {
  return kinds[modelField(model)];
}
