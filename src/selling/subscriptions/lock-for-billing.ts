import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import { notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';

/**
 * Locks accounts together with those that their invoices go to, all in one order. With `skipLocked`, accounts of which
 * either is held elsewhere are left out (`accounts` may still hold the other half). Two statements.
 */
export async function lockForBilling(
  work: Work,
  ids: readonly string[],
  options: { skipLocked?: boolean } = {},
): Promise<{ accounts: Map<string, LockedAccount>; complete: string[] }> {
  const found = await work.rows<{ id: string; bill_to: string | null }>(
    `select a.id, a.bill_to_account_id as bill_to from accounts a
     where a.organization_id = any($1::uuid[]) and a.id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${ids.join(',')}}`],
  );
  const wanted = new Set(found.flatMap(({ id, bill_to }) => (bill_to ? [id, bill_to] : [id])));
  const accounts = await lockAccounts(work, [...wanted], options);
  const complete = found
    .map(({ id }) => accounts.get(id))
    // Between the look and the lock the bill-to account may have changed: then the next run finds it.
    .filter((account) => account && accounts.has(account.billToAccountId ?? account.id))
    .map((account) => account!.id)
    .sort();
  return { accounts, complete };
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
  const missing = account.billToAccountId;
  if (missing && !accounts.has(missing)) {
    for (const [key, locked] of await lockAccounts(work, [missing])) accounts.set(key, locked);
  }
  return { account, accounts };
}

/** Locks the account of a subscription, with its bill-to account. NOT_FOUND at `path` for a missing or foreign one. */
export async function lockSubscriber(
  work: Work,
  subscriptionId: string,
  path: string[],
): Promise<{ account: LockedAccount; accounts: Map<string, LockedAccount> }> {
  const [found] = await work.rows<{ account_id: string }>(
    `select s.account_id from subscriptions s where s.organization_id = $1 and s.id = $2`,
    [work.organizationId, subscriptionId],
  );
  if (!found) throw notFound(path);
  return lockAccountForBilling(work, found.account_id, path);
}
