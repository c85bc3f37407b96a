import type { Work } from '../../platform/work.ts';
import { PlanMigrationEntity, type PlanMigrationRow } from './plan-migrations.entities.ts';
import { announceMigration } from './plan-migrations.facts.ts';

/** Ends a migration of which no step is left; while one is, or it has ended already, nothing. */
export async function finishPlanMigration(work: Work, migration: PlanMigrationRow): Promise<void> {
  const { organizationId, id } = migration;
  const [running] = await work.rows(
    `select 1 from plan_migrations m where m.organization_id = $1 and m.id = $2 and m.status = 'running'
       and not exists (select from plan_migration_steps s where s.organization_id = m.organization_id and s.migration_id = m.id and s.status = 'waiting')
     for update`,
    [organizationId, id],
  );
  if (!running) return;
  const at = work.recordedAt;
  work.update(PlanMigrationEntity, { organizationId, id, status: 'done', finishedAt: at, updatedAt: at });
  announceMigration(work, 'plan_migration.finished', { ...migration, status: 'done' });
}
