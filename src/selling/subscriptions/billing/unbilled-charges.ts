import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { shareOfBilled, withBilled, withinPaid } from '../../../rules/change-proration.ts';
import { sum } from '../../../rules/money.ts';
import type { Period } from '../../../rules/period.ts';
import type { Derivation } from '../../../rules/pricing.ts';
import { wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem, UnsettledLine } from '../items/billable-item.ts';
import { successorsOf } from '../items/heirs.ts';
import type { PriceBook } from '../items/price-book.ts';
import { chargesFor, reversalsFor, waived } from './period-charges.ts';

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
 * What an item owes for the rest of a period. Where a change that is not settled (`settle: NONE`) has brought it, time that was paid for
 * and given back since costs what was paid; for the time after that it costs what it took the place of, and something new nothing.
 */
function restOf(subscription: Billable, item: BillableItem, rest: Period, book: PriceBook): ChargeDraft | undefined {
  const [charge] = chargesFor(subscription, 'advance', rest, book, { items: [item] });
  const { currency } = subscription;
  const period = wholePeriodOf(subscription, rest.start);
  const line = charge && unsettledLineOf(subscription, item, period);
  if (!line) return charge;
  const paidTo = new Date(Math.min(Math.max(+line.end, +rest.start), +rest.end));
  const parts: Period[] = [
    { start: rest.start, end: paidTo },
    { start: paidTo, end: rest.end },
  ];
  const [paid, coming] = parts.map((part) => (part.start < part.end ? part : null));
  const costs = [
    ...(paid ? [shareOfBilled(line.amount, line, paid, { currency })] : []),
    ...(coming ? payingFor(subscription, item, period).map((one) => book.price(one, period, coming)) : []),
  ];
  const [first, ...others] = costs;
  if (!first) return waived([charge])[0];
  const whole = others.reduce((all, { amountMinor }) => withBilled(all, amountMinor, currency), {
    amountMinor: first.amountMinor,
    derivation: first.derivation,
  });
  const { amountMinor, derivation } = withinPaid(whole, whole.amountMinor, currency);
  return { ...charge, amount: amountMinor, derivation };
}

/** The last line of an item in a period that asks for what was paid for its time. */
function unsettledLineOf(
  { unsettled }: Billable,
  item: BillableItem,
  { start, end }: Period,
): UnsettledLine | undefined {
  return unsettled.findLast((line) => line.itemId === item.id && line.start >= start && line.start < end);
}

/**
 * The items whose prices are paid in a period: the one itself, or what it took the place of without being settled; nothing for what
 * is new. What only a plan before had goes with what came for that plan; one that was removed is not held, and no more of it is billed.
 */
function payingFor(subscription: Billable, item: BillableItem, period: Period): BillableItem[] {
  if (unsettledLineOf(subscription, item, period) === undefined) return [item];
  const items = subscription.items.filter(({ billingMode }) => billingMode === 'advance');
  const begun = items.filter(
    ({ activeFrom, activeTo }) => +activeFrom === +item.activeFrom && +activeFrom !== +(activeTo ?? 0),
  );
  const before = items.filter((one) => +(one.activeTo ?? 0) === +item.activeFrom && !begun.includes(one));
  const successors = successorsOf(before, begun);
  const places = before.filter(({ id }) => successors.get(id) === item);
  return places.flatMap((one) => payingFor(subscription, one, period));
}
