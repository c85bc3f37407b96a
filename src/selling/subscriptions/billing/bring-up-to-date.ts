import type { LockedAccount } from '../../../accounts/index.ts';
import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { loadBillable, loadDue } from '../items/load-billable.ts';
import { lockAccountForBilling, subscriberOf } from '../items/lock-for-billing.ts';
import { billSubscriptions } from './bill-subscriptions.ts';
import { lockInvoicedTogether } from './lock-invoiced-together.ts';
import { parkUnbillable } from './park-subscriptions.ts';

/** A locked subscription with its locked accounts, everything billed that fell due before now. */
export interface Current {
  subscription: Billable;
  account: LockedAccount;
  accounts: Map<string, LockedAccount>;
}

/**
 * Locks a subscription and first bills what its account owes up to now, and those invoiced together with it, as a
 * punctual run would have: a change that comes between the boundary and the run is a change after the boundary. What
 * can not be billed is parked. NOT_FOUND at `path`.
 */
export async function bringUpToDate(work: Work, id: string, path: string[]): Promise<Current> {
  const accountId = await subscriberOf(work, id, path);
  // One round trip: by the time that the second reads, the first has locked.
  const [{ account, accounts }, [found]] = await Promise.all([
    lockAccountForBilling(work, accountId, path),
    loadBillable(work, [id]),
  ]);
  if (!found) throw notFound(path);
  if (!isDue(found, account.now)) return { subscription: found, account, accounts };
  const others = await lockInvoicedTogether(work, accounts, [account.id], account.now);
  const due = await loadDue(work, [account.id, ...others], account.now);
  const { unbillable } = await billSubscriptions(work, accounts, due, account.now);
  parkUnbillable(work, accounts, due, unbillable);
  const [subscription] = await loadBillable(work, [id]);
  if (!subscription) throw notFound(path);
  return { subscription, account, accounts };
}

const isDue = ({ nextBillingAt, parkedAt }: Billable, now: Date): boolean =>
  nextBillingAt !== null && nextBillingAt <= now && parkedAt === null;
