import type { LockedAccount } from '../../../accounts/index.ts';
import { DomainError } from '../../../platform/errors.ts';

/** An account and those that its invoices go to, locked. */
export interface Buyer {
  account: LockedAccount;
  accounts: ReadonlyMap<string, LockedAccount>;
}

/**
 * ACCOUNT_BLOCKED where an account that is blocked, or one that another pays for which is, would take on more than it has: somebody
 * begins, or takes up again, what is billed. What it has goes on and is billed, and it may always have less.
 */
export function checkMayBuy(buyer: Buyer, path: string[] = ['input', 'id']): void {
  if (!isBlocked(buyer)) return;
  throw new DomainError('ACCOUNT_BLOCKED', 'The account, or who pays for it, is blocked until what is owed is paid.', {
    path,
  });
}

/** Whether it, or who pays for it, may have nothing more. Pure. */
export function isBlocked({ account, accounts }: Buyer): boolean {
  const payers = [account.billToAccountId, account.invoiceAccountId].map((id) => id && accounts.get(id));
  return [account, ...payers].some((one) => one && one.dunningStatus === 'blocked');
}
