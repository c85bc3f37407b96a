import type { Work } from '../platform/work.ts';
import { AccountEntity } from './accounts.entities.ts';
import type { LockedAccount } from './lock-accounts.ts';

export type DunningStatus = 'active' | 'warning' | 'blocked';

/** Says how far dunning has gone with an account whose row is locked; `at` is an instant of its clock. No move, no fact. */
export function setDunningStatus(work: Work, account: LockedAccount, status: DunningStatus, at: Date): void {
  const before = account.dunningStatus;
  if (before === status) return;
  const { organizationId, id } = account;
  work.update(AccountEntity, { organizationId, id, dunningStatus: status, updatedAt: at });
  account.dunningStatus = status;
  work.announce({
    type: 'account.dunning_status_changed',
    organizationId,
    objectType: 'account',
    objectId: id,
    accountId: id,
    at,
    data: { accountId: id, dunningStatus: status, previousDunningStatus: before },
    change: { dunningStatus: { old: before, new: status } },
  });
}
