import type { IntervalUnit } from '../../../rules/calendar.ts';
import { daysIn, monthsIn } from '../../../rules/calendar.ts';
import { add, compare, multiply, type Rational, rational } from '../../../rules/rational.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { standingItems } from '../items/change-items.ts';
import type { ItemChange } from '../items/pending-change.ts';
import type { PriceBook } from '../items/price-book.ts';

/** Where a change leads, by what the subscription is worth a month before and after. */
export type ChangeDirection =
  | 'upgrade'
  | 'downgrade'
  | 'quantity_up'
  | 'quantity_down'
  | 'interval_longer'
  | 'interval_shorter';

type Standing = Pick<Billable, 'items' | 'intervalUnit' | 'intervalCount'>;

/**
 * The direction of a change: another length of periods first, else more or fewer of the same, else a dearer or cheaper
 * choice; what is worth as much as before counts as the dearer one. Pure.
 */
export function directionOf(
  before: Standing,
  after: Standing,
  changes: readonly ItemChange[],
  book: PriceBook,
): ChangeDirection {
  const length = compare(daysOf(after), daysOf(before));
  if (length !== 0) return length > 0 ? 'interval_longer' : 'interval_shorter';
  const isMore = compare(monthlyValue(after, book), monthlyValue(before, book)) >= 0;
  if (changes.every((change) => change.kind === 'set_quantity')) return isMore ? 'quantity_up' : 'quantity_down';
  return isMore ? 'upgrade' : 'downgrade';
}

/**
 * Whether a change makes an account owe more than before, or earlier: periods that are longer, or are worth more a month, or
 * something that is billed once. Pure.
 */
export function owesMore(before: Standing, after: Standing, book: PriceBook): boolean {
  return (
    compare(daysOf(after), daysOf(before)) > 0 ||
    compare(monthlyValue(after, book), monthlyValue(before, book)) > 0 ||
    valueOnce(after, book) > valueOnce(before, book)
  );
}

/** What is billed once and was not yet: minor units. */
function valueOnce({ items }: Standing, book: PriceBook): bigint {
  const due = standingItems(items).filter((item) => item.billingMode === 'once' && !item.billedOnceAt);
  return due.reduce((sum, item) => sum + wholePrice(item, book), 0n);
}

/** Average days of a period: a year has 365 days here, a month a twelfth of it. */
function daysOf({ intervalUnit, intervalCount }: Standing): Rational {
  const unit = intervalUnit as IntervalUnit;
  const months = monthsIn(unit);
  const days =
    months === null ? rational(BigInt(daysIn(unit as 'day' | 'week'))) : rational(BigInt(months) * 365n, 12n);
  return multiply(days, rational(BigInt(intervalCount)));
}

function monthlyValue(standing: Standing, book: PriceBook): Rational {
  const days = daysOf(standing);
  const value = standingItems(standing.items)
    // A setup fee is paid once and worth nothing a month.
    .filter((item) => item.billingMode !== 'once')
    .map((item) => rational(wholePrice(item, book)))
    .reduce(add, rational(0n));
  return rational(value.numerator * days.denominator, value.denominator * days.numerator);
}

function wholePrice(item: BillableItem, book: PriceBook): bigint {
  const whole = { start: item.activeFrom, end: item.activeFrom };
  return book.price(item, whole, whole).amountMinor;
}
