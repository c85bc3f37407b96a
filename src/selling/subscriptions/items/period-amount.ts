import { sum } from '../../../rules/money.ts';
import type { BillableItem } from './billable-item.ts';
import { PriceBook } from './price-book.ts';

/**
 * What a whole period costs, without what is billed once. AMOUNT_TOO_LARGE at once for what could never be billed, also
 * where a trial comes first.
 */
export function periodAmount(items: readonly BillableItem[], at: Date): bigint {
  return amountOf(items, at, ({ billingMode }) => billingMode !== 'once');
}

/** What is billed once and was not yet: minor units. Errors as `periodAmount`. */
export function billedOnceAmount(items: readonly BillableItem[], at: Date): bigint {
  return amountOf(items, at, ({ billingMode, billedOnceAt }) => billingMode === 'once' && !billedOnceAt);
}

function amountOf(items: readonly BillableItem[], at: Date, counts: (item: BillableItem) => boolean): bigint {
  const book = new PriceBook();
  const whole = { start: at, end: at };
  const amounts = items.map((item) => ({ item, amount: book.price(item, whole, whole).amountMinor }));
  return sum(amounts.map(({ item, amount }) => (counts(item) ? amount : 0n)));
}
