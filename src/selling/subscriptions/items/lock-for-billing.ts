import { type LockedAccount, lockAccounts } from '../../../accounts/index.ts';
import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';

/**
 * Locks accounts together with those that their invoices go to, all in one order. With `skipLocked`, accounts of which
 * either is held elsewhere are left out (`accounts` may still hold the other half). One statement.
 */
export async function lockForBilling(
  work: Work,
  ids: readonly string[],
  options: { skipLocked?: boolean } = {},
): Promise<{ accounts: Map<string, LockedAccount>; complete: string[] }> {
  const accounts = await lockAccounts(work, ids, { ...options, withBillTo: true });
  const complete = ids.filter((id) => {
    const account = accounts.get(id);
    // Between the look and the lock the bill-to account may have changed: then the next run finds it.
    return account && accounts.has(account.billToAccountId ?? id) && accounts.has(account.invoiceAccountId ?? id);
  });
  return { accounts, complete: complete.sort() };
}

/** The same for one account, waiting for its locks. NOT_FOUND at `path` if it is missing, foreign or deleted. */
export async function lockAccountForBilling(
  work: Work,
  id: string,
  path: string[],
): Promise<{ account: LockedAccount; accounts: Map<string, LockedAccount> }> {
  const { accounts } = await lockForBilling(work, [id]);
  const account = accounts.get(id);
  if (!account || account.deletedAt) throw notFound(path);
  const others = [account.billToAccountId, account.invoiceAccountId].filter((other) => other != null);
  const missing = others.filter((other) => !accounts.has(other));
  for (const [key, locked] of await lockAccounts(work, missing)) accounts.set(key, locked);
  return { account, accounts };
}

/** Locks the account of a subscription, with its bill-to account. NOT_FOUND at `path` for a missing or foreign one. */
export async function lockSubscriber(
  work: Work,
  subscriptionId: string,
  path: string[],
): Promise<{ account: LockedAccount; accounts: Map<string, LockedAccount> }> {
  return lockAccountForBilling(work, await subscriberOf(work, subscriptionId, path), path);
}

/** The account of a subscription. NOT_FOUND at `path` for a missing or foreign one. */
export async function subscriberOf(work: Work, subscriptionId: string, path: string[]): Promise<string> {
  const [found] = await work.rows<{ account_id: string }>(
    `select s.account_id from subscriptions s where s.organization_id = $1 and s.id = $2`,
    [work.organizationId, subscriptionId],
  );
  if (!found) throw notFound(path);
  return found.account_id;
}
