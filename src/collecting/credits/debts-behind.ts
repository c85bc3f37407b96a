import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import type { Work } from '../../platform/work.ts';

/**
 * Locks an account and, where a hold (any of its own, if none is named) keeps credit back that came from taking
 * invoices back (notes, their refunds that failed, lines that another invoice took back), those invoices with their
 * accounts: that credit lowers their debt first when it is free again, and invoices are locked before credit. Invoicing
 * lies above; its rows are only locked here.
 */
export async function lockWithDebtsBehind(
  work: Work,
  accountId: string,
  { holdId }: { holdId?: string } = {},
): Promise<LockedAccount | undefined> {
  const behind = await work.rows<{ invoice_id: string; account_id: string }>(
    `select distinct i.id as invoice_id, i.account_id from invoices_behind_credit(array[$1::uuid], array(
       select p.grant_id from credit_holds h
       join credit_hold_parts p on p.organization_id = h.organization_id and p.hold_id = h.id
       where h.organization_id = $1 and h.account_id = $2::uuid and h.status = 'held' and ($3::uuid is null or h.id = $3::uuid))) b
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id`,
    [work.organizationId, accountId, holdId ?? null],
  );
  const accounts = await lockAccounts(work, [...new Set([accountId, ...behind.map((one) => one.account_id)])]);
  if (behind.length > 0) {
    await work.rows(
      'select 1 from invoices where organization_id = $1 and id = any($2::uuid[]) order by id for update',
      [work.organizationId, `{${behind.map((one) => one.invoice_id).join(',')}}`],
    );
  }
  return accounts.get(accountId);
}
