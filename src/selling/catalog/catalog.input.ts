import { z } from 'zod';
import { taxCategoryInput } from '../../collecting/tax/index.ts';
import { freeText, longText, metadataInput } from '../../platform/free-text.ts';
import { findCurrency, isBillableCurrency, minorUnitDigits } from '../../rules/currency.ts';
import { LARGEST_INPUT_MINOR } from '../../rules/money.ts';
import { modelKind, priceModelSchema, priceTermsShape } from './price-input.ts';
import { pricesEvents } from './price-model.ts';
import { problemsOf } from './price-problems.ts';

/** Prices of one version: components × currencies. */
const mostPrices = 100;

const currencyInput = z.string().refine((code) => findCurrency(code) !== undefined, 'A currency code of ISO 4217.');

const priceSchema = z
  .object({
    component: z
      .string()
      .regex(
        /^[a-z][a-z0-9_]{0,62}$/,
        'Lower-case letters, digits and underscores, at most 63, beginning with a letter.',
      ),
    name: freeText(200),
    currency: currencyInput,
    billing: z.enum(['advance', 'arrears']).nullish(),
    charge: z.enum(['recurring', 'once']).nullish(),
    taxCategory: taxCategoryInput.nullish(),
    model: priceModelSchema,
    ...priceTermsShape,
  })
  .superRefine((price, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', message, path });
    const ofEvents = pricesEvents(modelKind(price.model));
    if (ofEvents && price.billing === 'advance') {
      refuse(['billing'], 'The amounts of events are known when the period is over: bill this in ARREARS.');
    }
    if (ofEvents && price.charge === 'once') {
      refuse(['charge'], 'A price of events is of a period: it is RECURRING.');
    }
    if (price.charge === 'once' && price.billing === 'arrears') {
      refuse(['billing'], 'What is billed once has no period: leave this out.');
    }
    // What is no amount or no currency is refused for itself first.
    if (context.issues.length > 0 || minorUnitDigits(price.currency) === null) return;
    for (const { path, message } of problemsOf(price, price.currency)) refuse(path, message);
  })
  .transform(({ billing, charge, ...price }) => ({ ...price, billingMode: billingModeOf(price, billing, charge) }));

export type PriceInput = z.infer<typeof priceSchema>;

function billingModeOf(
  price: { model: Parameters<typeof modelKind>[0] },
  billing: 'advance' | 'arrears' | null | undefined,
  charge: 'recurring' | 'once' | null | undefined,
): 'advance' | 'arrears' | 'once' {
  if (charge === 'once') return 'once';
  return billing ?? (pricesEvents(modelKind(price.model)) ? 'arrears' : 'advance');
}

const commitmentSchema = z.object({
  currency: currencyInput,
  amountMinor: z
    .bigint()
    .refine((amount) => amount > 0n && amount <= LARGEST_INPUT_MINOR, 'An amount of 1 to 10^15 minor units.'),
});

export const planVersionSchema = z.object({
  intervalUnit: z.enum(['day', 'week', 'month', 'quarter', 'half_year', 'year']),
  intervalCount: z.int().min(1).max(366).default(1),
  trialDays: z.int().min(0).max(730).default(0),
  prices: z.array(priceSchema).min(1).max(mostPrices).superRefine(checkPrices),
  minimumCommitment: z.array(commitmentSchema).max(mostPrices).default([]),
  metadata: metadataInput.default({}),
});

export type PlanVersionInput = z.infer<typeof planVersionSchema>;

export const planSchema = z.object({
  name: freeText(200),
  externalId: freeText(255).nullish(),
  tierLabel: freeText(100).nullish(),
  kind: z.enum(['base', 'add_on']).default('base'),
  description: longText(2_000).nullish(),
  metadata: metadataInput.default({}),
});

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
    if (known.first.billingMode !== price.billingMode) {
      const once = known.first.billingMode === 'once' || price.billingMode === 'once';
      refuse(once ? 'charge' : 'billing', 'A component is billed alike in every currency.');
    }
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

/** Minimum commitments of a version: one a currency, in currencies it has prices in; problems with their positions. */
export function commitmentProblems(version: PlanVersionInput): { index: number; message: string }[] {
  const priced = new Set(version.prices.map((price) => price.currency));
  const currencies = version.minimumCommitment.map((commitment) => commitment.currency);
  return currencies.flatMap((currency, index) => {
    if (!priced.has(currency)) return [{ index, message: 'The version has no prices in this currency.' }];
    if (currencies.indexOf(currency) < index)
      return [{ index, message: 'There is a commitment in this currency already.' }];
    return [];
  });
}

/** Issues for currencies that money can not be billed in on a day (`YYYY-MM-DD`): withdrawn, or without minor units. */
export function unbillable(prices: readonly PriceInput[], on: string): { index: number; message: string }[] {
  return prices.flatMap((price, index) =>
    isBillableCurrency(price.currency, on) ? [] : [{ index, message: 'This currency is not in use for billing.' }],
  );
}
