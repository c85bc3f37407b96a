import { invalidState, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { reversePosting } from '../../../rules/posting.ts';
import { post, readPostings } from '../../ledger/index.ts';
import { BilledPeriodEntity } from '../invoicing.entities.ts';
import { holdInvoice } from '../settlement/hold-invoices.ts';
import { chargeInvoiceAgain } from './credit-invoice.ts';
import { creditNoteFact } from './credit-note-facts.ts';
import { CreditNoteEntity, type CreditNoteRow } from './credit-notes.entities.ts';
import { takeNoteCredit } from './note-credit.ts';

/**
 * Takes a credit note back as if it had never been issued: the invoice asks for that much again, the credit is withdrawn, and
 * the periods it freed are billed again by their lines. Its number stays used. NOT_FOUND; INVALID_STATE if it is void, if it
 * gave money back, if its credit was spent meanwhile, or if a change or an end took back since what it left of a line;
 * CONFLICT if a period it freed was billed anew, or if its subscription does not have it any more as it was.
 */
export async function voidCreditNote(work: Work, input: { id: string }): Promise<CreditNoteRow> {
  const path = ['input', 'id'];
  const { organizationId } = work;
  const found = await work.findOne(CreditNoteEntity, { organizationId, id: input.id });
  if (!found) throw notFound(path);
  const { invoice, account } = await holdInvoice(work, found.invoiceId, path);
  await work.rows('select 1 from credit_notes where organization_id = $1 and id = $2 for update', [
    organizationId,
    input.id,
  ]);
  const { issuedIn: _transaction, ...note } = (await work.findOne(CreditNoteEntity, { organizationId, id: input.id }))!;
  if (note.status !== 'issued') throw invalidState('The credit note is void already.', path);
  if (note.toRefund > 0n) throw invalidState('A credit note that gave money back cannot be voided.', path);
  await refuseTakenBackSince(work, note, path);
  const at = account.now;
  await takeNoteCredit(work, note, at, path);
  await billAgain(work, note);
  const issued = (await readPostings(work, [note.id], 'issue')).get(note.id) ?? [];
  const source = { organizationId, sourceType: 'credit_note', sourceId: note.id, at };
  post(work, [{ ...source, effect: 'void', entries: reversePosting(issued) }]);
  chargeInvoiceAgain(work, invoice, note, at);
  Object.assign(note, { status: 'void', voidedAt: at, updatedAt: at });
  work.update(CreditNoteEntity, { organizationId, id: note.id, status: 'void', voidedAt: at, updatedAt: at });
  work.announce(creditNoteFact('credit_note.voided', note, at, { status: { old: 'issued', new: 'void' } }));
  return note;
}

/** What was taken back of a line since was worth what the note had left of it: without the note it would have been more. */
async function refuseTakenBackSince(work: Work, { id, organizationId, issuedAt }: CreditNoteRow, path: string[]) {
  const [since] = await work.rows(
    `select 1 from credit_note_lines n
     join invoice_lines r on r.organization_id = n.organization_id and r.reverses_line_id = n.invoice_line_id
     join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id and i.status <> 'void'
     where n.organization_id = $1 and n.credit_note_id = $2 and r.created_at >= $3 and r.id > n.credit_note_id limit 1`,
    [organizationId, id, issuedAt],
  );
  if (!since) return;
  throw invalidState(
    'What the note left of a line was taken back since: bill what is missing by an invoice instead.',
    path,
  );
}

interface FreedRecord {
  invoice_line_id: string;
  subscription_item_id: string;
  component: string;
  kind: string;
  period_start: Date;
  period_end: Date;
}

/** The database refuses a period that was billed anew meanwhile. */
async function billAgain(work: Work, note: CreditNoteRow): Promise<void> {
  const { organizationId, id } = note;
  const freed = await work.rows<FreedRecord>(
    `select n.invoice_line_id, l.subscription_item_id, l.component, l.kind, n.period_start, n.period_end from credit_note_lines n
     join invoice_lines l on l.organization_id = n.organization_id and l.id = n.invoice_line_id
     where n.organization_id = $1 and n.credit_note_id = $2 and n.frees_period`,
    [organizationId, id],
  );
  work.insert(
    BilledPeriodEntity,
    freed.map((record) => ({
      organizationId,
      id: newId(),
      subscriptionItemId: record.subscription_item_id,
      component: record.component,
      kind: record.kind,
      periodStart: record.period_start,
      periodEnd: record.period_end,
      invoiceLineId: record.invoice_line_id,
    })),
  );
}
