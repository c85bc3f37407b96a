import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
import type { Party, ReceiptMethod } from './document-content.ts';

export const DocumentBrandingEntity = defineEntity({
  name: 'DocumentBranding',
  tableName: 'document_brandings',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    legalEntityId: columns.uuid().primary(),
    logo: columns.bytes().nullable(),
    accentColor: columns.text().nullable(),
    footer: columns.text().nullable(),
    ...stamps,
  },
});

export type DocumentBrandingRow = RowOf<typeof DocumentBrandingEntity>;

export const ReceiptDayEntity = defineEntity({
  name: 'ReceiptDay',
  tableName: 'receipt_days',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    paidOn: columns.day().primary(),
    lastPlace: columns.count(),
  },
});

/** What a receipt froze when the money came. */
export interface FrozenReceipt {
  issuer: Party;
  buyer: Party;
  method: ReceiptMethod;
  covers: { number: string; amount: string }[];
}

export const ReceiptEntity = defineEntity({
  name: 'Receipt',
  tableName: 'receipts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    number: columns.text(),
    accountId: columns.uuid(),
    paymentId: columns.uuid(),
    currency: columns.text(),
    amount: columns.minor(),
    paidOn: columns.day(),
    paidAt: columns.instant(),
    legalEntityId: columns.uuid(),
    content: columns.document<FrozenReceipt>(),
    recordedAt: columns.instant(),
  },
});

export type ReceiptRow = RowOf<typeof ReceiptEntity>;
