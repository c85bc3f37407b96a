import { defineEntity, p } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const LegalEntityEntity = defineEntity({
  name: 'LegalEntity',
  tableName: 'legal_entities',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    name: columns.text(),
    address: columns.data<unknown>(),
    country: columns.text().nullable(),
    taxIds: columns.data<unknown>(),
    email: columns.text().nullable(),
    invoicePrefix: columns.text(),
    isDefault: columns.flag(),
    /** How its documents look from now on; each keeps the version it was issued with. */
    brandingVersion: columns.count(),
    taxProvider: columns.text(),
    taxIdCheck: columns.text(),
    taxIdMaxAgeDays: columns.count(),
    /** For a tax service: whether prices contain the tax, and its codes for the merchant's tax categories. */
    pricesIncludeTax: columns.flag(),
    taxCodes: columns.data<{ category: string; code: string }[]>(),
    ...stamps,
    ...metadata,
  },
});

export type LegalEntityRow = RowOf<typeof LegalEntityEntity>;

export const NumberSeriesEntity = defineEntity({
  name: 'NumberSeries',
  tableName: 'number_series',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    legalEntityId: columns.uuid().primary(),
    kind: columns.text().primary(),
    lastNumber: columns.minor(),
  },
});

export const InvoiceEntity = defineEntity({
  name: 'Invoice',
  tableName: 'invoices',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    origin: columns.text(),
    status: columns.text(),
    reason: columns.text(),
    number: columns.text().nullable(),
    numberSeries: columns.text().nullable(),
    numberSeq: columns.minor().nullable(),
    legalEntityId: columns.uuid(),
    accountId: columns.uuid(),
    billToAccountId: columns.uuid(),
    currency: columns.text(),
    collection: columns.text(),
    paymentMethodId: columns.uuid().nullable(),
    subtotal: columns.minor(),
    discountTotal: columns.minor(),
    taxTotal: columns.minor(),
    taxIncluded: columns.minor(),
    carriedToCredit: columns.minor(),
    total: columns.minor(),
    creditsApplied: columns.minor(),
    creditNotesApplied: columns.minor(),
    amountPaid: columns.minor(),
    writtenOff: columns.minor(),
    amountDue: columns
      .minor()
      .generated(
        "(case when status = 'void' then 0 else total - credits_applied - credit_notes_applied - amount_paid - written_off end) stored",
      ),
    netDays: columns.count(),
    memo: columns.text().nullable(),
    purchaseOrderNumber: columns.text().nullable(),
    customFields: columns.document<unknown>(),
    issuer: columns.document<unknown>().nullable(),
    buyer: columns.document<unknown>().nullable(),
    dueAt: columns.instant().nullable(),
    finalizedAt: columns.instant().nullable(),
    paidAt: columns.instant().nullable(),
    voidedAt: columns.instant().nullable(),
    uncollectibleAt: columns.instant().nullable(),
    contentHash: columns.text().nullable(),
    /** The database transaction that finalized it: only that one may still add its lines. Set by the database. */
    finalizedIn: p.string().columnType('xid8').nullable().default('pg_current_xact_id()'),
    recordedAt: columns.instant(),
    replacesInvoiceId: columns.uuid().nullable(),
    ...stamps,
    ...metadata,
  },
});

/** An invoice as verbs know it. */
export type InvoiceRow = Omit<RowOf<typeof InvoiceEntity>, 'finalizedIn'>;

/** What a verb writes of an invoice: the amount due is the database's to compute. */
export type WrittenInvoice = Omit<InvoiceRow, 'amountDue'>;

/** A draft that becomes final by itself. */
export const InvoiceGraceEntity = defineEntity({
  name: 'InvoiceGrace',
  tableName: 'invoice_graces',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    invoiceId: columns.uuid().primary(),
    finalizeAt: columns.instant(),
    testClockId: columns.uuid().nullable(),
  },
});

/** A draft that becomes the next invoice of its account in its currency. */
export const InvoiceHoldEntity = defineEntity({
  name: 'InvoiceHold',
  tableName: 'invoice_holds',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    invoiceId: columns.uuid().primary(),
    accountId: columns.uuid(),
    billToAccountId: columns.uuid(),
    legalEntityId: columns.uuid(),
    currency: columns.text(),
    /** Whether its lines took their discounts when they came. */
    discounted: columns.flag(),
  },
});

