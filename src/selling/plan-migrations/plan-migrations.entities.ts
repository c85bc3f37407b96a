import { defineEntity } from '@mikro-orm/core';
import type { Actor } from '../../platform/actor.ts';
import { columns, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';

export const PlanMigrationEntity = defineEntity({
  name: 'PlanMigration',
  tableName: 'plan_migrations',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    planId: columns.uuid(),
    fromVersionId: columns.uuid(),
    toVersionId: columns.uuid(),
    timing: columns.text(),
    dryRun: columns.flag(),
    /** Who asked for it: the steps are done in this name. */
    actor: columns.data<Actor>(),
    status: columns.text(),
    total: columns.count(),
    finishedAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type PlanMigrationRow = RowOf<typeof PlanMigrationEntity>;

export interface KeptQuantity {
  component: string;
  /** Exact decimal text. */
  quantity: string;
}

export const PlanMigrationStepEntity = defineEntity({
  name: 'PlanMigrationStep',
  tableName: 'plan_migration_steps',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    migrationId: columns.uuid().primary(),
    subscriptionId: columns.uuid().primary(),
    status: columns.text(),
    currency: columns.text(),
    /** Minor units of a whole period of all its items, before discounts and tax. */
    amountBefore: columns.minor().nullable(),
    amountAfter: columns.minor().nullable(),
    /** Minor units of what is billed once and was not yet, before discounts and tax. */
    amountOnce: columns.minor().nullable(),
    /** The totals of what the step billed at once. */
    invoiced: columns.minor().nullable(),
    /** What the customer had ordered of components of the plan for later, and goes on with. */
    quantities: columns.data<KeptQuantity[]>(),
    code: columns.text().nullable(),
    message: columns.text().nullable(),
    doneAt: columns.instant().nullable(),
  },
});

export type PlanMigrationStepRow = RowOf<typeof PlanMigrationStepEntity>;
