import type { Billable } from './billable.ts';
import { type ChangedItems, changeItems } from './change-items.ts';
import type { ItemsPending, PendingChange } from './pending-change.ts';

/** A subscription as changes of its items leave it; nothing else of it changes. Pure. */
export function withItemsChanged<Ground extends Pick<Billable, 'items' | 'intervalUnit' | 'intervalCount'>>(
  subscription: Ground,
  { ended, begun, interval }: ChangedItems,
): Ground {
  const ends = new Map(ended.map((item) => [item.id, item]));
  return {
    ...subscription,
    items: [...subscription.items.map((item) => ends.get(item.id) ?? item), ...begun],
    intervalUnit: interval?.unit ?? subscription.intervalUnit,
    intervalCount: interval?.count ?? subscription.intervalCount,
  };
}

/**
 * The subscription as the pending changes of its items leave it that come before an instant (all of them if none is
 * given), and those of them that do not fit what is there by then. Pure.
 */
export function projectItems(subscription: Billable, before?: Date): { projected: Billable; misfits: ItemsPending[] } {
  let projected = subscription;
  const misfits: ItemsPending[] = [];
  for (const change of subscription.pending) {
    if (change.kind !== 'items' || (before && change.effectiveAt >= before)) continue;
    const changed = changeItems(projected, change, change.effectiveAt);
    if (changed) projected = withItemsChanged(projected, changed);
    else misfits.push(change);
  }
  return { projected, misfits };
}

/** Pending changes in the order in which they are carried out. */
export function inOrder(pending: readonly PendingChange[]): PendingChange[] {
  return [...pending].sort((one, other) => one.effectiveAt.getTime() - other.effectiveAt.getTime());
}
