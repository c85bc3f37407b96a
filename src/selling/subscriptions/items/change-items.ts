import { pricesQuantity } from '../../catalog/index.ts';
import type { Billable } from './billable.ts';
import type { BillableItem, BillablePrice } from './billable-item.ts';
import type { ComingItem, Interval, ItemChange, ItemsTerms } from './pending-change.ts';

/** What a change makes of the items: those that end, and those that begin at the same instant. */
export interface ChangedItems {
  ended: BillableItem[];
  begun: BillableItem[];
  /** The new length of periods; null where it stays. */
  interval: Interval | null;
}

type Ground = Pick<Billable, 'id' | 'items' | 'intervalUnit' | 'intervalCount'>;
type Change = Pick<ItemsTerms, 'changes' | 'interval'>;

/** The items that a subscription goes on with. */
export function standingItems(items: readonly BillableItem[]): BillableItem[] {
  return items.filter((item) => item.activeTo === null);
}

/**
 * Carries the parts of a change out, one after the other, from an instant on. An item is a version: also another quantity
 * ends one and begins one. Null where the change does not fit: a plan or component that leaves is not held, the plan that
 * comes is held already, nothing would be left, or items would have periods of different length. Pure.
 */
export function changeItems(subscription: Ground, change: Change, from: Date): ChangedItems | null {
  const before = standingItems(subscription.items);
  let held = before;
  let position = subscription.items.reduce((last, item) => Math.max(last, item.position), -1) + 1;
  for (const part of change.changes) {
    const leaving = leavingItems(held, part);
    if (!leaving) return null;
    const staying = held.filter((item) => !leaving.includes(item));
    const coming = comingItems(leaving, part, from);
    const isHeld = coming.some((item) => staying.some((other) => other.planId === item.planId));
    if (isHeld && part.kind !== 'set_quantity') return null;
    const begun = coming.map((item) => {
      const place = leaving.find((other) => other.component === item.component)?.position ?? position++;
      return { ...item, subscriptionId: subscription.id, activeFrom: from, activeTo: null, position: place };
    });
    held = [...staying, ...begun];
  }
  const ended = before.filter((item) => !held.includes(item)).map((item) => ({ ...item, activeTo: from }));
  const begun = held.filter((item) => !before.includes(item)).sort((one, other) => one.position - other.position);
  const interval = newInterval(subscription, change);
  const isMixed = interval !== null && held.some((item) => before.includes(item) || isVersion(item, change));
  return held.length === 0 || isMixed ? null : { ended, begun, interval };
}

function newInterval({ intervalUnit, intervalCount }: Ground, { interval }: Change): Interval | null {
  return interval && (interval.unit !== intervalUnit || interval.count !== intervalCount) ? interval : null;
}

/** Whether an item is only another quantity of what was there. */
function isVersion(item: BillableItem, change: Change): boolean {
  return change.changes.some((part) => part.kind === 'set_quantity' && part.itemId === item.id);
}

function leavingItems(held: readonly BillableItem[], change: ItemChange): BillableItem[] | null {
  if (change.kind === 'add_plan') return [];
  const leaving = held.filter(
    (item) => item.planId === change.planId && (change.kind !== 'set_quantity' || item.component === change.component),
  );
  return leaving.length > 0 ? leaving : null;
}

type Coming = Omit<ComingItem, 'quantity'> & { quantity: string };

function comingItems(leaving: readonly BillableItem[], change: ItemChange, from: Date): Coming[] {
  switch (change.kind) {
    case 'remove_plan':
      return [];
    case 'set_quantity':
      return leaving.map((item) => ({ ...item, id: change.itemId, quantity: change.quantity }));
    default:
      return change.items
        .filter((item) => !isForNewcomers(leaving, item, from))
        .map((item) => ({
          ...item,
          ...agreedBefore(leaving, item),
          quantity: item.quantity ?? carriedOver(leaving, item),
        }));
  }
}

