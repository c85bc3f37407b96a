import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { standingItems } from '../items/change-items.ts';
import { loadBillable, standing } from '../items/load-billable.ts';
import type { PendingChange } from '../items/pending-change.ts';

/**
 * Where a verb has left a subscription in this transaction, whose account must be locked: as the verb says it, once the database
 * has taken it, else read anew.
 */
export async function findStanding(
  work: Work,
  { id, standing: known }: { id: string; standing?: Billable },
): Promise<Billable> {
  if (!known) return readStanding(work, id);
  await work.writeOf(standing);
  return known;
}

/** The same as the tables have it, what is gathered for it included. */
export async function readStanding(work: Work, id: string): Promise<Billable> {
  const [subscription] = await loadBillable(work, [id]);
  if (!subscription) throw new Error('the subscription is not of this transaction');
  return subscription;
}

/** What an account has agreed to: equal for two runs of a verb that leave a subscription alike, under whatever ids. */
export function termsOf(subscription: Billable): unknown {
  const { status, currency, anchorAt, trialEnd, endsAt, currentPeriodStart, currentPeriodEnd, nextBillingAt } =
    subscription;
  return {
    of: [status, currency, anchorAt, trialEnd, endsAt, currentPeriodStart, currentPeriodEnd, nextBillingAt],
    items: standingItems(subscription.items)
      .sort(by(({ priceId }) => priceId))
      .map(({ priceId, quantity, activeFrom }) => [priceId, quantity, activeFrom]),
    pending: [...subscription.pending]
      .sort(by(({ effectiveAt, id }) => `${effectiveAt.toISOString()} ${id}`))
      .map((change) => [change.kind, change.effectiveAt, comingOf(change)]),
  };
}

/** Whoever reads them anew may find them in another order. */
const by =
  <One>(nameOf: (one: One) => string) =>
  (one: One, other: One): number =>
    nameOf(one) < nameOf(other) ? -1 : 1;

/** The prices and quantities that a pending change brings. */
function comingOf(change: PendingChange): unknown {
  if (change.kind !== 'items') return null;
  return change.changes.map((part) =>
    'items' in part ? part.items.map(({ priceId, quantity }) => [priceId, quantity]) : { ...part, itemId: null },
  );
}
