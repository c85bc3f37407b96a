import type { LockedAccount } from '../../../accounts/index.ts';
import { DomainError } from '../../../platform/errors.ts';
import type { ItemChange } from '../items/pending-change.ts';

/** ACCOUNT_BLOCKED where an account that is blocked would buy something; plans may always be taken away. */
export function checkMayBuy(account: Pick<LockedAccount, 'dunningStatus'>, changes: readonly ItemChange[]): void {
  if (account.dunningStatus !== 'blocked' || changes.every((change) => change.kind === 'remove_plan')) return;
  throw new DomainError('ACCOUNT_BLOCKED', 'The account is blocked until it has paid what it owes.', {
    path: ['input', 'id'],
  });
}
