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
    /** Whose tax it is where several of one place add up; '' where there is one. */
    jurisdiction: columns.text(),
    percent: columns.decimal(),
    inclusive: columns.flag(),
    /** What it is limited to; null is for whatever has no rate of its own. */
    taxCategory: columns.text().nullable(),
    validFrom: columns.day().nullable(),
    validTo: columns.day().nullable(),
    archivedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type TaxRateRow = RowOf<typeof TaxRateEntity>;

/** Where an issuer is registered for tax, from a first day up to, not including, a last one. */
export const TaxRegistrationEntity = defineEntity({
  name: 'TaxRegistration',
  tableName: 'tax_registrations',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    legalEntityId: columns.uuid(),
    country: columns.text(),
    region: columns.text().nullable(),
    scheme: columns.text(),
    taxId: columns.text().nullable(),
    validFrom: columns.day().nullable(),
    validTo: columns.day().nullable(),
    archivedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type TaxRegistrationRow = RowOf<typeof TaxRegistrationEntity>;
