import { type ChargeDraft, unusedTime } from '../../../collecting/invoicing/index.ts';
import { billedAnew, discountTakenBack, shareOfBilled, takeBack } from '../../../rules/change-proration.ts';
import type { Period } from '../../../rules/period.ts';
import type { Derivation, PricedComponent } from '../../../rules/pricing.ts';
import type { ShareMode } from '../../../rules/proration.ts';
import { wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem, BilledStretch } from '../items/billable-item.ts';
import { heirsOf } from '../items/heirs.ts';
import type { CreditBasis } from '../items/pending-change.ts';
import { type PriceBook, type ShareBy, unitAmountOf } from '../items/price-book.ts';

/** Charges of items of one billing mode for a stretch within one period of the row; a partial one is prorated. */
export function chargesFor(
  subscription: Billable,
  billingMode: 'advance' | 'arrears',
  stretch: Period,
  book: PriceBook,
  options: { items?: readonly BillableItem[]; mode?: ShareMode | undefined } = {},
): ChargeDraft[] {
  const items = (options.items ?? subscription.items).filter((item) => item.billingMode === billingMode);
  if (items.length === 0) return [];
  const period = wholePeriodOf(subscription, stretch.start);
  return items.flatMap((item) => {
    const part = partOf(item, stretch);
    if (!part) return [];
    const priced = book.price(item, period, part, shareBy(subscription, options.mode));
    return [
      { ...chargeOf(subscription, item, part, priced), amount: priced.amountMinor, derivation: priced.derivation },
    ];
  });
}

/** The same lines for nothing: the time is billed, so that the books have no gap, and costs nothing. Fees stay as they are. */
export function waived(charges: readonly ChargeDraft[]): ChargeDraft[] {
  return charges.map((charge) => {
    if (charge.kind !== 'recurring' || charge.amount === 0n) return charge;
    const derivation = charge.derivation as Derivation;
    const steps = [...derivation.steps, { step: 'multiply', factor: '0', amount: '0' }];
    return { ...charge, amount: 0n, discount: 0n, derivation: { ...derivation, steps } };
  });
}

/** The part of a stretch in which an item is held, or null. */
export function partOf(item: BillableItem, stretch: Period): Period | null {
  const start = later(item.activeFrom, stretch.start);
  const end = item.activeTo ? earlier(item.activeTo, stretch.end) : stretch.end;
  return start.getTime() < end.getTime() ? { start, end } : null;
}

/** Whether unused time is given back, how it is measured, and the items that begin as others end. */
interface ReversalTerms {
  /** `moved`: as far as what begins in its place costs as much; without settlement nothing is given back, it goes on with that. */
  creditBasis: CreditBasis | 'moved';
  mode?: ShareMode | undefined;
  begun?: readonly BillableItem[] | undefined;
}

/**
 * Lines that take back what was billed of items from an instant on: what that time costs at the item's price, or its share of
 * what is left of its line for it where that is something else (a credit note lowered it, a draft was adjusted), with its share of
 * the line's discount. Without credit the time is only freed, but for another quantity of the same: what is still held of it is
 * not billed twice.
 */
export function reversalsFor(
  subscription: Billable,
  items: readonly BillableItem[],
  from: Date,
  book: PriceBook,
  terms: ReversalTerms,
): ChargeDraft[] {
  const heirs = heirsOf(items, terms.begun ?? []);
  return items.flatMap((item) =>
    subscription.billed
      .filter((stretch) => stretch.itemId === item.id && stretch.end.getTime() > from.getTime())
      .map((stretch) => reversalOf(subscription, item, stretch, from, book, { ...terms, heir: heirs.get(item.id) })),
  );
}

function reversalOf(
  subscription: Billable,
  item: BillableItem,
  stretch: BilledStretch,
  from: Date,
  book: PriceBook,
  terms: ReversalTerms & { heir: BillableItem | undefined },
): ChargeDraft {
  const { mode } = terms;
  const part = { start: later(from, stretch.start), end: stretch.end };
  const period = wholePeriodOf(subscription, part.start);
  const priced = book.price(item, period, part, shareBy(subscription, mode));
  const most = mostGiven(subscription, item, stretch, part, book, terms);
  const worth = most > 0n ? worthOf(subscription, item, stretch, part, book, mode) : priced;
  const taken = takeBack(worth, most, subscription.currency);
  return {
    ...chargeOf(subscription, item, part, priced),
    description: unusedTime(item.price.description),
    amount: taken.amountMinor,
    discount: -discountTakenBack(-taken.amountMinor, stretch.amount, stretch.discount),
    discountOf: { amount: stretch.amount, discount: stretch.discount },
    derivation: taken.derivation,
    reversesLineId: stretch.lineId,
    taxes: stretch.taxes,
    parties: stretch.parties,
  };
}