export const InvoiceLineEntity = defineEntity({
  name: 'InvoiceLine',
  tableName: 'invoice_lines',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    invoiceId: columns.uuid(),
    position: columns.count(),
    kind: columns.text(),
    accountId: columns.uuid(),
    subscriptionId: columns.uuid().nullable(),
    subscriptionItemId: columns.uuid().nullable(),
    component: columns.text(),
    priceId: columns.uuid().nullable(),
    description: columns.text(),
    periodStart: columns.instant().nullable(),
    periodEnd: columns.instant().nullable(),
    quantity: columns.decimal(),
    unitAmount: columns.decimal(),
    amount: columns.minor(),
    discountAmount: columns.minor(),
    taxAmount: columns.minor(),
    /** The same tax by rate (`LineTaxShare[]`). */
    taxes: columns.document<unknown>(),
    taxCategory: columns.text().nullable(),
    currency: columns.text(),
    reversesLineId: columns.uuid().nullable(),
    derivation: columns.document<unknown>(),
    createdAt: columns.instant(),
  },
});

export type InvoiceLineRow = RowOf<typeof InvoiceLineEntity>;

export const InvoiceTaxEntity = defineEntity({
  name: 'InvoiceTax',
  tableName: 'invoice_taxes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    invoiceId: columns.uuid(),
    taxRateId: columns.uuid().nullable(),
    /** Which tax of a service it is, where no rate of the merchant's. */
    toldRate: columns.text().nullable(),
    /** `taxed` or `reverse_charge`; the name says so too, and is hashed. */
    treatment: columns.text(),
    name: columns.text(),
    percent: columns.decimal(),
    inclusive: columns.flag(),
    taxable: columns.minor(),
    amount: columns.minor(),
    createdAt: columns.instant(),
  },
});

export type InvoiceTaxRow = RowOf<typeof InvoiceTaxEntity>;

export const InvoiceDiscountEntity = defineEntity({
  name: 'InvoiceDiscount',
  tableName: 'invoice_discounts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    invoiceId: columns.uuid(),
    /** Null for what is taken off by hand. */
    discountId: columns.uuid().nullable(),
    position: columns.count(),
    couponName: columns.text(),
    terms: columns.data<unknown>(),
    /** The most that it could take here; null for a percentage of no more than that. */
    offered: columns.minor().nullable(),
    amount: columns.minor(),
    /** What was taken before and came back with lines that were reversed here. */
    returned: columns.minor(),
    /** What is there for later invoices more than before: of what came back here; less, where what came back before is given anew. */
    forLater: columns.minor(),
    /** The end of the service periods that it took off. */
    coversUntil: columns.instant().nullable(),
    /** Whether it counts as one of its times, when it takes anything. */
    consumes: columns.flag(),
    skipped: columns.text().nullable(),
    createdAt: columns.instant(),
  },
});

export type InvoiceDiscountRow = RowOf<typeof InvoiceDiscountEntity>;

export const InvoiceLineDiscountEntity = defineEntity({
  name: 'InvoiceLineDiscount',
  tableName: 'invoice_line_discounts',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    invoiceLineId: columns.uuid().primary(),
    invoiceDiscountId: columns.uuid().primary(),
    invoiceId: columns.uuid(),
    amount: columns.minor(),
  },
});

export type InvoiceLineDiscountRow = RowOf<typeof InvoiceLineDiscountEntity>;

export const ChargeEntity = defineEntity({
  name: 'Charge',
  tableName: 'charges',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    currency: columns.text(),
    kind: columns.text(),
    priceId: columns.uuid().nullable(),
    description: columns.text(),
    taxCategory: columns.text().nullable(),
    quantity: columns.decimal(),
    unitAmount: columns.decimal(),
    amount: columns.minor(),
    periodStart: columns.instant().nullable(),
    periodEnd: columns.instant().nullable(),
    derivation: columns.data<unknown>(),
    dueAt: columns.instant(),
    invoiceLineId: columns.uuid().nullable(),
    canceledAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type ChargeRow = RowOf<typeof ChargeEntity>;

export const BilledPeriodEntity = defineEntity({
  name: 'BilledPeriod',
  tableName: 'billed_periods',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionItemId: columns.uuid(),
    component: columns.text(),
    kind: columns.text(),
    periodStart: columns.instant(),
    periodEnd: columns.instant(),
    invoiceLineId: columns.uuid(),
  },
});

export const ReleasedPeriodEntity = defineEntity({
  name: 'ReleasedPeriod',
  tableName: 'released_periods',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    subscriptionId: columns.uuid(),
    subscriptionItemId: columns.uuid(),
    component: columns.text(),
    periodStart: columns.instant(),
    periodEnd: columns.instant(),
    invoiceId: columns.uuid(),
    recordedAt: columns.instant(),
  },
});
