import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { withinPaid } from '../../../rules/change-proration.ts';
import type { Period } from '../../../rules/period.ts';
import type { Derivation } from '../../../rules/pricing.ts';
import type { ShareMode } from '../../../rules/proration.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { heirsOf } from '../items/heirs.ts';
import type { Settlement } from '../items/pending-change.ts';
import type { PriceBook } from '../items/price-book.ts';
import { chargesFor, reversalsFor, waived } from './period-charges.ts';

interface Changed {
  ended: readonly BillableItem[];
  begun: readonly BillableItem[];
}

/** What a change within a period bills of the rest of it; where it is not settled also what it takes back. */
export function comingCharges(
  subscription: Billable,
  changed: Changed,
  rest: Period,
  book: PriceBook,
  { mode, settle }: { mode: ShareMode; settle: Settlement },
): ChargeDraft[] {
  if (settle === 'none') return unsettledCharges(subscription, changed, rest, book, mode);
  return chargesFor(subscription, 'advance', rest, book, { items: changed.begun, mode });
}

/**
 * Lines of a change within a period that is not settled: what was billed for the rest goes over to what takes its place, as far as that
 * costs as much, with its discount; what is beyond stays with the merchant, or is free until the period ends. So nothing is owed and
 * nothing is given back now, and later changes and ends know what was paid for. Something new costs nothing until then.
 */
function unsettledCharges(
  subscription: Billable,
  { ended, begun }: Changed,
  rest: Period,
  book: PriceBook,
  mode: ShareMode,
): ChargeDraft[] {
  const partsOf = (item: BillableItem, part: Period) =>
    chargesFor(subscription, 'advance', part, book, { items: [item], mode });
  const back = reversalsFor(subscription, ended, rest.start, book, { creditBasis: 'moved', mode, begun });
  const heirs = heirsOf(ended, begun);
  const pairs = back.flatMap((charge) => {
    const item = heirs.get(charge.subscriptionItemId!);
    const [there] = item ? partsOf(item, { start: charge.periodStart!, end: charge.periodEnd! }) : [];
    if (!item || !there) return [charge];
    return [charge, goingOnWith(subscription, charge, there)];
  });
  const billed = new Map(begun.map(({ id }) => [id, pairs.filter((one) => one.subscriptionItemId === id)]));
  // What nothing was paid for is free: something new, or time of it that was freed by a note.
  const free = begun.flatMap((item) => gapsOf(rest, billed.get(item.id)!).flatMap((gap) => waived(partsOf(item, gap))));
  return [...pairs, ...free];
}

function goingOnWith({ currency }: Billable, back: ChargeDraft, there: ChargeDraft): ChargeDraft {
  const line = { amountMinor: there.amount, derivation: there.derivation as Derivation };
  const { amountMinor, derivation } = withinPaid(line, -back.amount, currency);
  return {
    ...there,
    ...{ amount: amountMinor, derivation, discount: -(back.discount ?? 0n) },
    ...{ discountOf: back.discountOf ?? null, goesOnFrom: back.periodEnd! },
    ...(back.parties ? { parties: back.parties } : {}),
  };
}

/** The times of a stretch that no charge is for. */
function gapsOf({ start, end }: Period, charges: readonly ChargeDraft[]): Period[] {
  const gaps: Period[] = [];
  let from = start;
  for (const { periodStart, periodEnd } of [...charges].sort((one, other) => +one.periodStart! - +other.periodStart!)) {
    if (periodStart! > from) gaps.push({ start: from, end: periodStart! });
    if (periodEnd! > from) from = periodEnd!;
  }
  if (from < end) gaps.push({ start: from, end });
  return gaps;
}
