import { priceToMajor } from '../../rules/currency.ts';
import { add, formatExact, parseDecimal, type Rational, rational } from '../../rules/money.ts';
import {
  limitsForShare,
  type PricedComponent,
  type PriceInput,
  type PriceModel,
  priceComponent,
} from '../../rules/pricing.ts';

/** What is priced: a quantity, or the amounts of events (decimal texts of minor units) for prices of events. */
export interface Priceable {
  currency: string;
  /** Decimal text; not read for prices of events. */
  quantity: string;
  /** None until events are metered. */
  events?: readonly string[];
  /** The part of the period that is billed; all of it if left out. */
  share?: { fraction: Rational; mode: string } | undefined;
}

/**
 * What a price comes to: the one way from a price to an amount, for bills, previews and quotes alike. The limits of a part of
 * a period are those of its share. RangeError as `priceComponent`.
 */
export function priceAmount(model: PriceModel, { currency, quantity, events = [], share }: Priceable): PricedComponent {
  const limited = share ? limitsForShare(model, share.fraction) : model;
  const input = { currency, ...(share ? { share } : {}) };
  return priceComponent(limited, { ...input, ...supplied(model, currency, quantity, events) });
}

function supplied(
  model: PriceModel,
  currency: string,
  quantity: string,
  events: readonly string[],
): Pick<PriceInput, 'quantity' | 'events' | 'suppliedMinor'> {
  switch (model.kind) {
    case 'percentage':
      return { quantity: String(events.length), events: events.map((amount) => priceToMajor(amount, currency)) };
    case 'dynamic':
      return { quantity: String(events.length), suppliedMinor: events };
    case 'graduated_percentage': {
      const base = events.reduce((sum, amount) => add(sum, parseDecimal(amount)), rational(0n));
      return { quantity: priceToMajor(formatExact(base), currency) };
    }
    default:
      return { quantity };
  }
}
