import type { Consequence } from '../../../platform/work.ts';
import { InvoiceGraceEntity, InvoiceHoldEntity } from '../invoicing.entities.ts';

/** Of the change of an account. */
interface Moved {
  invoiceAccountId?: { old: string | null };
}

interface LeftBehind {
  organization_id: string;
  invoice_id: string;
  account_id: string;
  accounts: number;
  test_clock_id: string | null;
}

/**
 * Consequence: where accounts are not invoiced with another one any more, what waits of one of them alone is filed under it, where its
 * next invoice finds it. Where lines of others wait on it, too, it stays with these; once all of them have left, no invoice comes that it
 * could wait for, and it becomes final by itself. One statement where somebody left the invoices of another, else none.
 */
export const refileHeld: Consequence = async (work, facts) => {
  const left = new Set(facts.flatMap(({ change }) => ((change ?? {}) as Moved).invoiceAccountId?.old ?? []));
  if (left.size === 0) return;
  const rows = await work.rows<LeftBehind>(
    `select h.organization_id, h.invoice_id, min(l.account_id::text)::uuid as account_id, count(distinct l.account_id)::int as accounts,
       min(a.test_clock_id::text)::uuid as test_clock_id
     from invoice_holds h
     join invoice_lines l on l.organization_id = h.organization_id and l.invoice_id = h.invoice_id
     join accounts a on a.organization_id = l.organization_id and a.id = l.account_id
     where h.organization_id = any($1::uuid[]) and h.account_id = any($2::uuid[])
     group by h.organization_id, h.invoice_id, h.account_id
     having bool_and(l.account_id <> h.account_id and coalesce(a.invoice_account_id, a.id) <> h.account_id)`,
    [`{${work.organizations.join(',')}}`, `{${[...left].join(',')}}`],
  );
  for (const { organization_id: organizationId, invoice_id: invoiceId, account_id: accountId, ...about } of rows) {
    if (about.accounts === 1) {
      work.update(InvoiceHoldEntity, { organizationId, invoiceId, accountId });
      continue;
    }
    await work.rows('delete from invoice_holds where organization_id = $1 and invoice_id = $2', [
      organizationId,
      invoiceId,
    ]);
    const finalizeAt = facts[0]!.at;
    work.insert(InvoiceGraceEntity, [{ organizationId, invoiceId, finalizeAt, testClockId: about.test_clock_id }]);
  }
};
