import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity, type AccountRow } from './accounts.entities.ts';
import { type UpdateAccountInput, updateAccountInput } from './accounts.inputs.ts';
import { accountUpdated, changedValues, changeOf } from './changes.ts';
import { lockAccount } from './lock-accounts.ts';
import { lockFamily, placeAccount, wantedPlace } from './place-account.ts';
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
  const { billToAccountId, parentAccountId, billingPolicy, ...values } = input;
  const moves = [billToAccountId, parentAccountId, billingPolicy].some((one) => one !== undefined);
  // All rows in the order of their ids, so that two such changes cannot wait for each other.
  if (moves) await lockFamily(work, [id, billToAccountId, parentAccountId]);
  const account = await lockAccount(work, id, path);
  const { now, organization: _, ...row } = account;
  const place = moves ? wantedPlace(row, input) : null;
  const placed = place ? await placeAccount(work, row, place) : {};
  const change = changeOf<AccountRow>(row, { ...values, ...placed });
  if (!change) return row;
  const changed: AccountRow = { ...row, ...changedValues<AccountRow>(change), updatedAt: now };
  refuseIdleExemption(changed);
  const { organizationId } = row;
  work.update(AccountEntity, { organizationId, id, ...changedValues<AccountRow>(change), updatedAt: now });
  work.announce(accountUpdated(row, change, now));
  return changed;
}
