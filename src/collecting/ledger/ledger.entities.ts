import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const LedgerEntryEntity = defineEntity({
  name: 'LedgerEntry',
  tableName: 'ledger_entries',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    transactionId: columns.uuid(),
    account: columns.text(),
    currency: columns.text(),
    amount: columns.minor(),
    sourceType: columns.text(),
    sourceId: columns.uuid(),
    effect: columns.text(),
    at: columns.instant(),
    recordedAt: columns.instant(),
  },
});

export type LedgerEntryRow = RowOf<typeof LedgerEntryEntity>;
