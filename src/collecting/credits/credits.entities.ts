import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, tenantFilter, tenantKey } from '../../platform/columns.ts';

/** What an account has in one currency: the sum of its lots. */
export const CreditBalanceEntity = defineEntity({
  name: 'CreditBalance',
  tableName: 'credit_balances',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    accountId: columns.uuid().primary(),
    currency: columns.text().primary(),
    balance: columns.minor(),
    lastSeq: columns.minor(),
  },
});

export const CreditEntryEntity = defineEntity({
  name: 'CreditEntry',
  tableName: 'credit_entries',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    currency: columns.text(),
    amount: columns.minor(),
    balanceAfter: columns.minor(),
    sourceType: columns.text(),
    sourceId: columns.uuid(),
    grantId: columns.uuid(),
    seq: columns.minor(),
    at: columns.instant(),
    recordedAt: columns.instant(),
  },
});

export type CreditEntryRow = RowOf<typeof CreditEntryEntity>;

/** A lot of credit: what was given at once, and what is left of it. */
export const CreditGrantEntity = defineEntity({
  name: 'CreditGrant',
  tableName: 'credit_grants',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    currency: columns.text(),
    sourceType: columns.text(),
    sourceId: columns.uuid(),
    amount: columns.minor(),
    remaining: columns.minor(),
    /** The part of `remaining` that holds keep back. */
    held: columns.minor(),
    /** What was paid for it, minor units; 0 for what was given. */
    paidAmount: columns.minor(),
    priority: columns.count(),
    /** The kinds of lines it may pay; null pays all. */
    lineKinds: columns.data<string[]>().nullable(),
    /** The plans whose lines it may pay; null pays all. */
    planIds: columns.data<string[]>().nullable(),
    expiresAt: columns.instant().nullable(),
    /** Since when it may not be spent, because the invoice that bought it is unpaid again. */
    frozenAt: columns.instant().nullable(),
    expiredAt: columns.instant().nullable(),
    withdrawnAt: columns.instant().nullable(),
    reason: columns.text().nullable(),
    testClockId: columns.uuid().nullable(),
    grantedAt: columns.instant(),
    updatedAt: columns.instant(),
    recordedAt: columns.instant(),
    ...metadata,
  },
});

export type CreditGrantRow = RowOf<typeof CreditGrantEntity>;

export const CreditHoldEntity = defineEntity({
  name: 'CreditHold',
  tableName: 'credit_holds',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    currency: columns.text(),
    amount: columns.minor(),
    status: columns.text(),
    expiresAt: columns.instant(),
    reason: columns.text().nullable(),
    invoiceId: columns.uuid().nullable(),
    endedAt: columns.instant().nullable(),
    testClockId: columns.uuid().nullable(),
    createdAt: columns.instant(),
    updatedAt: columns.instant(),
    recordedAt: columns.instant(),
    ...metadata,
  },
});

export type CreditHoldRow = RowOf<typeof CreditHoldEntity>;

/** What a hold keeps back of one lot. */
export const CreditHoldPartEntity = defineEntity({
  name: 'CreditHoldPart',
  tableName: 'credit_hold_parts',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    holdId: columns.uuid().primary(),
    grantId: columns.uuid().primary(),
    amount: columns.minor(),
  },
});

export type CreditHoldPartRow = RowOf<typeof CreditHoldPartEntity>;
