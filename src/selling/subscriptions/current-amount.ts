import type { Work } from '../../platform/work.ts';
import { standingItems } from './change-items.ts';
import { periodAmount } from './create-subscription.ts';
import { loadBillable } from './load-billable.ts';
import { projectItems } from './project-items.ts';

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
