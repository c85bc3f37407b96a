import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { withBilled } from '../../../rules/change-proration.ts';
import { sum } from '../../../rules/money.ts';
import type { Period } from '../../../rules/period.ts';
import type { Derivation } from '../../../rules/pricing.ts';
import { wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import type { PriceBook } from '../items/price-book.ts';
import { chargesFor, later, reversalsFor, shareBy, waived } from './period-charges.ts';

/**
 * Charges in advance for what of a stretch is not billed yet: time that was paid for is not billed again. Where that is the
 * beginning of it, it is taken back and comes with the rest, for the same: a line that began ahead would outlive an item that
 * ends before.
 */
export function unbilledCharges(subscription: Billable, stretch: Period, book: PriceBook): ChargeDraft[] {
  return subscription.items.flatMap((item) => {
    const ends = subscription.billed.flatMap(({ itemId, end }) => (itemId === item.id ? [end.getTime()] : []));
    const start = new Date(Math.max(stretch.start.getTime(), ...ends));
    if (start.getTime() >= stretch.end.getTime()) return [];
    const rest = restOf(subscription, item, { start, end: stretch.end }, book);
    if (!rest) return [];
    const back = reversalsFor(subscription, [item], stretch.start, book, { creditBasis: 'time' });
    const amount = -sum(back.map((line) => line.amount));
    if (back.length === 0) return [rest];
    return [...back, joined(subscription, { start: back[0]!.periodStart!, end: start, amount }, rest)];
  });
}

/**
 * Planned lines of time that was moved behind a pause, up to an end: the last of each item lasts to there, with what that costs where it
 * would have lain. `ground` is the subscription as it was before, `original` says where an instant lay then.
 */
export function prolonged(
  ground: Billable,
  charges: readonly ChargeDraft[],
  { end, original }: { end: Date; original: (instant: Date) => Date },
  book: PriceBook,
): ChargeDraft[] {
  return charges.map((charge) => {
    const { subscriptionItemId, periodStart, periodEnd, goesOnFrom, amount } = charge;
    const isLast = charges.every(
      (other) => other.subscriptionItemId !== subscriptionItemId || other.periodEnd! <= periodEnd!,
    );
    if (!goesOnFrom || !isLast || periodEnd! >= end) return charge;
    const item = ground.items.find(({ id }) => id === subscriptionItemId)!;
    const rest = restOf(ground, item, { start: goesOnFrom, end: original(end) }, book);
    if (!rest) return charge;
    return { ...joined(ground, { start: periodStart!, end: goesOnFrom, amount }, rest), periodEnd: end };
  });
}

/** One line for time that is paid for (`end`: until when, where it was billed) and the time that follows it. */
function joined(
  { currency }: Billable,
  paid: { start: Date; end: Date; amount: bigint },
  rest: ChargeDraft,
): ChargeDraft {
  const line = { amountMinor: rest.amount, derivation: rest.derivation as Derivation };
  const { amountMinor, derivation } = withBilled(line, paid.amount, currency);
  return { ...rest, periodStart: paid.start, amount: amountMinor, derivation, goesOnFrom: paid.end };
}

/**
 * What an item owes for the rest of a period. Where a change that is not settled (`settle: NONE`) has brought it, that is what it took
 * the place of, for the time after that was paid for; something new costs nothing until the period ends.
 */
function restOf(subscription: Billable, item: BillableItem, rest: Period, book: PriceBook): ChargeDraft | undefined {
  const [charge] = chargesFor(subscription, 'advance', rest, book, { items: [item] });
  const paying = charge && payingFor(subscription, item);
  if (!charge || paying === item) return charge;
  const paidTo = paying && subscription.billed.findLast(({ itemId }) => itemId === paying.id)?.lineEnd;
  const start = paidTo ? later(rest.start, paidTo) : rest.start;
  if (!paying || start >= rest.end) return waived([charge])[0];
  const period = wholePeriodOf(subscription, rest.start);
  const { amountMinor, derivation } = book.price(
    paying,
    period,
    { start, end: rest.end },
    shareBy(subscription, undefined),
  );
  return { ...charge, amount: amountMinor, derivation };
}

/** The item whose price is paid in this period: itself, or what it took the place of without being settled; null if that was nothing. */
function payingFor({ items, billed }: Billable, item: BillableItem): BillableItem | null {
  let paying: BillableItem | undefined = item;
  while (paying) {
    const { id, component, activeFrom }: BillableItem = paying;
    if (!billed.findLast(({ itemId }) => itemId === id)?.isUnsettled) return paying;
    paying = items.find((one) => one.component === component && +(one.activeTo ?? 0) === +activeFrom && one.id !== id);
  }
  return null;
}
