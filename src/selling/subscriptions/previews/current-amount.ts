import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { standingItems } from '../items/change-items.ts';
import { loadBillable } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { periodAmount } from '../items/period-amount.ts';
import { projectItems } from '../items/project-items.ts';

/**
 * What a whole period of a subscription costs as it stands, before discounts and tax: minor units. Locks
 * its account first, as everybody does who locks a subscription. NOT_FOUND.
 */
export async function currentAmount(work: Work, id: string): Promise<bigint> {
  const path = ['input', 'id'];
  await lockSubscriber(work, id, path);
  const [subscription] = await loadBillable(work, [id]);
  if (!subscription) throw notFound(path);
  return periodAmount(standingItems(subscription.items), subscription.anchorAt);
}

/** The same once its pending changes are carried out; the account must be locked. Null for a missing one. */
export async function comingAmount(work: Work, id: string): Promise<bigint | null> {
  const [subscription] = await loadBillable(work, [id]);
  return subscription
    ? periodAmount(standingItems(projectItems(subscription).projected.items), subscription.anchorAt)
    : null;
}
