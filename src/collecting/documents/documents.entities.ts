import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, tenantFilter, tenantKey } from '../../platform/columns.ts';
import type { Party, ReceiptMethod } from './document-content.ts';

export const DocumentBrandingEntity = defineEntity({
  name: 'DocumentBranding',
  tableName: 'document_brandings',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    legalEntityId: columns.uuid().primary(),
    version: columns.count().primary(),
    logo: columns.bytes().nullable(),
    /** Which version brought the logo; null where there is none. */
    logoVersion: columns.count().nullable(),
    accentColor: columns.text().nullable(),
    footer: columns.text().nullable(),
    createdAt: columns.instant(),
  },
});

/** Links that were given out by then open nothing. */
export const DocumentLinkRevocationEntity = defineEntity({
  name: 'DocumentLinkRevocation',
  tableName: 'document_link_revocations',
  filters: tenantFilter,
  properties: { organizationId: columns.uuid().primary(), revokedAt: columns.instant() },
});

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
  /** In which language it speaks, and which version of its branding it wears; not there on receipts of before. */
  locale?: string;
  brandingVersion?: number;
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
