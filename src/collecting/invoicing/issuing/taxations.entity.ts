import { defineEntity } from '@mikro-orm/core';
import { columns, tenantFilter } from '../../../platform/columns.ts';

/** A draft whose tax is not known yet, or is told by a service. */
export const InvoiceTaxationEntity = defineEntity({
  name: 'InvoiceTaxation',
  tableName: 'invoice_taxations',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    invoiceId: columns.uuid().primary(),
    billToAccountId: columns.uuid(),
    provider: columns.text(),
    status: columns.text(),
    /** What it waits for while it is `pending`. */
    reason: columns.text().nullable(),
    problem: columns.text().nullable(),
    askedAt: columns.instant(),
    /** It becomes final as of this instant as soon as its tax is known. */
    finalizeAt: columns.instant().nullable(),
    retryAt: columns.instant().nullable(),
    attempts: columns.count(),
    testClockId: columns.uuid().nullable(),
    questionHash: columns.text().nullable(),
    answer: columns.document<unknown>().nullable(),
    providerRef: columns.text().nullable(),
    updatedAt: columns.instant(),
  },
});
