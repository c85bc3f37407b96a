import { DomainError } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity } from './accounts.entities.ts';
import { lockAccount } from './lock-accounts.ts';

/**
 * Takes an account out of use; its history stays. IN_USE while other accounts are billed to it or stand below it; modules that hold
 * something open of it (subscriptions, invoices, credit, payments) refuse in their consequence of account.deleted. Its external id is
 * free again.
 */
export async function deleteAccount(work: Work, id: string, path: string[] = ['input', 'id']): Promise<void> {
  const { organizationId, now } = await lockAccount(work, id, path);
  const [dependent] = await work.rows(
    'select 1 from accounts where organization_id = $1 and (bill_to_account_id = $2 or parent_account_id = $2) and deleted_at is null limit 1',
    [organizationId, id],
  );
  if (dependent) throw new DomainError('IN_USE', 'Other accounts are billed to this one or stand below it.', { path });
  work.update(AccountEntity, { organizationId, id, deletedAt: now, updatedAt: now });
  work.announce({
    type: 'account.deleted',
    organizationId,
    objectType: 'account',
    objectId: id,
    accountId: id,
    at: now,
    data: { accountId: id },
    change: { deletedAt: { old: null, new: now } },
  });
}
