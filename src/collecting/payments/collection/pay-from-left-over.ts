import { uuids } from '../../../platform/sql-text.ts';
import type { Consequence } from '../../../platform/work.ts';
import { creditKeyOf, loadBalances } from '../../credits/index.ts';
import { type CreditNoteFactData, holdInvoices, payFromCredit } from '../../invoicing/index.ts';

/**
 * Consequence of `credit_note.voided`, before anything is collected anew: what payments of the invoice left over while the note
 * stood became credit, and is what the invoice asks for again. As far as it is still there, nobody is charged for it twice.
 */
export const payFromLeftOver: Consequence = async (work, facts) => {
  const reopened = facts.filter((fact) => BigInt((fact.data as CreditNoteFactData).toInvoice) > 0n);
  if (reopened.length === 0) return;
  const payments = await work.rows<{ invoice_id: string; payment_id: string }>(
    `select distinct a.invoice_id, a.payment_id from payment_applications a
     join credit_grants g on g.organization_id = a.organization_id and g.source_type = 'overpayment' and g.source_id = a.payment_id
     where a.organization_id = any($1::uuid[]) and a.invoice_id = any($2::uuid[]) and a.status = 'applied' and g.remaining > 0`,
    [uuids(work.organizations), uuids(reopened.map((fact) => (fact.data as CreditNoteFactData).invoiceId))],
  );
  for (const { objectId: causeId, at, data } of reopened) {
    const { invoiceId } = data as CreditNoteFactData;
    const from = payments.filter((one) => one.invoice_id === invoiceId).map((one) => one.payment_id);
    const [held] = from.length > 0 ? await holdInvoices(work, [invoiceId]) : [];
    if (!held || !['open', 'uncollectible'].includes(held.invoice.status)) continue;
    const balances = await loadBalances(work, [creditKeyOf(held.invoice)]);
    payFromCredit(work, held.invoice, { from, causeId, at }, balances);
    balances.save(work);
  }
};
