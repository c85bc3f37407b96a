import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import type { Work } from '../../platform/work.ts';

/**
 * Locks an account and, where a hold (any of its own, if none is named) keeps credit back that came from taking an invoice back (its notes, or their refunds that
 * failed), those invoices with their accounts: that credit lowers their debt first when it is free again, and invoices are
 * locked before credit. Invoicing lies above; its rows are only locked here.
 */
export async function lockWithDebtsBehind(
  work: Work,
  accountId: string,
  { holdId }: { holdId?: string } = {},
): Promise<LockedAccount | undefined> {
  const behind = await work.rows<{ invoice_id: string; account_id: string }>(
    `select distinct i.id as invoice_id, i.account_id from credit_holds h
     join credit_hold_parts p on p.organization_id = h.organization_id and p.hold_id = h.id
     join credit_grants g on g.organization_id = p.organization_id and g.id = p.grant_id
       and g.source_type in ('credit_note', 'refund_failed')
     left join refunds r on r.organization_id = g.organization_id and r.id = g.source_id
     join credit_notes c on c.organization_id = g.organization_id and c.id = coalesce(r.credit_note_id, g.source_id)
     join invoices i on i.organization_id = c.organization_id and i.id = c.invoice_id
     where h.organization_id = $1 and h.account_id = $2::uuid and h.status = 'held' and ($3::uuid is null or h.id = $3::uuid)`,
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
