import { invalidState, notFound } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity } from './accounts.entities.ts';
import { lockAccounts } from './lock-accounts.ts';

/** What stands where a name was. */
const erasedName = 'Erased account';

/**
 * Blanks the personal data of a deleted account, in its row and in what the audit keeps of its changes; amounts,
 * statuses and the order of events stay (GDPR article 17, paragraph 3b leaves invoices to their legal retention).
 * Modules that hold more of it blank theirs in their consequence of account.erased. Erasing twice changes nothing.
 * INVALID_STATE before it is deleted.
 */
export async function eraseAccount(work: Work, id: string, path: string[] = ['input', 'id']): Promise<void> {
  const account = (await lockAccounts(work, [id])).get(id);
  if (!account) throw notFound(path);
  if (!account.deletedAt) throw invalidState('An account must be deleted before it can be erased.', path);
  if (account.erasedAt) return;
  const { organizationId, now } = account;
  work.update(AccountEntity, {
    organizationId,
    id,
    name: erasedName,
    externalId: null,
    email: null,
    billingAddress: null,
    taxIds: [],
    taxExemption: null,
    metadata: {},
    erasedAt: now,
    updatedAt: now,
  });
  await work.rows(
    `update facts set change = null
     where organization_id = $1 and change is not null and (account_id = $2 or object_id = $2)`,
    [organizationId, id],
  );
  work.announce({
    type: 'account.erased',
    organizationId,
    objectType: 'account',
    objectId: id,
    accountId: id,
    at: now,
    data: { accountId: id },
  });
}
