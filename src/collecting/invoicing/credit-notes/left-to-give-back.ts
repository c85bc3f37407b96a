import type { Work } from '../../../platform/work.ts';
import { sum } from '../../../rules/money.ts';
import { InvoiceEntity } from '../invoicing.entities.ts';
import { payable } from '../settlement/apply-money.ts';
import { allThatIsLeft } from './all-that-is-left.ts';
import { CreditNoteEntity } from './credit-notes.entities.ts';
import { loadCreditable } from './creditable-lines.ts';
import { partsOf, sumOf } from './planned-line.ts';

/**
 * What a credit note over all that is left of the lines of a final invoice would give back, beyond what is due on it; minor units,
 * not negative. Whatever gives back its money without a note must not give more: the rest went back as time or with notes, or pays
 * for lines of later invoices, whose time is worth it still. The account that pays it is locked by the caller.
 */
export async function leftToGiveBack(work: Work, organizationId: string, invoiceId: string): Promise<bigint> {
  const invoice = await work.findOne(InvoiceEntity, { organizationId, id: invoiceId });
  if (!invoice) return 0n;
  const notes = await work.find(CreditNoteEntity, { organizationId, invoiceId, status: 'issued' });
  const refundedByNotesMinor = sum(notes.map(({ toRefund }) => toRefund));
  const creditedMinor = sum(notes.map(({ total }) => total)) - refundedByNotesMinor;
  const { lines } = await loadCreditable(work, invoice);
  const left = allThatIsLeft({ invoice, lines, later: [], creditedMinor, refundedByNotesMinor });
  const minor = sumOf(partsOf(left), 'totalMinor') - payable(invoice);
  return minor > 0n ? minor : 0n;
}
