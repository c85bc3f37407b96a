import { issuedInvoices } from '../../collecting/invoicing/index.ts';
import { systemActor } from '../../platform/actor.ts';
import type { App } from '../../platform/app-types.ts';
import { DomainError } from '../../platform/errors.ts';
import { isPassing } from '../../platform/passing-faults.ts';
import type { Scope, Work } from '../../platform/work.ts';
import { sum } from '../../rules/money.ts';
import { changeSubscription, comingAmounts, currentAmount } from '../subscriptions/index.ts';
import { finishPlanMigration } from './finish-plan-migration.ts';
import {
  type PlanMigrationRow,
  PlanMigrationStepEntity,
  type PlanMigrationStepRow,
} from './plan-migrations.entities.ts';
import { migrationColumns } from './plan-migrations.rows.ts';

/** Steps that are read at a time. */
const pageSize = 200;

export interface MigrationReference {
  organizationId: string;
  id: string;
}

type Outcome = Pick<
  PlanMigrationStepRow,
  'status' | 'amountBefore' | 'amountAfter' | 'amountOnce' | 'invoiced' | 'quantities' | 'code' | 'message'
>;

/**
 * Does what is left of a migration, each subscription in a transaction of its own that also claims its step: killed,
 * repeated or run twice at the same time, each is changed once. What is refused keeps its reason and the others go on; what
 * only another moment may allow stays waiting for the next run.
 * A dry run rehearses each step and keeps the outcome. `leaveOff`: stops at the next step.
 */
export async function runPlanMigration(app: App, reference: MigrationReference, leaveOff?: AbortSignal): Promise<void> {
  const { organizationId, id } = reference;
  const system: Scope = { organizations: [organizationId], actor: systemActor('plan migration'), requestId: null };
  const migration = await app.transact(system, async (work) => {
    const [row] = await work.rows<PlanMigrationRow>(
      `select ${migrationColumns('m')} from plan_migrations m where m.organization_id = $1 and m.id = $2`,
      [organizationId, id],
    );
    return row;
  });
  if (migration?.status !== 'running') return;
  const scope: Scope = { ...system, actor: migration.actor };
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await app.transact(scope, (work) => waitingAfter(work, migration, after));
    for (const subscriptionId of page) {
      if (leaveOff?.aborted) return;
      await doStep(app, scope, migration, subscriptionId);
      after = subscriptionId;
    }
    if (page.length < pageSize) break;
  }
  await app.transact(scope, (work) => finishPlanMigration(work, migration));
}

async function waitingAfter(work: Work, { organizationId, id }: PlanMigrationRow, after: string): Promise<string[]> {
  const rows = await work.rows<{ id: string }>(
    `select subscription_id as id from plan_migration_steps
     where organization_id = $1 and migration_id = $2 and status = 'waiting' and subscription_id > $3
     order by subscription_id limit ${pageSize}`,
    [organizationId, id, after],
  );
  return rows.map((row) => row.id);
}

async function doStep(app: App, scope: Scope, migration: PlanMigrationRow, subscriptionId: string): Promise<void> {
  const change = (work: Work) => changeOne(work, migration, subscriptionId);
  try {
    if (migration.dryRun) {
      const outcome = await app.rehearse(scope, change);
      await app.transact(scope, (work) => claimed(work, migration, subscriptionId, async () => outcome));
    } else {
      await app.transact(scope, (work) => claimed(work, migration, subscriptionId, () => change(work)));
    }
  } catch (error) {
    if (isWorthWaiting(error)) return;
    const { organizationId, id: migrationId } = migration;
    if (!(error instanceof DomainError)) {
      app.log.error(
        { err: error, organizationId, migrationId, subscriptionId },
        'a subscription could not be migrated',
      );
    }
    const refused = refusalOf(error);
    await app.transact(scope, (work) => claimed(work, migration, subscriptionId, async () => refused));
  }
}

const pendingAlready =
  'Another change of this plan is pending (Subscription.pendingChanges) and would give way: migrate it after that, or take that back.';

/** What another moment may allow: the step stays to be done, and the next beat tries it again. */
function isWorthWaiting(error: unknown): boolean {
  return error instanceof DomainError && error.details.retryAfter !== undefined;
}

/** Runs a step whose row nobody else holds and that is still to be done, and writes what came of it. */
async function claimed(
  work: Work,
  { organizationId, id }: PlanMigrationRow,
  subscriptionId: string,
  step: () => Promise<Outcome>,
): Promise<void> {
  const [waiting] = await work.rows(
    `select 1 from plan_migration_steps
     where organization_id = $1 and migration_id = $2 and subscription_id = $3 and status = 'waiting' for update skip locked`,
    [organizationId, id, subscriptionId],
  );
  if (!waiting) return;
  const outcome = await step();
  const key = { organizationId, migrationId: id, subscriptionId };
  work.update(PlanMigrationStepEntity, { ...key, ...outcome, doneAt: work.recordedAt });
}

async function changeOne(work: Work, migration: PlanMigrationRow, subscriptionId: string): Promise<Outcome> {
  const { planId, toVersionId, timing } = migration;
  const amountBefore = await currentAmount(work, subscriptionId);
  const replacePlan = { planId, plan: { versionId: toVersionId } };
  const wish = { id: subscriptionId, changes: [{ replacePlan }], when: timing as 'now' | 'period_end' };
  const { supersededIds } = await changeSubscription(work, wish, { orBegin: true });
  // What a customer has ordered is not for a new version to undo.
  if (supersededIds.length > 0) throw new DomainError('INVALID_STATE', pendingAlready);
  const { period: amountAfter, once: amountOnce, quantities } = await comingAmounts(work, subscriptionId);
  return {
    ...{ status: 'done', amountBefore, amountAfter, amountOnce },
    invoiced: sum(issuedInvoices(work).map(({ invoice }) => invoice.total)),
    quantities: quantities.flatMap(({ planId: of, ...kept }) => (of === planId ? [kept] : [])),
    ...{ code: null, message: null },
  };
}

/**
 * What refuses one subscription does not stop the others, nor does a fault of ours that the same step would meet again; one of
 * the database or the network says nothing about the step and ends the run: the next beat goes on.
 */
function refusalOf(error: unknown): Outcome {
  if (isPassing(error)) throw error;
  const { code, message } =
    error instanceof DomainError
      ? error
      : { code: 'INTERNAL_SERVER_ERROR', message: 'A fault of the system prevented it; it is in the log.' };
  const nothing = { amountBefore: null, amountAfter: null, amountOnce: null, invoiced: null, quantities: [] };
  return { status: 'refused', ...nothing, code, message };
}
