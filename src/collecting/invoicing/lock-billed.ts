import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import { notFound } from '../../platform/errors.ts';
import { BeginAnew } from '../../platform/transact.ts';
import type { Work } from '../../platform/work.ts';

/**
 * Locks an account and the one its invoices go to, in the order of their ids. NOT_FOUND at `path` for a missing, foreign
 * or deleted account.
 */
export async function lockBilled(
  work: Work,
  accountId: string,
  path: string[],
): Promise<{ account: LockedAccount; billTo: LockedAccount }> {
  const [found] = await work.rows<{ bill_to_account_id: string | null }>(
    `select bill_to_account_id from accounts where organization_id = any($1::uuid[]) and id = $2`,
    [`{${work.organizations.join(',')}}`, accountId],
  );
  if (!found) throw notFound(path);
  const ids = found.bill_to_account_id ? [accountId, found.bill_to_account_id] : [accountId];
  const accounts = await lockAccounts(work, ids);
  const account = accounts.get(accountId);
  if (!account || account.deletedAt) throw notFound(path);
  const billTo = accounts.get(account.billToAccountId ?? account.id);
  if (!billTo) throw new BeginAnew('the bill-to account changed');
  return { account, billTo };
}
