import type { Work } from '../../platform/work.ts';
import { finalizeHeld } from './finalize-invoice.ts';
import { holdInvoices } from './hold-invoices.ts';

/**
 * Makes a draft final whose days of grace are over, as of the instant they were: a late one is dated, taxed and due as a
 * punctual one. One that is final meanwhile, or has days left, is let be.
 */
export async function finalizeDue(work: Work, invoiceId: string): Promise<void> {
  const [held] = await holdInvoices(work, [invoiceId]);
  if (held?.invoice.status !== 'draft') return;
  const [grace] = await work.rows<{ finalize_at: Date }>(
    'select finalize_at from invoice_graces where organization_id = $1 and invoice_id = $2 for update',
    [held.invoice.organizationId, invoiceId],
  );
  if (!grace || grace.finalize_at > held.account.now) return;
  await finalizeHeld(work, held, grace.finalize_at);
}
