import { digitsOf } from '../../rules/currency.ts';
import { formatScaled } from '../../rules/money.ts';
import type { PriceModel } from '../../rules/pricing.ts';
import { modelKind, type PriceModelInput } from './catalog.input.ts';

/** What column `parameters` holds: decimal texts of minor units, as JSON has no bigint. */
export type PriceParameters = { amount: string } | { unitAmount: string };

/** A price as far as its arithmetic goes. */
export interface PricedBy {
  model: string;
  parameters: unknown;
  currency: string;
}

/** Columns `model` and `parameters` of a price. */
export function storedModel(model: PriceModelInput): { model: string; parameters: PriceParameters } {
  const kind = modelKind(model);
  if ('flat' in model) return { model: kind, parameters: { amount: model.flat.amount.toString() } };
  const { unitAmount } = 'perSeat' in model ? model.perSeat : model.perUnit;
  return { model: kind, parameters: { unitAmount } };
}

/** The model the rules compute with (unit prices in major units). RangeError for a price this version can not read. */
export function ruleModel(price: PricedBy): PriceModel {
  const parameters = price.parameters as Partial<Record<'amount' | 'unitAmount', unknown>> | null;
  if (price.model === 'flat' && typeof parameters?.amount === 'string' && /^\d{1,18}$/.test(parameters.amount)) {
    return { kind: 'flat', amountMinor: BigInt(parameters.amount) };
  }
  const perUnit = price.model === 'per_seat' || price.model === 'per_unit';
  if (perUnit && typeof parameters?.unitAmount === 'string') {
    return { kind: 'per_unit', unitAmount: majorText(parameters.unitAmount, price.currency) };
  }
  throw new RangeError(`a price of model ${price.model} can not be read`);
}

/** A decimal text of minor units as one of major units, exact: `1250.5` EUR is `12.505`. */
export function majorText(minorText: string, currency: string): string {
  const [whole = '', fraction = ''] = minorText.split('.');
  const scale = digitsOf(currency) + fraction.length;
  return formatScaled(BigInt(whole + fraction), scale);
}

/** Whether quantities of this price are whole numbers of seats. */
export function countsSeats(model: string): boolean {
  return model === 'per_seat';
}
