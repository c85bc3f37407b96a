import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { loadBillable } from '../items/load-billable.ts';
import type { PendingChange } from '../items/pending-change.ts';

/** Where a subscription stands in this transaction, what is gathered for it included. The account must be locked. */
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
    items: subscription.items.map(({ priceId, quantity, activeFrom, activeTo }) => [
      priceId,
      quantity,
      activeFrom,
      activeTo,
    ]),
    pending: subscription.pending.map((change) => [change.kind, change.effectiveAt, comingOf(change)]),
  };
}

/** The prices and quantities that a pending change brings. */
function comingOf(change: PendingChange): unknown {
  if (change.kind !== 'items') return null;
  return change.changes.map((part) =>
    'items' in part ? part.items.map(({ priceId, quantity }) => [priceId, quantity]) : { ...part, itemId: null },
  );
}
