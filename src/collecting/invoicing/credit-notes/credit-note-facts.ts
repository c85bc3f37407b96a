import type { Fact } from '../../../platform/outbox.ts';
import type { CreditNoteRow } from './credit-notes.entities.ts';

export type CreditNoteFactType = 'credit_note.created' | 'credit_note.voided';

/** What a fact about a credit note tells: ids, status, amounts in minor units as text. */
export interface CreditNoteFactData extends Record<string, unknown> {
  creditNoteId: string;
  number: string | null;
  invoiceId: string;
  status: string;
  reason: string;
  accountId: string;
  billToAccountId: string;
  currency: string;
  total: string;
  toInvoice: string;
  toRefund: string;
  toBalance: string;
}

/** A fact about a credit note as it is now. `at` is the instant on the account's clock. */
export function creditNoteFact(type: CreditNoteFactType, note: CreditNoteRow, at: Date, change?: unknown): Fact {
  const data: CreditNoteFactData = {
    creditNoteId: note.id,
    number: note.number ?? null,
    invoiceId: note.invoiceId,
    status: note.status,
    reason: note.reason,
    accountId: note.accountId,
    billToAccountId: note.billToAccountId,
    currency: note.currency,
    total: note.total.toString(),
    toInvoice: note.toInvoice.toString(),
    toRefund: note.toRefund.toString(),
    toBalance: note.toBalance.toString(),
  };
  return {
    type,
    organizationId: note.organizationId,
    objectType: 'credit_note',
    objectId: note.id,
    accountId: note.accountId,
    at,
    data,
    ...(change === undefined ? {} : { change }),
  };
}
