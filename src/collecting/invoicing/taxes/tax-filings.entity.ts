import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, stamps, tenantFilter, tenantKey } from '../../../platform/columns.ts';

/** A sale that a tax service is told of, or what is taken back of one; for the reports it makes. */
export const TaxFilingEntity = defineEntity({
  name: 'TaxFiling',
  tableName: 'tax_filings',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    provider: columns.text(),
    kind: columns.text(),
    invoiceId: columns.uuid(),
    creditNoteId: columns.uuid().nullable(),
    /** Of a reversal: the sale that it takes back. */
    saleId: columns.uuid().nullable(),
    /** Unique at the service, and the same for every try. */
    reference: columns.text(),
    /** Of a sale: the service's answer that it was taxed by. */
    calculationRef: columns.text().nullable(),
    /** Of a reversal: what of the sale's lines (`FiledLine[]`); null for all of it. */
    lines: columns.document<unknown>().nullable(),
    status: columns.text(),
    providerRef: columns.text().nullable(),
    problem: columns.text().nullable(),
    attempts: columns.count(),
    retryAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type TaxFilingRow = RowOf<typeof TaxFilingEntity>;

/** A line that is taken back, in minor units as text: what it asked for without exclusive tax, and the tax. */
export interface FiledLine {
  lineId: string;
  amount: string;
  tax: string;
}
