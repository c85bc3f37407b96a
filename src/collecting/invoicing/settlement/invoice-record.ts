import type { CustomField } from '../../../accounts/index.ts';
import type { FieldColumns } from '../../../platform/lookahead.ts';
import type { InvoiceRow } from '../invoicing.entities.ts';
import type { FrozenBuyer, FrozenIssuer } from '../issuers/issuers.ts';

/** A row of `invoices` as SQL answers it. */
export interface InvoiceRecord {
  organization_id: string;
  id: string;
  origin: string;
  status: string;
  reason: string;
  number: string | null;
  number_series: string | null;
  number_seq: bigint | null;
  legal_entity_id: string;
  account_id: string;
  bill_to_account_id: string;
  currency: string;
  collection: string;
  payment_method_id: string | null;
  subtotal: bigint;
  discount_total: bigint;
  tax_total: bigint;
  tax_included: bigint;
  carried_to_credit: bigint;
  total: bigint;
  credits_applied: bigint;
  credit_notes_applied: bigint;
  amount_paid: bigint;
  written_off: bigint;
  amount_due: bigint;
  net_days: number;
  memo: string | null;
  purchase_order_number: string | null;
  custom_fields: CustomField[];
  issuer: FrozenIssuer | null;
  buyer: FrozenBuyer | null;
  due_at: Date | null;
  finalized_at: Date | null;
  paid_at: Date | null;
  voided_at: Date | null;
  uncollectible_at: Date | null;
  content_hash: string | null;
  metadata: Record<string, string>;
  created_at: Date;
  updated_at: Date;
  recorded_at: Date;
  replaces_invoice_id: string | null;
}

const names = [
  'organization_id',
  'id',
  'origin',
  'status',
  'reason',
  'number',
  'number_series',
  'number_seq',
  'legal_entity_id',
  'account_id',
  'bill_to_account_id',
  'currency',
  'collection',
  'payment_method_id',
  'subtotal',
  'discount_total',
  'tax_total',
  'tax_included',
  'carried_to_credit',
  'total',
  'credits_applied',
  'credit_notes_applied',
  'amount_paid',
  'written_off',
  'amount_due',
  'net_days',
  'memo',
  'purchase_order_number',
  'custom_fields',
  'issuer',
  'buyer',
  'due_at',
  'finalized_at',
  'paid_at',
  'voided_at',
  'uncollectible_at',
  'content_hash',
  'metadata',
  'created_at',
  'updated_at',
  'recorded_at',
  'replaces_invoice_id',
] as const satisfies readonly (keyof InvoiceRecord)[];

/** The columns of invoices behind an alias, for a select. */
export function invoiceColumns(alias: string): string {
  return names.map((name) => `${alias}.${name}`).join(', ');
}

/** The columns that each field of the API's `Invoice` shows. */
export const invoiceFieldColumns: FieldColumns<keyof InvoiceRecord> = {
  always: [
    'id',
    'account_id',
    'bill_to_account_id',
    'legal_entity_id',
    'payment_method_id',
    'replaces_invoice_id',
    'currency',
    'status',
    'created_at',
  ],
  fields: {
    number: ['number'],
    document: ['number'],
    reason: ['reason'],
    collection: ['collection'],
    subtotal: ['subtotal'],
    discountTotal: ['discount_total'],
    taxTotal: ['tax_total'],
    taxIncluded: ['tax_included'],
    carriedToCredit: ['carried_to_credit'],
    total: ['total'],
    creditsApplied: ['credits_applied'],
    creditNotesApplied: ['credit_notes_applied'],
    amountPaid: ['amount_paid'],
    writtenOff: ['written_off'],
    amountDue: ['amount_due'],
    netDays: ['net_days'],
    memo: ['memo'],
    purchaseOrderNumber: ['purchase_order_number'],
    customFields: ['custom_fields'],
    issuer: ['issuer'],
    buyer: ['buyer'],
    dueAt: ['due_at'],
    finalizedAt: ['finalized_at'],
    paidAt: ['paid_at'],
    voidedAt: ['voided_at'],
    uncollectibleAt: ['uncollectible_at'],
    contentHash: ['content_hash'],
    metadata: ['metadata'],
    updatedAt: ['updated_at'],
  },
};

/** The row as verbs know it. */
export function toInvoiceRow(record: InvoiceRecord): InvoiceRow {
  return {
    organizationId: record.organization_id,
    id: record.id,
    origin: record.origin,
    status: record.status,
    reason: record.reason,
    number: record.number,
    numberSeries: record.number_series,
    numberSeq: record.number_seq,
    legalEntityId: record.legal_entity_id,
    accountId: record.account_id,
    billToAccountId: record.bill_to_account_id,
    currency: record.currency,
    collection: record.collection,
    paymentMethodId: record.payment_method_id,
    subtotal: record.subtotal,
    discountTotal: record.discount_total,
    taxTotal: record.tax_total,
    taxIncluded: record.tax_included,
    carriedToCredit: record.carried_to_credit,
    total: record.total,
    creditsApplied: record.credits_applied,
    creditNotesApplied: record.credit_notes_applied,
    amountPaid: record.amount_paid,
    writtenOff: record.written_off,
    amountDue: record.amount_due,
    netDays: record.net_days,
    memo: record.memo,
    purchaseOrderNumber: record.purchase_order_number,
    customFields: record.custom_fields,
    issuer: record.issuer,
    buyer: record.buyer,
    dueAt: record.due_at,
    finalizedAt: record.finalized_at,
    paidAt: record.paid_at,
    voidedAt: record.voided_at,
    uncollectibleAt: record.uncollectible_at,
    contentHash: record.content_hash,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    recordedAt: record.recorded_at,
    replacesInvoiceId: record.replaces_invoice_id,
  };
}
