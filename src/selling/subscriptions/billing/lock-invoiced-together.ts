import type { LockedAccount } from '../../../accounts/index.ts';
import { uuids } from '../../../platform/sql-text.ts';
import type { Work } from '../../../platform/work.ts';
import { lockForBilling } from '../items/lock-for-billing.ts';

/**
 * Accounts whose lines go onto the same invoices as those of `ids`, and that are due too at or before `cutoff`: one invoice is to
 * hold all that falls due together, whoever used it and whoever bills it first. They are locked and added to `accounts`; those
 * that somebody else holds are left to them. One statement, and one more where there are any.
 */
export async function lockInvoicedTogether(
  work: Work,
  accounts: Map<string, LockedAccount>,
  ids: readonly string[],
  cutoff: Date,
): Promise<string[]> {
  const roots = new Set(ids.map((id) => accounts.get(id)?.invoiceAccountId ?? id));
  const rows = await work.rows<{ id: string }>(
    `select a.id from accounts a
     where a.organization_id = any($1::uuid[]) and (a.invoice_account_id = any($2::uuid[]) or a.id = any($2::uuid[]))
       and a.id <> all($3::uuid[]) and exists (
         select from subscriptions s where s.organization_id = a.organization_id and s.account_id = a.id
           and s.next_billing_at <= $4 and s.parked_at is null)`,
    [uuids(work.organizations), uuids(roots), uuids(ids), cutoff],
  );
  if (rows.length === 0) return [];
  const more = await lockForBilling(
    work,
    rows.map((row) => row.id),
    { skipLocked: true },
  );
  for (const [id, account] of more.accounts) accounts.set(id, account);
  return more.complete;
}
