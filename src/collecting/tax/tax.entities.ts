import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const TaxRateEntity = defineEntity({
  name: 'TaxRate',
  tableName: 'tax_rates',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    name: columns.text(),
    country: columns.text(),
    region: columns.text().nullable(),
    percent: columns.decimal(),
    inclusive: columns.flag(),
    validFrom: columns.day().nullable(),
    validTo: columns.day().nullable(),
    archivedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type TaxRateRow = RowOf<typeof TaxRateEntity>;
