import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const DunningRunEntity = defineEntity({
  name: 'DunningRun',
  tableName: 'dunning_runs',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    invoiceId: columns.uuid().primary(),
    accountId: columns.uuid(),
    testClockId: columns.uuid().nullable(),
    status: columns.text(),
    firstFailedAt: columns.instant(),
    failures: columns.count(),
    nextRetryAt: columns.instant().nullable(),
    /** Without a new payment method until then, nothing more is tried. */
    givesUpAt: columns.instant().nullable(),
    declineClass: columns.text().nullable(),
    ...stamps,
  },
});

export type DunningRunRow = RowOf<typeof DunningRunEntity>;

export const DunningAttemptEntity = defineEntity({
  name: 'DunningAttempt',
  tableName: 'dunning_attempts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    invoiceId: columns.uuid(),
    installmentId: columns.uuid().nullable(),
    attemptNo: columns.count(),
    paymentId: columns.uuid().nullable(),
    at: columns.instant(),
    recordedAt: columns.instant(),
  },
});
