import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity, type AccountRow } from './accounts.entities.ts';
import { type UpdateAccountInput, updateAccountInput } from './accounts.inputs.ts';
import { checkBillTo } from './bill-to.ts';
import { changedValues, changeOf } from './changes.ts';
import { lockAccount, lockAccounts } from './lock-accounts.ts';
import { refuseIdleExemption } from './refuse-idle-exemption.ts';

/**
 * Changes what is given and leaves the rest; null clears what may be empty. Whether the currency may still change is
 * for those who bill the account to say, as a consequence of account.updated. NOT_FOUND, CONFLICT about the bill-to
 * account, ALREADY_EXISTS for an external id in use, INVALID_INPUT with the paths of what is malformed.
 */
export async function updateAccount(
  work: Work,
  id: string,
  given: UpdateAccountInput,
  path: string[] = ['input', 'id'],
): Promise<AccountRow> {
  const input = readInput(updateAccountInput, given);
  // Both rows in the order of their ids, so that two such changes cannot wait for each other.
  if (input.billToAccountId) await lockAccounts(work, [id, input.billToAccountId]);
  const account = await lockAccount(work, id, path);
  const { now, organization: _, ...row } = account;
  const change = changeOf<AccountRow>(row, input);
  if (!change) return row;
  if (change.billToAccountId?.new) await checkBillTo(work, row, input.billToAccountId!);
  const changed: AccountRow = { ...row, ...changedValues<AccountRow>(change), updatedAt: now };
  refuseIdleExemption(changed);
  const { organizationId } = row;
  work.update(AccountEntity, { organizationId, id, ...changedValues<AccountRow>(change), updatedAt: now });
  work.announce({
    type: 'account.updated',
    organizationId,
    objectType: 'account',
    objectId: id,
    accountId: id,
    at: now,
    data: { accountId: id, changed: Object.keys(change).sort() },
    change,
  });
  return changed;
}
