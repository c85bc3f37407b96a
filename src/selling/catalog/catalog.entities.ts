import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';
export const PlanEntity = defineEntity({
  name: 'Plan',
  tableName: 'plans',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    externalId: columns.text().nullable(),
    name: columns.text(),
    tierLabel: columns.text().nullable(),
    kind: columns.text(),
    description: columns.text().nullable(),
    archivedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type PlanRow = RowOf<typeof PlanEntity>;

export const PlanVersionEntity = defineEntity({
  name: 'PlanVersion',
  tableName: 'plan_versions',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    planId: columns.uuid(),
    version: columns.count(),
    status: columns.text(),
    intervalUnit: columns.text(),
    intervalCount: columns.count(),
    trialDays: columns.count(),
    /** Decimal texts of minor units by currency. */
    minimumCommitments: columns.data<Record<string, string>>(),
    publishedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type PlanVersionRow = RowOf<typeof PlanVersionEntity>;

export const PriceEntity = defineEntity({
  name: 'Price',
  tableName: 'prices',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    planVersionId: columns.uuid(),
    component: columns.text(),
    name: columns.text(),
    currency: columns.text(),
    model: columns.text(),
    parameters: columns.data<unknown>(),
    billingMode: columns.text(),
    /** What it is taxed as; null: nothing in particular. */
    taxCategory: columns.text().nullable(),
    position: columns.count(),
    createdAt: columns.instant(),
  },
});

export type PriceRow = RowOf<typeof PriceEntity>;
