import type { Work } from '../../../platform/work.ts';
import { InvoiceGraceEntity } from '../invoicing.entities.ts';

/** What waits of a subscription that is billed no more. */
interface Waiting {
  organizationId: string;
  subscriptionId: string;
  testClockId: string | null;
  at: Date;
}

/**
 * Lines of a subscription that wait for an invoice which will not come are one of their own: their draft waits no longer, and becomes
 * final by itself. Where lines of others wait on it, too, it stays with these. The account is locked by the caller.
 */
export async function releaseWaiting(work: Work, waiting: Waiting): Promise<void> {
  const { organizationId, subscriptionId, testClockId, at: finalizeAt } = waiting;
  const released = await work.rows<{ invoice_id: string }>(
    `delete from invoice_holds h where h.organization_id = $1
       and exists (select from invoice_lines l where l.organization_id = h.organization_id and l.invoice_id = h.invoice_id
         and l.subscription_id = $2)
       and not exists (select from invoice_lines l where l.organization_id = h.organization_id and l.invoice_id = h.invoice_id
         and l.subscription_id is distinct from $2)
     returning h.invoice_id`,
    [organizationId, subscriptionId],
  );
  const graces = released.map((row) => ({ organizationId, invoiceId: row.invoice_id, finalizeAt, testClockId }));
  work.insert(InvoiceGraceEntity, graces);
}
