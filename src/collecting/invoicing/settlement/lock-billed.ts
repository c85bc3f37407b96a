import { type LockedAccount, lockAccounts } from '../../../accounts/index.ts';
import { notFound } from '../../../platform/errors.ts';
import { BeginAnew } from '../../../platform/transact.ts';
import type { Work } from '../../../platform/work.ts';

/** Who uses, on whose invoices that goes, and who pays them; most often all the same. */
export interface Billed {
  user: LockedAccount;
  account: LockedAccount;
  billTo: LockedAccount;
}

/**
 * Locks an account, the one on whose invoices its lines go, and the one that pays them, in the order of their ids. NOT_FOUND
 * at `path` for a missing, foreign or deleted account.
 */
export async function lockBilled(work: Work, accountId: string, path: string[]): Promise<Billed> {
  const accounts = await lockAccounts(work, [accountId], { withBillTo: true });
  const user = accounts.get(accountId);
  if (!user || user.deletedAt) throw notFound(path);
  const account = accounts.get(user.invoiceAccountId ?? user.id);
  const billTo = accounts.get(user.billToAccountId ?? user.id);
  if (!account || !billTo) throw new BeginAnew('who is invoiced for the account changed');
  return { user, account, billTo };
}
