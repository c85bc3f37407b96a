import { defineEntity, p } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../../platform/columns.ts';

export const CreditNoteEntity = defineEntity({
  name: 'CreditNote',
  tableName: 'credit_notes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    invoiceId: columns.uuid(),
    legalEntityId: columns.uuid(),
    accountId: columns.uuid(),
    billToAccountId: columns.uuid(),
    status: columns.text(),
    reason: columns.text(),
    memo: columns.text().nullable(),
    number: columns.text().nullable(),
    numberSeries: columns.text().nullable(),
    numberSeq: columns.minor().nullable(),
    currency: columns.text(),
    subtotal: columns.minor(),
    discountTotal: columns.minor(),
    taxTotal: columns.minor(),
    taxIncluded: columns.minor(),
    total: columns.minor(),
    toInvoice: columns.minor(),
    toRefund: columns.minor(),
    /** What of `toRefund` refunds without a note had given back before. */
    refundedBefore: columns.minor(),
    toBalance: columns.minor(),
    issuer: columns.document<unknown>(),
    buyer: columns.document<unknown>(),
    issuedAt: columns.instant(),
    /** The database transaction that issued it: only that one may add its lines. Set by the database. */
    issuedIn: p.string().columnType('xid8').default('pg_current_xact_id()'),
    voidedAt: columns.instant().nullable(),
    contentHash: columns.text().nullable(),
    ...metadata,
    ...stamps,
    recordedAt: columns.instant(),
  },
});

/** A credit note as verbs know it. */
export type CreditNoteRow = Omit<RowOf<typeof CreditNoteEntity>, 'issuedIn'>;

export const CreditNoteLineEntity = defineEntity({
  name: 'CreditNoteLine',
  tableName: 'credit_note_lines',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    creditNoteId: columns.uuid(),
    invoiceLineId: columns.uuid(),
    position: columns.count(),
    description: columns.text(),
    /** How many of the line's quantity, where it was credited by quantity. */
    quantity: columns.decimal().nullable(),
    amount: columns.minor(),
    discountAmount: columns.minor(),
    taxAmount: columns.minor(),
    taxIncluded: columns.minor(),
    total: columns.minor(),
    taxes: columns.document<unknown>(),
    periodStart: columns.instant().nullable(),
    periodEnd: columns.instant().nullable(),
    freesPeriod: columns.flag(),
    /** How it came about (`CreditDerivation` of the rules); {} where it is older than that. */
    derivation: columns.document<unknown>(),
    createdAt: columns.instant(),
  },
});

export type CreditNoteLineRow = RowOf<typeof CreditNoteLineEntity>;

export const CreditNoteTaxEntity = defineEntity({
  name: 'CreditNoteTax',
  tableName: 'credit_note_taxes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    creditNoteId: columns.uuid(),
    taxRateId: columns.uuid().nullable(),
    treatment: columns.text(),
    name: columns.text(),
    percent: columns.decimal(),
    inclusive: columns.flag(),
    taxable: columns.minor(),
    amount: columns.minor(),
    createdAt: columns.instant(),
  },
});

export type CreditNoteTaxRow = RowOf<typeof CreditNoteTaxEntity>;

/** What a note gave back into a lot that its invoice had spent. */
export const CreditNoteReturnEntity = defineEntity({
  name: 'CreditNoteReturn',
  tableName: 'credit_note_returns',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    creditNoteId: columns.uuid(),
    grantId: columns.uuid(),
    amount: columns.minor(),
    /** Set where the lot was over by then: the credit left again at once. */
    endedAt: columns.instant().nullable(),
    createdAt: columns.instant(),
  },
});
