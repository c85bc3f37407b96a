import type { Work } from '../../../platform/work.ts';
import { InvoiceLineEntity } from '../invoicing.entities.ts';
import { renewIssued } from '../issuing/issued-invoices.ts';
import { type HeldInvoice, holdInvoices } from '../settlement/hold-invoices.ts';
import { rewriteTotals } from './draft-lines.ts';
import { finalizeHeld } from './finalize-invoice.ts';
import { endGrace } from './grace.ts';

/**
 * Makes a draft final whose days of grace are over, as of the instant they were: a late one is dated, taxed and due as a
 * punctual one. One whose tax is not known waits for that, and is then as of that instant all the same. One that is
 * final meanwhile, or has days left, is let be. `asIfAt`: in a rehearsal, as if its account's clock stood there.
 */
export async function finalizeDue(work: Work, invoiceId: string, asIfAt?: Date): Promise<void> {
  const [held] = await holdInvoices(work, [invoiceId]);
  if (held?.invoice.status !== 'draft') return;
  const [grace] = await work.rows<{ finalize_at: Date }>(
    'select finalize_at from invoice_graces where organization_id = $1 and invoice_id = $2 for update',
    [held.invoice.organizationId, invoiceId],
  );
  if (!grace || grace.finalize_at > (asIfAt ?? held.account.now)) return;
  const pending = await finalizeHeld(work, held, grace.finalize_at);
  if (pending !== null) await finalizeOnceTaxed(work, held, grace.finalize_at);
}

/** A draft that is due, and whose tax is not known: it becomes final as of that instant as soon as it is. */
async function finalizeOnceTaxed(work: Work, held: HeldInvoice, finalizeAt: Date): Promise<void> {
  const { organizationId, id } = held.invoice;
  await endGrace(work, held.invoice);
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  renewIssued(work, await rewriteTotals(work, held, lines, { asOf: finalizeAt, finalizeAt }));
}
