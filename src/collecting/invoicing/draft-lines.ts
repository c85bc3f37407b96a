import type { Work } from '../../platform/work.ts';
import type { Finalizing } from './finalization.ts';
import { InvoiceLineEntity, InvoiceTaxEntity } from './invoicing.entities.ts';

/** Writes the taxes of a draft anew, and each line's share of them, at once. */
export async function replaceTaxes(work: Work, one: Finalizing): Promise<void> {
  const { organizationId, id } = one.invoice;
  await work.rows(`delete from invoice_taxes where organization_id = $1 and invoice_id = $2`, [organizationId, id]);
  work.insert(InvoiceTaxEntity, one.taxes);
  for (const line of one.lines) {
    work.update(InvoiceLineEntity, { organizationId, id: line.id, taxAmount: line.taxAmount, taxes: line.taxes });
  }
  await work.flush();
}