/**
 * Lines that take back what was billed of items from an instant on, each with one that bills the same for the same time at
 * another place: `to` says where an instant of an item lies now.
 */
export function movedCharges(
  subscription: Billable,
  items: readonly BillableItem[],
  from: Date,
  book: PriceBook,
  to: (instant: Date, item: BillableItem) => Date,
): ChargeDraft[] {
  const back = reversalsFor(subscription, items, from, book, { creditBasis: 'time' });
  return back.flatMap((charge) => {
    const item = items.find(({ id }) => id === charge.subscriptionItemId)!;
    // What is moved pays for itself, on an invoice of who paid for it.
    const { reversesLineId: _line, taxes: _taxes, ...place } = charge;
    const there: ChargeDraft = {
      ...place,
      description: item.price.description,
      periodStart: to(charge.periodStart!, item),
      periodEnd: to(charge.periodEnd!, item),
      amount: -charge.amount,
      discount: -(charge.discount ?? 0n),
      derivation: billedAnew(charge.derivation as Derivation),
      goesOnFrom: charge.periodEnd!,
    };
    return [charge, there];
  });
}

/** The most that may be given back of a part of a billed stretch: without credit, what another quantity of the same costs there. */
function mostGiven(
  subscription: Billable,
  item: BillableItem,
  stretch: BilledStretch,
  part: Period,
  book: PriceBook,
  { creditBasis, mode, heir }: ReversalTerms & { heir: BillableItem | undefined },
): bigint {
  if (creditBasis === 'time') return stretch.amount;
  const isSame = heir?.priceId === item.priceId && heir.priceOverrideId === item.priceOverrideId;
  if (!heir || (creditBasis === 'none' && !isSame)) return 0n;
  const period = wholePeriodOf(subscription, part.start);
  const { amountMinor } = book.price(heir, period, part, shareBy(subscription, mode));
  return amountMinor < stretch.amount ? amountMinor : stretch.amount;
}

/** What a part of a billed stretch is worth: its price, as long as that is what was billed; else its share of what is left of that. */
function worthOf(
  subscription: Billable,
  item: BillableItem,
  stretch: BilledStretch,
  part: Period,
  book: PriceBook,
  mode: ShareMode | undefined,
): Pick<PricedComponent, 'amountMinor' | 'derivation'> {
  const { currency, timezone } = subscription;
  const period = wholePeriodOf(subscription, part.start);
  // A part of a period that was billed by the other measure was billed something else.
  const listed = book.price(item, period, stretch, shareBy(subscription, mode));
  if (listed.amountMinor === stretch.amount) return book.price(item, period, part, shareBy(subscription, mode));
  return shareOfBilled(stretch.amount, stretch, part, { currency, mode, timezone });
}

/** What a charge of an item says, but for its amount. */
export function chargeOf(
  subscription: Billable,
  item: BillableItem,
  part: Period,
  priced: PricedComponent,
): Omit<ChargeDraft, 'amount' | 'derivation'> {
  return {
    kind: 'recurring',
    accountId: subscription.accountId,
    subscriptionId: subscription.id,
    subscriptionItemId: item.id,
    component: item.component,
    priceId: item.priceId,
    taxCategory: item.price.taxCategory ?? null,
    description: item.price.description,
    periodStart: part.start,
    periodEnd: part.end,
    quantity: priced.quantity,
    unitAmount: unitAmountOf(item.price, priced),
  };
}

const shareBy = ({ timezone }: Billable, mode: ShareMode | undefined): ShareBy => (mode ? { mode, timezone } : {});

const earlier = (one: Date, other: Date): Date => (one.getTime() <= other.getTime() ? one : other);
export const later = (one: Date, other: Date): Date => (one.getTime() >= other.getTime() ? one : other);
