import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { standingItems } from '../items/change-items.ts';
import { loadBillable } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { billedOnceAmount, periodAmount } from '../items/period-amount.ts';
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

/** What a subscription comes to: minor units, before discounts and tax. */
export interface ComingAmounts {
  /** A whole period. */
  period: bigint;
  /** What is billed once and was not yet, with the first period that is paid for. */
  once: bigint;
  /** Quantities that are pending for components of a plan. */
  quantities: { planId: string; component: string; quantity: string }[];
}

/** The same once its pending changes are carried out, and what else comes with them; the account must be locked. NOT_FOUND. */
export async function comingAmounts(work: Work, id: string): Promise<ComingAmounts> {
  const [subscription] = await loadBillable(work, [id]);
  if (!subscription) throw notFound(['input', 'id']);
  const { pending, anchorAt } = subscription;
  const items = standingItems(projectItems(subscription).projected.items);
  const parts = pending.flatMap((change) => (change.kind === 'items' ? change.changes : []));
  return {
    period: periodAmount(items, anchorAt),
    once: billedOnceAmount(items, anchorAt),
    quantities: parts.flatMap((part) => {
      if (part.kind !== 'set_quantity') return [];
      const { planId, component, quantity } = part;
      return [{ planId, component, quantity }];
    }),
  };
}
