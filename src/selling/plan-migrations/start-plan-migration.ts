import { z } from 'zod';
import { invalidInput, invalidState, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { PlanMigrationEntity, type PlanMigrationRow } from './plan-migrations.entities.ts';
import { announceMigration } from './plan-migrations.facts.ts';

const schema = z.object({
  planId: z.uuid(),
  fromVersion: z.int().min(1),
  toVersion: z.int().min(1),
  when: z.enum(['now', 'period_end']),
  dryRun: z.boolean(),
});

export type MigrateSubscriptionsInput = z.input<typeof schema>;

/**
 * Writes down which subscriptions go from one version of a plan to another: all that hold it now and have not ended. The
 * job does them one by one; a dry run only says what would come of it. NOT_FOUND, INVALID_INPUT for the same version twice,
 * INVALID_STATE for one that is not published, ALREADY_EXISTS while another migration of the version is running.
 */
export async function startPlanMigration(work: Work, given: MigrateSubscriptionsInput): Promise<PlanMigrationRow> {
  const input = readInput(schema, given);
  const { planId } = input;
  const [from, to] = await findVersions(work, input);
  const { organizationId, recordedAt: at } = work;
  const row: PlanMigrationRow = {
    ...{ organizationId, id: newId(), planId, fromVersionId: from, toVersionId: to },
    ...{ timing: input.when, dryRun: input.dryRun, actor: work.actor },
    ...{ status: 'running', total: 0, finishedAt: null, createdAt: at, updatedAt: at },
  };
  work.insert(PlanMigrationEntity, [row]);
  const [steps] = await work.rows<{ count: number }>(
    `with steps as (
       insert into plan_migration_steps (organization_id, migration_id, subscription_id, status, currency)
       select s.organization_id, $2, s.id, 'waiting', s.currency from subscriptions s
       where s.organization_id = $1 and s.status <> 'canceled' and exists (
         select from subscription_items i where i.organization_id = s.organization_id and i.subscription_id = s.id
           and i.plan_version_id = $3 and i.active_to is null)
       returning 1)
     select count(*)::int as count from steps`,
    [organizationId, row.id, from],
  );
  row.total = steps!.count;
  work.update(PlanMigrationEntity, { organizationId, id: row.id, total: row.total });
  announceMigration(work, 'plan_migration.started', row);
  return row;
}

async function findVersions(
  work: Work,
  input: { planId: string; fromVersion: number; toVersion: number },
): Promise<[from: string, to: string]> {
  const rows = await work.rows<{ id: string; version: number; status: string }>(
    `select v.id, v.version, v.status from plan_versions v
     where v.organization_id = $1 and v.plan_id = $2 and v.version in ($3::int, $4::int)`,
    [work.organizationId, input.planId, input.fromVersion, input.toVersion],
  );
  const [plan] = await work.rows(`select 1 from plans p where p.organization_id = $1 and p.id = $2`, [
    work.organizationId,
    input.planId,
  ]);
  if (!plan) throw notFound(['input', 'planId']);
  if (input.fromVersion === input.toVersion) throw invalidInput(['input', 'toVersion'], 'It is the same version.');
  const find = (field: 'fromVersion' | 'toVersion') => {
    const found = rows.find((row) => row.version === input[field]);
    if (!found) throw notFound(['input', field], 'The plan has no such version.');
    if (found.status !== 'published') throw invalidState('The version is not published.', ['input', field]);
    return found.id;
  };
  return [find('fromVersion'), find('toVersion')];
}
