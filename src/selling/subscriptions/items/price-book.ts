import { DomainError } from '../../../platform/errors.ts';
import { priceToMinor } from '../../../rules/currency.ts';
import { isStorableAmount } from '../../../rules/money.ts';
import type { Period } from '../../../rules/period.ts';
import type { PricedComponent, PriceModel } from '../../../rules/pricing.ts';
import { type ShareMode, shareOfPeriod } from '../../../rules/proration.ts';
import { type Priceable, priceAmount, ruleModel } from '../../catalog/index.ts';
import type { BillableItem, BillablePrice } from './billable-item.ts';

/** How shares of a period are measured; by day in a zone. */
export interface ShareBy {
  mode?: ShareMode;
  timezone?: string;
}

/**
 * Prices of one batch. Each price is parsed once and each whole period of one price and quantity is computed once: most
 * subscriptions of a run have the same few.
 */
export class PriceBook {
  readonly #models = new Map<string, PriceModel>();
  readonly #whole = new Map<string, PricedComponent>();

  /**
   * What an item costs for `part` of `period`, rounded once; shares are by second unless said otherwise. RangeError for a
   * price that can not be read, AMOUNT_TOO_LARGE for an amount that does not fit the books.
   */
  price(item: BillableItem, period: Period, part: Period, by: ShareBy = {}): PricedComponent {
    const isWhole = period.start.getTime() === part.start.getTime() && period.end.getTime() === part.end.getTime();
    if (!isWhole) {
      const { mode = 'by_second', timezone } = by;
      return this.#compute(item, { fraction: shareOfPeriod(period, part, mode, timezone), mode });
    }
    // By the price that is paid: an override is none of the prices it stands for.
    const key = `${item.price.id} ${item.quantity}`;
    const known = this.#whole.get(key);
    if (known) return known;
    const priced = this.#compute(item);
    this.#whole.set(key, priced);
    return priced;
  }

  #compute(item: BillableItem, share?: Priceable['share']): PricedComponent {
    const { price, quantity } = item;
    const priced = priceAmount(this.#model(price), { currency: price.currency, quantity, share });
    if (!isStorableAmount(priced.amountMinor)) {
      throw new DomainError('AMOUNT_TOO_LARGE', 'The amount of a line would be too large.', {
        path: ['input', 'items'],
      });
    }
    return priced;
  }

  #model(price: BillablePrice): PriceModel {
    const known = this.#models.get(price.id);
    if (known) return known;
    const model = ruleModel(price);
    this.#models.set(price.id, model);
    return model;
  }
}

/** Price of one unit as a decimal of minor units: the flat amount, the unit price as it was given, or the average. */
export function unitAmountOf(price: BillablePrice, priced: PricedComponent): string {
  const parameters = price.parameters as { amount?: string; unitAmount?: string };
  return parameters.amount ?? parameters.unitAmount ?? priceToMinor(priced.unitAmount, price.currency);
}
