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
  /** The same plan if left out. */
  toPlanId: z.uuid().nullish(),
  toVersion: z.int().min(1),
  when: z.enum(['now', 'period_end']),
  dryRun: z.boolean(),
});

export type MigrateSubscriptionsInput = z.input<typeof schema>;

/**
 * Writes down which subscriptions go from one version of a plan to another version of it or of another plan: all that
 * hold it now and have not ended. The job does them one by one; a dry run only says what would come of it. NOT_FOUND,
 * INVALID_INPUT for the same version twice, INVALID_STATE for one that is not published or, to move to, of an archived
 * plan (to leave one is what this is for), ALREADY_EXISTS while another migration of the version is running.
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
  {
    planId,
    fromVersion,
    toVersion,
    toPlanId,
  }: { planId: string; fromVersion: number; toVersion: number; toPlanId?: string | null | undefined },
): Promise<[from: string, to: string]> {
  const toPlan = toPlanId ?? planId;
  const toField = toPlanId ? 'toPlanId' : 'planId';
  const plans = await work.rows<{ id: string; archived: boolean }>(
    `select p.id, p.archived_at is not null as archived from plans p where p.organization_id = $1 and p.id in ($2::uuid, $3::uuid)`,
    [work.organizationId, planId, toPlan],
  );
  if (!plans.some(({ id }) => id === planId)) throw notFound(['input', 'planId']);
  const target = plans.find(({ id }) => id === toPlan);
  if (!target) throw notFound(['input', 'toPlanId']);
  if (target.archived) {
    const message = 'The plan is archived: name one that is for sale in toPlanId.';
    throw invalidState(message, ['input', toField]);
  }
  if (toPlan === planId && fromVersion === toVersion) {
    throw invalidInput(['input', 'toVersion'], 'It is the same version.');
  }
  return [
    await findVersion(work, planId, fromVersion, 'fromVersion'),
    await findVersion(work, toPlan, toVersion, 'toVersion'),
  ];
}

async function findVersion(work: Work, planId: string, version: number, field: string): Promise<string> {
  const [found] = await work.rows<{ id: string; status: string }>(
    `select v.id, v.status from plan_versions v where v.organization_id = $1 and v.plan_id = $2 and v.version = $3::int`,
    [work.organizationId, planId, version],
  );
  if (!found) throw notFound(['input', field], 'The plan has no such version.');
  if (found.status !== 'published') throw invalidState('The version is not published.', ['input', field]);
  return found.id;
}
