import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';

/** A purchase of credit: given once its invoice is paid. */
export const CreditTopUpEntity = defineEntity({
  name: 'CreditTopUp',
  tableName: 'credit_top_ups',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    currency: columns.text(),
    /** The credit, minor units. */
    amount: columns.minor(),
    /** What it costs, minor units. */
    price: columns.minor(),
    status: columns.text(),
    automatic: columns.flag(),
    invoiceId: columns.uuid(),
    grantId: columns.uuid().nullable(),
    priority: columns.count(),
    lineKinds: columns.data<string[]>().nullable(),
    /** Local days from when it is given; null never expires. */
    expiresAfterDays: columns.count().nullable(),
    reason: columns.text().nullable(),
    /** Since when its invoice is written off: late money still buys, but nothing waits for it. */
    givenUpAt: columns.instant().nullable(),
    ...stamps,
    recordedAt: columns.instant(),
    ...metadata,
  },
});

export type CreditTopUpRow = RowOf<typeof CreditTopUpEntity>;

/** When and how far an account's credit is bought anew by itself; a fixed amount or up to a target, minor units. */
export const AutomaticTopUpEntity = defineEntity({
  name: 'AutomaticTopUp',
  tableName: 'automatic_top_ups',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    accountId: columns.uuid().primary(),
    currency: columns.text().primary(),
    threshold: columns.minor(),
    amount: columns.minor().nullable(),
    target: columns.minor().nullable(),
    /** The most that is bought by itself in a calendar month of the account, minor units of credit. */
    monthlyCap: columns.minor().nullable(),
    expiresAfterDays: columns.count().nullable(),
    testClockId: columns.uuid().nullable(),
    /** Declines in a row. */
    failures: columns.count(),
    /** Since when declines have stopped it. */
    pausedAt: columns.instant().nullable(),
    /** Until when the month's cap stops it. */
    resumesAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type AutomaticTopUpRow = RowOf<typeof AutomaticTopUpEntity>;

/** The part of a refund that gives back what a purchase of credit cost, and the credit that it takes for it, minor units. */
export const CreditTopUpRefundEntity = defineEntity({
  name: 'CreditTopUpRefund',
  tableName: 'credit_top_up_refunds',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    refundId: columns.uuid(),
    topUpId: columns.uuid(),
    money: columns.minor(),
    credit: columns.minor(),
    status: columns.text(),
    ...stamps,
  },
});

export type CreditTopUpRefundRow = RowOf<typeof CreditTopUpRefundEntity>;