/** What only another version of the same plan bills once, as a setup fee: who has begun with the plan has signed up without it. */
function isForNewcomers(leaving: readonly BillableItem[], item: ComingItem, from: Date): boolean {
  const before = leaving.filter((one) => one.planId === item.planId);
  if (item.billingMode !== 'once' || before.every(({ activeFrom }) => activeFrom >= from)) return false;
  return !before.some((one) => one.component === item.component && one.billingMode === 'once');
}

/**
 * Another version of a plan does not undo what a customer has of it: the price that was agreed stays unless another is
 * agreed now, and what is billed once is not billed again.
 */
function agreedBefore(leaving: readonly BillableItem[], item: ComingItem): Partial<BillableItem> {
  const before = leaving.find((one) => one.planId === item.planId && one.component === item.component);
  if (!before) return {};
  const isBilledAlike = before.billingMode === item.billingMode;
  const { priceOverrideId, override = null, billedOnceAt = null } = before;
  const keepsPrice = isBilledAlike && priceOverrideId !== null && item.priceOverrideId === null;
  return {
    ...(isBilledAlike && billedOnceAt ? { billedOnceAt } : {}),
    ...(keepsPrice ? { priceOverrideId, override, price: atPriceOf(before, item) } : {}),
  };
}

/** What the new version says of the price, with the amounts that were agreed. */
function atPriceOf({ price: { id, model, parameters } }: BillableItem, { price }: ComingItem): BillablePrice {
  return { ...price, id, model, parameters };
}

/** As many as before, where the component is still there and its price counts anything. */
function carriedOver(leaving: readonly BillableItem[], item: ComingItem): string {
  if (!pricesQuantity(item.price.model)) return '1';
  const before = leaving.find((one) => one.component === item.component && pricesQuantity(one.price.model));
  return before?.quantity ?? '1';
}

/**
 * Items of a subscription that ends: those that are still held are held until then. Of those billed afterwards nothing is owed that
 * begin at the very instant at which it is ended (`asked`): they were not held, however much later the others may end.
 */
export function endItems(items: readonly BillableItem[], at: Date, asked = at): BillableItem[] {
  return items.map((item) => {
    const { activeFrom, activeTo, billingMode } = item;
    if (activeTo && activeTo <= at) return item;
    const isNothing = activeFrom > at || (billingMode === 'arrears' && activeFrom >= asked);
    return { ...item, activeTo: isNothing ? activeFrom : at };
  });
}

/** What an ended subscription had at its end, one item of each component; also what was held for nothing, as it ended where it began. */
export function heldAtEnd({
  items,
  endedAt,
  currentPeriodStart: begun,
}: Pick<Billable, 'items' | 'endedAt' | 'currentPeriodStart'>): BillableItem[] {
  const isLast = (item: BillableItem, index: number) =>
    items.findLastIndex((other) => other.planId === item.planId && other.component === item.component) === index;
  const isHeld = ({ activeFrom, activeTo }: BillableItem) =>
    activeTo! >= endedAt! || (begun !== null && [+activeFrom, +activeTo!, +endedAt! - 1].every((at) => at === +begun));
  return items.filter((item, index) => isHeld(item) && isLast(item, index));
}

/**
 * The first instant from `at` on at which items may end. A line may not begin where its item ends, so an end at the very
 * instant that an item was billed from comes a millisecond later.
 */
export function firstFreeInstant(
  { status, currentPeriodStart, billed }: Pick<Billable, 'status' | 'currentPeriodStart' | 'billed'>,
  items: readonly BillableItem[],
  at: Date,
): Date {
  if (status === 'incomplete' || currentPeriodStart === null) return at;
  let from = at.getTime();
  for (const { id, activeFrom, billingMode } of items) {
    const isBilled = billingMode === 'advance' && status !== 'trialing';
    const begins = isBilled ? Math.max(activeFrom.getTime(), currentPeriodStart.getTime()) + 1 : activeFrom.getTime();
    from = Math.max(from, begins);
    for (const { itemId, start } of billed) {
      if (itemId === id && start.getTime() === from) from += 1;
    }
  }
  return new Date(from);
}
