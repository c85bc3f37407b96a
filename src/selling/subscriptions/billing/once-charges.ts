import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import type { PriceBook } from '../items/price-book.ts';
import type { BillingPlan } from './billing-plan.ts';
import { chargeOf } from './period-charges.ts';

/** What is billed once, with the first paid time of its item, and the items with it: it is never due again. Errors as `PriceBook.price`. */
export function billOnce(
  subscription: Billable,
  at: Date,
  book: PriceBook,
): { items: BillableItem[]; charges: ChargeDraft[] } {
  const due = subscription.items.filter((item) => isDueOnce(item, at));
  return {
    items: subscription.items.map((item) => (due.includes(item) ? { ...item, billedOnceAt: at } : item)),
    charges: due.map((item) => chargeOnce(subscription, item, at, book)),
  };
}

/** Whether an item is billed once, is held at an instant, and was not billed yet. */
function isDueOnce(item: BillableItem, at: Date): boolean {
  if (item.billingMode !== 'once' || item.billedOnceAt) return false;
  return (
    item.activeFrom.getTime() <= at.getTime() && (item.activeTo === null || item.activeTo.getTime() > at.getTime())
  );
}

/** The charge of an item that is billed once: the whole price, of no period. Errors as `PriceBook.price`. */
function chargeOnce(subscription: Billable, item: BillableItem, at: Date, book: PriceBook): ChargeDraft {
  const instant = { start: at, end: at };
  const priced = book.price(item, instant, instant);
  return {
    ...chargeOf(subscription, item, instant, priced),
    kind: 'setup_fee',
    periodStart: null,
    periodEnd: null,
    amount: priced.amountMinor,
    derivation: priced.derivation,
  };
}

/** Marks items that are still to be written with what their first bill has billed once and for all. In place. */
export function markBilledOnce(items: readonly BillableItem[], plan: BillingPlan): void {
  const billed = new Map(plan.items.billedOnce.map(({ id, billedOnceAt }) => [id, billedOnceAt]));
  for (const item of items) item.billedOnceAt = billed.get(item.id) ?? item.billedOnceAt ?? null;
}
