import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, tenantFilter, tenantKey } from '../../platform/columns.ts';
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

export type CreditBalanceRow = RowOf<typeof CreditBalanceEntity>;

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
    seq: columns.minor(),
    at: columns.instant(),
    recordedAt: columns.instant(),
  },
});

export type CreditEntryRow = RowOf<typeof CreditEntryEntity>;
