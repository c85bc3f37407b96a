import { z } from 'zod';
import { freeText, longText, metadataInput } from '../../platform/free-text.ts';
import { findCurrency, isBillableCurrency } from '../../rules/currency.ts';
import { isDecimal } from '../../rules/money.ts';

/** Decimals of a unit price in minor units: with the four digits of the finest currency they fit the twelve of the rules. */
const unitAmountLimits = { maxIntegerDigits: 15, maxFractionDigits: 8 };
const largestFlatAmount = 10n ** 15n;
/** Prices of one version: components × currencies. */
const mostPrices = 100;

const unitPrice = z.object({
  unitAmount: z
    .string()
    .refine(
      (text) => isDecimal(text, unitAmountLimits) && !text.startsWith('-'),
      'A decimal of minor units, not negative, at most 15 digits before the point and 8 after it.',
    ),
});

export const priceModelSchema = z.union([
  z.object({
    flat: z.object({
      amount: z
        .bigint()
        .refine((amount) => amount >= 0n && amount <= largestFlatAmount, 'An amount of 0 to 10^15 minor units.'),
    }),
  }),
  z.object({ perSeat: unitPrice }),
  z.object({ perUnit: unitPrice }),
]);

export type PriceModelInput = z.infer<typeof priceModelSchema>;

const priceSchema = z.object({
  component: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]{0,62}$/,
      'Lower-case letters, digits and underscores, at most 63, beginning with a letter.',
    ),
  name: freeText(200),
  currency: z.string().refine((code) => findCurrency(code) !== undefined, 'A currency code of ISO 4217.'),
  billing: z.enum(['advance', 'arrears']).default('advance'),
  model: priceModelSchema,
});

export type PriceInput = z.infer<typeof priceSchema>;

export const planVersionSchema = z.object({
  intervalUnit: z.enum(['day', 'week', 'month', 'quarter', 'half_year', 'year']),
  intervalCount: z.int().min(1).max(366).default(1),
  trialDays: z.int().min(0).max(730).default(0),
  prices: z.array(priceSchema).min(1).max(mostPrices).superRefine(checkPrices),
  metadata: metadataInput.default({}),
});

export type PlanVersionInput = z.infer<typeof planVersionSchema>;

export const planSchema = z.object({
  name: freeText(200),
  externalId: freeText(255).nullish(),
  tierLabel: freeText(100).nullish(),
  description: longText(2_000).nullish(),
  metadata: metadataInput.default({}),
});

/** Which kind of model a price has: the word of column `model`. */
export function modelKind(model: PriceModelInput): 'flat' | 'per_seat' | 'per_unit' {
  if ('flat' in model) return 'flat';
  return 'perSeat' in model ? 'per_seat' : 'per_unit';
}

/** A component is one thing in every currency: priced once in each, by one model, billed at one end of the period. */
function checkPrices(prices: PriceInput[], context: z.RefinementCtx): void {
  const currencies = new Set(prices.map((price) => price.currency));
  const seen = new Map<string, { first: PriceInput; currencies: Set<string> }>();
  prices.forEach((price, index) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', message, path: [index, field] });
    const known = seen.get(price.component);
    if (!known) {
      seen.set(price.component, { first: price, currencies: new Set([price.currency]) });
      return;
    }
    if (known.currencies.has(price.currency)) refuse('currency', 'The component has a price in this currency already.');
    if (known.first.billing !== price.billing) refuse('billing', 'A component is billed alike in every currency.');
    if (modelKind(known.first.model) !== modelKind(price.model)) {
      refuse('model', 'A component is priced by the same model in every currency.');
    }
    known.currencies.add(price.currency);
  });
  for (const [, component] of seen) {
    if (component.currencies.size < currencies.size) {
      const index = prices.indexOf(component.first);
      context.addIssue({
        code: 'custom',
        message: 'Every component needs a price in every currency of the version.',
        path: [index, 'component'],
      });
    }
  }
}

/** Issues for currencies that money can not be billed in on a day (`YYYY-MM-DD`): withdrawn, or without minor units. */
export function unbillable(prices: readonly PriceInput[], on: string): { index: number; message: string }[] {
  return prices.flatMap((price, index) =>
    isBillableCurrency(price.currency, on) ? [] : [{ index, message: 'This currency is not in use for billing.' }],
  );
}
