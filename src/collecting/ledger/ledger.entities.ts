import { defineEntity, p } from '@mikro-orm/core';
import { columns, type RowOf, tenantFilter } from '../../platform/columns.ts';

/** One side of a ledger transaction: debit positive, credit negative. Append-only. */
export const LedgerEntryEntity = defineEntity({
  name: 'LedgerEntry',
  tableName: 'ledger_entries',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    id: p.bigint('bigint').primary().autoincrement().generated('always as identity'),
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
