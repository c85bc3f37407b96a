import type { Work } from '../../../platform/work.ts';
import { InvoiceGraceEntity } from '../invoicing.entities.ts';

/** What waits of a subscription that is billed no more. */
interface Waiting {
  organizationId: string;
  subscriptionId: string;
  testClockId: string | null;
  at: Date;
  /** Which of the subscriptions whose lines wait on the same drafts have not ended. */
  livingOf(ids: readonly string[]): Promise<readonly string[]>;
}

/**
 * Lines of a subscription that wait for an invoice which will not come are one of their own: their draft waits no longer, and becomes
 * final by itself. Where lines of living ones wait on it, too, it stays with these. The account is locked by the caller. Two statements.
 */
export async function releaseWaiting(work: Work, waiting: Waiting): Promise<void> {
  const { organizationId, subscriptionId, testClockId, at: finalizeAt, livingOf } = waiting;
  const drafts = await work.rows<{ invoice_id: string; others: string[] }>(
    `select h.invoice_id, coalesce(array_agg(distinct l.subscription_id) filter (where l.subscription_id <> $2), '{}') as others
     from invoice_holds h join invoice_lines l on l.organization_id = h.organization_id and l.invoice_id = h.invoice_id
     where h.organization_id = $1 and h.invoice_id in (
       select o.invoice_id from invoice_lines o where o.organization_id = $1 and o.subscription_id = $2)
     group by h.invoice_id`,
    [organizationId, subscriptionId],
  );
  const others = drafts.flatMap((draft) => draft.others);
  const living = new Set(others.length > 0 ? await livingOf(others) : []);
  const released = drafts
    .filter((draft) => !draft.others.some((id) => living.has(id)))
    .map((draft) => draft.invoice_id);
  if (released.length === 0) return;
  await work.rows(`delete from invoice_holds where organization_id = $1 and invoice_id = any($2::uuid[])`, [
    organizationId,
    `{${released.join(',')}}`,
  ]);
  const graces = released.map((invoiceId) => ({ organizationId, invoiceId, finalizeAt, testClockId }));
  work.insert(InvoiceGraceEntity, graces);
}
