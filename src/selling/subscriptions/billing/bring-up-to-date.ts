import type { LockedAccount } from '../../../accounts/index.ts';
import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { loadBillable, loadDue } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { billSubscriptions } from './bill-subscriptions.ts';
import { parkSubscriptions } from './park-subscriptions.ts';

/** A locked subscription with its locked accounts, everything billed that fell due before now. */
export interface Current {
  subscription: Billable;
  account: LockedAccount;
  accounts: Map<string, LockedAccount>;
}

/**
 * Locks a subscription and first bills what its account owes up to now, as a punctual run would have: a change that comes
 * between the boundary and the run is a change after the boundary. What can not be billed is parked. NOT_FOUND at `path`.
 */
export async function bringUpToDate(work: Work, id: string, path: string[]): Promise<Current> {
  const { account, accounts } = await lockSubscriber(work, id, path);
  const due = await loadDue(work, [account.id], account.now);
  if (due.some((subscription) => subscription.id === id)) {
    const { unbillable } = await billSubscriptions(work, accounts, due, account.now);
    if (unbillable.length > 0) parkSubscriptions(work, due, unbillable[0]!.error, account.now);
  }
  const [subscription] = await loadBillable(work, [id]);
  if (!subscription) throw notFound(path);
  return { subscription, account, accounts };
}
