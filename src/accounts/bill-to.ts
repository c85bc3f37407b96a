import { conflict, notFound } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import type { AccountRow } from './accounts.entities.ts';
import { lockAccounts } from './lock-accounts.ts';

const path = ['input', 'billToAccountId'];

/**
 * Checks that an account may be billed to another: that one exists, is not deleted, lives at the same time, and pays
 * its own invoices. Since nobody who is billed elsewhere pays for others, and nobody who pays for others is billed
 * elsewhere, there are no chains and so no circles. Locks the payer's row; the payer's own lock is what keeps two such
 * changes from crossing. NOT_FOUND or CONFLICT at `input.billToAccountId`.
 */
export async function checkBillTo(
  work: Work,
  account: Pick<AccountRow, 'organizationId' | 'id' | 'testClockId'>,
  billToAccountId: string,
): Promise<void> {
  if (billToAccountId === account.id) throw conflict('An account that pays for itself needs no bill-to account.', path);
  const payer = (await lockAccounts(work, [billToAccountId])).get(billToAccountId);
  if (!payer || payer.deletedAt || payer.organizationId !== account.organizationId) throw notFound(path);
  if (payer.billToAccountId) throw conflict('The bill-to account is itself billed to another account.', path);
  if (payer.testClockId !== account.testClockId) {
    throw conflict('The bill-to account lives on another test clock.', path);
  }
  const [dependent] = await work.rows(
    `select 1 from accounts where organization_id = $1 and bill_to_account_id = $2 and deleted_at is null limit 1`,
    [account.organizationId, account.id],
  );
  if (dependent) throw conflict('Other accounts are billed to this one, so it must pay for itself.', path);
}
