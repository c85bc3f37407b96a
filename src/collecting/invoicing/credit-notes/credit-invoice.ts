import type { Work } from '../../../platform/work.ts';
import { postRecovery, postWriteOff } from '../../../rules/posting.ts';
import { post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { payable } from '../settlement/apply-money.ts';
import type { LockedInvoice } from '../settlement/lock-invoices.ts';
import type { CreditNoteRow } from './credit-notes.entities.ts';

/**
 * A credit note lowers what its invoice asks for, or what was written off of it (that much of the write-off is reversed).
 * Changes the invoice given; `invoice.paid` where nothing is due any more, `invoice.credited` otherwise.
 */
export function creditInvoice(work: Work, invoice: LockedInvoice, note: CreditNoteRow, at: Date): void {
  const amount = note.toInvoice;
  if (amount === 0n) return;
  const status = nextStatus(invoice.status, amount < payable(invoice) ? 'pay' : 'settle');
  if (invoice.status === 'uncollectible') {
    postAbout(work, note, 'recover', postRecovery(note.currency, amount), at);
    invoice.writtenOff -= amount;
  } else {
    invoice.amountDue -= amount;
  }
  invoice.creditNotesApplied += amount;
  moveTo(work, invoice, status, at);
  const type = status === 'paid' ? 'invoice.paid' : 'invoice.credited';
  work.announce(invoiceFact(type, invoice, invoice.subscriptionIds, at));
}

/** The opposite, for a note that is voided: the invoice asks for that much again, or has it written off. */
export function chargeInvoiceAgain(work: Work, invoice: LockedInvoice, note: CreditNoteRow, at: Date): void {
  const amount = note.toInvoice;
  if (amount === 0n) return;
  const status = nextStatus(invoice.status, 'bounce', ['input', 'id']);
  if (status === 'uncollectible') {
    postAbout(work, note, 'void_write_off', postWriteOff(note.currency, amount), at);
    invoice.writtenOff += amount;
  } else {
    invoice.amountDue += amount;
  }
  invoice.creditNotesApplied -= amount;
  moveTo(work, invoice, status, at);
  work.announce(invoiceFact('invoice.reopened', invoice, invoice.subscriptionIds, at));
}

function postAbout(
  work: Work,
  note: CreditNoteRow,
  effect: string,
  entries: ReturnType<typeof postRecovery>,
  at: Date,
): void {
  post(work, [
    { organizationId: note.organizationId, sourceType: 'credit_note', sourceId: note.id, effect, at, entries },
  ]);
}

function moveTo(work: Work, invoice: LockedInvoice, status: string, at: Date): void {
  const { organizationId, id, creditNotesApplied, writtenOff } = invoice;
  const paidAt = status === 'paid' ? at : null;
  const uncollectibleAt = status === 'uncollectible' ? (invoice.uncollectibleAt ?? at) : null;
  Object.assign(invoice, { status, paidAt, uncollectibleAt, updatedAt: at });
  work.update(InvoiceEntity, {
    organizationId,
    id,
    status,
    creditNotesApplied,
    writtenOff,
    paidAt,
    uncollectibleAt,
    updatedAt: at,
  });
}
