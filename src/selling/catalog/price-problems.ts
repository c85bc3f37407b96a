import { type PriceProblemCode, priceProblems } from '../../rules/pricing.ts';
import { modelField, modelKind, type PriceTermsInput } from './price-input.ts';
import { pricesQuantity, ruleModel, storedModel } from './price-model.ts';

/** Something that is wrong with a price; the path leads from the price to the field of the input. */
export interface PriceInputProblem {
  path: string[];
  message: string;
}

/** What the rules call otherwise than the API: fields of models, and terms beside the model. */
const modelFields: Readonly<Record<string, string>> = {
  amountMinor: 'amount',
  ratePercent: 'percent',
};
const termFields: Readonly<Record<string, string>> = {
  minimumMinor: 'minimumSpend',
  maximumMinor: 'maximumSpend',
  freeUsage: 'freeUnits',
};

/** What to do where the rules only say what is wrong. */
const advice: Partial<Record<PriceProblemCode, string>> = {
  TIERS_DO_NOT_ASCEND: 'Each tier must end above the one before it, and the first one above zero: raise this limit.',
  LAST_TIER_HAS_LIMIT: 'The last tier is without limit: leave its limit out, or add a tier behind it.',
  TIER_WITHOUT_LIMIT: 'Only the last tier is without limit: give this one a limit.',
  MINIMUM_ABOVE_MAXIMUM: 'The minimum must not exceed the maximum: lower it, or raise the maximum.',
  NOT_FOR_THIS_MODEL: 'A price of this model has no quantity of which units could be free: leave this out.',
  NOT_POSITIVE: 'This must be above zero.',
};

/** All that is wrong with a price, by the rules; none if it can be offered. RangeError for a currency without minor units. */
export function problemsOf(price: PriceTermsInput, currency: string): PriceInputProblem[] {
  const model = ruleModel({ ...storedModel(price), currency });
  const found = priceProblems(model, currency).map(({ path, code, message }) => ({
    path: inputPath(price, path),
    message: advice[code] ?? message,
  }));
  // The rules would take free units of a graduated percentage for money; here a first tier at 0 percent says it.
  const quantityless = !pricesQuantity(modelKind(price.model)) && price.freeUnits !== undefined;
  if (quantityless && found.every(({ path }) => path[0] !== 'freeUnits')) {
    found.push({ path: ['freeUnits'], message: advice.NOT_FOR_THIS_MODEL! });
  }
  return found;
}

function inputPath({ model }: PriceTermsInput, path: readonly string[]): string[] {
  const term = termFields[path[0] ?? ''];
  if (term) return [term];
  return ['model', modelField(model), ...path.map((part) => modelFields[part] ?? part)];
}
