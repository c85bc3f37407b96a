import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../platform/columns.ts';

/** Where invoices of an account go; the country decides about tax. */
export interface BillingAddress {
  line1: string | null;
  line2: string | null;
  city: string | null;
  region: string | null;
  postalCode: string | null;
  /** ISO 3166-1, two letters. */
  country: string;
}

/** A name and a value that documents of an account show. */
export interface CustomField {
  name: string;
  value: string;
}

export interface TaxId {
  type: string;
  value: string;
}

/** Why an account is exempt from tax, and for which days (`YYYY-MM-DD`, the last one excluded); null is unbounded. */
export interface TaxExemption {
  reason: string | null;
  certificate: string | null;
  validFrom: string | null;
  validTo: string | null;
}

export const OrganizationEntity = defineEntity({
  name: 'Organization',
  tableName: 'organizations',
  properties: {
    id: columns.uuid().primary(),
    name: columns.text(),
    mode: columns.text(),
    timezone: columns.text(),
    defaultCurrency: columns.text(),
    netDays: columns.count(),
    invoiceGrouping: columns.text(),
    dunningFinalAction: columns.text(),
    trialReminderDays: columns.count(),
    invoiceGraceDays: columns.count(),
    ...stamps,
    ...metadata,
  },
});

export type OrganizationRow = RowOf<typeof OrganizationEntity>;

export const MemberEntity = defineEntity({
  name: 'Member',
  tableName: 'members',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    email: columns.text(),
    name: columns.text(),
    role: columns.text(),
    passwordHash: columns.text(),
    sessionVersion: columns.count(),
    lastLoginAt: columns.instant().nullable(),
    removedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type MemberRow = RowOf<typeof MemberEntity>;

/** A member's session: one chain of renewal tokens, kept as hashes. */
export const SessionEntity = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    memberId: columns.uuid(),
    generation: columns.count(),
    tokenHash: columns.bytes(),
    previousHash: columns.bytes().nullable(),
    renewedAt: columns.instant(),
    expiresAt: columns.instant(),
    endedAt: columns.instant().nullable(),
    createdAt: columns.instant(),
  },
});

export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    name: columns.text(),
    keyId: columns.text(),
    secretHash: columns.bytes(),
    last4: columns.text(),
    permissions: columns.data<string[]>(),
    expiresAt: columns.instant().nullable(),
    lastUsedAt: columns.instant().nullable(),
    revokedAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type ApiKeyRow = RowOf<typeof ApiKeyEntity>;

export const TestClockEntity = defineEntity({
  name: 'TestClock',
  tableName: 'test_clocks',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    name: columns.text(),
    status: columns.text(),
    nowAt: columns.instant(),
    targetAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type TestClockRow = RowOf<typeof TestClockEntity>;

export const AccountEntity = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    externalId: columns.text().nullable(),
    name: columns.text(),
    email: columns.text().nullable(),
    currency: columns.text(),
    timezone: columns.text(),
    locale: columns.text(),
    billingAddress: columns.data<BillingAddress>().nullable(),
    taxIds: columns.data<TaxId[]>(),
    taxExempt: columns.flag(),
    taxExemption: columns.data<TaxExemption>().nullable(),
    billToAccountId: columns.uuid().nullable(),
    dunningStatus: columns.text(),
    netDays: columns.count().nullable(),
    invoiceGraceDays: columns.count().nullable(),
    legalEntityId: columns.uuid().nullable(),
    purchaseOrderNumber: columns.text().nullable(),
    customFields: columns.data<CustomField[]>(),
    parentAccountId: columns.uuid().nullable(),
    /** Who is invoiced for it: `self`, `parent_pays`, `parent_invoiced`. */
    billingPolicy: columns.text(),
    /** On whose invoices its lines go, where not on its own; follows from parents and policies, as `billToAccountId` does. */
    invoiceAccountId: columns.uuid().nullable(),
    testClockId: columns.uuid().nullable(),
    deletedAt: columns.instant().nullable(),
    erasedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type AccountRow = RowOf<typeof AccountEntity>;
