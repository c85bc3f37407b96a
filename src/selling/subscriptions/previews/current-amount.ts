import type { Work } from '../../../platform/work.ts';
import { periodAmount } from '../creation/create-subscription.ts';
import { standingItems } from '../items/change-items.ts';
import { loadBillable } from '../items/load-billable.ts';
import { projectItems } from '../items/project-items.ts';

/** What a whole period of a subscription costs as it stands, before discounts and tax: minor units; null for a missing one. */
export async function currentAmount(work: Work, id: string): Promise<bigint | null> {
  const [subscription] = await loadBillable(work, [id]);
  return subscription ? periodAmount(standingItems(subscription.items), subscription.anchorAt) : null;
}

/** The same once its pending changes are carried out. */
export async function comingAmount(work: Work, id: string): Promise<bigint | null> {
  const [subscription] = await loadBillable(work, [id]);
  return subscription
    ? periodAmount(standingItems(projectItems(subscription).projected.items), subscription.anchorAt)
    : null;
}
