import type { LockedAccount } from '../../../accounts/index.ts';
import { DomainError } from '../../../platform/errors.ts';
import { PriceBook } from '../items/price-book.ts';
import { owesMore } from './change-direction.ts';

type Standing = Parameters<typeof owesMore>[0];

/**
 * ACCOUNT_BLOCKED where an account that is blocked would take on more than it has: somebody begins, or takes up again, what is
 * billed. What it has goes on and is billed, and it may always have less.
 */
export function checkMayBuy(account: Pick<LockedAccount, 'dunningStatus'>): void {
  if (account.dunningStatus !== 'blocked') return;
  throw new DomainError('ACCOUNT_BLOCKED', 'The account is blocked until it has paid what it owes.', {
    path: ['input', 'id'],
  });
}

/** The same for a change, of which nothing is said as long as it makes nobody owe more. */
export function checkMayChange(account: Pick<LockedAccount, 'dunningStatus'>, before: Standing, after: Standing): void {
  if (account.dunningStatus === 'blocked' && owesMore(before, after, new PriceBook())) checkMayBuy(account);
}
