import type { Work } from '../../platform/work.ts';
import type { PlanMigrationRow } from './plan-migrations.entities.ts';

/** Announces what happened to a migration; it hangs on no account, so it happens by the wall clock. */
export function announceMigration(
  work: Work,
  type: 'plan_migration.started' | 'plan_migration.finished',
  migration: PlanMigrationRow,
): void {
  const { organizationId, id, planId, dryRun, total } = migration;
  work.announce({
    type,
    organizationId,
    objectType: 'plan_migration',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { planMigrationId: id, planId, dryRun, total },
  });
}
