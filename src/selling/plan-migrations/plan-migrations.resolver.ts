import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { money } from '../../platform/api-types.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../platform/id.ts';
import { readId } from '../../platform/id-input.ts';
import { type Page, PageArguments } from '../../platform/pagination.ts';
import { Plan, PlanVersion, showPlan, showPlanVersion } from '../catalog/index.ts';
import { Subscription, showSubscription } from '../subscriptions/index.ts';
import type { PlanMigrationRow, PlanMigrationStepRow } from './plan-migrations.entities.ts';
import * as api from './plan-migrations.graphql.ts';
import { countsLoader, migrationLoader, migrationsPage, stepsPage } from './plan-migrations.queries.ts';
import { startPlanMigration } from './start-plan-migration.ts';

function toPlanMigration(row: PlanMigrationRow): api.PlanMigration {
  const { id, timing, dryRun, status, total, finishedAt, createdAt, updatedAt } = row;
  return Object.assign(new api.PlanMigration(), {
    ...{ when: timing, dryRun, status, subscriptionCount: total, finishedAt: finishedAt ?? null, createdAt, updatedAt },
    ...{ id: toGlobalId('plm', id), uuid: id },
    ...{ planUuid: row.planId, fromUuid: row.fromVersionId, toUuid: row.toVersionId },
  });
}

function toStep(row: PlanMigrationStepRow): api.PlanMigrationStep {
  const shown = (amount: bigint | null | undefined) => (amount == null ? null : money(amount, row.currency));
  return Object.assign(new api.PlanMigrationStep(), {
    subscriptionUuid: row.subscriptionId,
    status: row.status,
    amountBefore: shown(row.amountBefore),
    amountAfter: shown(row.amountAfter),
    amountOnce: shown(row.amountOnce),
    invoiced: shown(row.invoiced),
    keptQuantities: row.quantities.map((kept) => Object.assign(new api.KeptQuantity(), kept)),
    code: row.code ?? null,
    message: row.message ?? null,
  });
}

/** The API's view of a migration by uuid. */
async function showPlanMigration(context: Context, uuid: string): Promise<api.PlanMigration | null> {
  const row = await migrationLoader(context).load(uuid);
  return row && toPlanMigration(row);
}

@Resolver(() => api.PlanMigration)
export class PlanMigrationsResolver {
  @Query(() => api.PlanMigration, { nullable: true, description: 'One migration; null if there is none.' })
  async planMigration(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<api.PlanMigration | null> {
    requirePermission(context, 'subscriptions:read');
    const uuid = fromGlobalId('plm', id);
    return uuid ? showPlanMigration(context, uuid) : null;
  }

  @Query(() => api.PlanMigrationConnection, { description: 'The migrations of the organization, the newest first.' })
  async planMigrations(@Args() page: PageArguments, @Ctx() context: Context): Promise<Page<api.PlanMigration>> {
    requirePermission(context, 'subscriptions:read');
    return (await migrationsPage(context, page)).map(toPlanMigration);
  }

  @FieldResolver(() => Plan, { nullable: true, description: 'The plan.' })
  async plan(@Root() migration: api.PlanMigration, @Ctx() context: Context): Promise<Plan | null> {
    requirePermission(context, 'catalog:read');
    return showPlan(context, migration.planUuid);
  }

  @FieldResolver(() => PlanVersion, { nullable: true, description: 'The version that is left.' })
  async fromVersion(@Root() migration: api.PlanMigration, @Ctx() context: Context): Promise<PlanVersion | null> {
    requirePermission(context, 'catalog:read');
    return showPlanVersion(context, migration.fromUuid);
  }

  @FieldResolver(() => PlanVersion, { nullable: true, description: 'The version that comes in its place.' })
  async toVersion(@Root() migration: api.PlanMigration, @Ctx() context: Context): Promise<PlanVersion | null> {
    requirePermission(context, 'catalog:read');
    return showPlanVersion(context, migration.toUuid);
  }

  @FieldResolver(() => api.PlanMigrationCounts, { description: 'How far it has come.' })
  async counts(@Root() migration: api.PlanMigration, @Ctx() context: Context): Promise<api.PlanMigrationCounts> {
    const { waiting = 0, done = 0, refused = 0 } = await countsLoader(context).load(migration.uuid);
    return { waiting, done, refused };
  }

  @FieldResolver(() => api.PlanMigrationStepConnection, {
    description: 'Its subscriptions and what became of each, the oldest subscription first.',
  })
  async steps(
    @Root() migration: api.PlanMigration,
    @Arg('status', () => api.PlanMigrationStepStatusEnum, { nullable: true, description: 'Only those of a status.' })
    status: string | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<api.PlanMigrationStep>> {
    return (await stepsPage(context, migration.uuid, status ?? null, page)).map(toStep);
  }

  @Mutation(() => api.MigrateSubscriptionsPayload, {
    description:
      'Moves the subscriptions of one version of a plan to another, or to another plan (as from an archived one), one by one, in the background; what a subscription’s period has left is settled as a change of its plan is. Quantities that are pending go on with it; one whose plan is to be replaced or removed, or whose charge is gone, is refused. What is billed once, as a setup fee, comes with another plan, never with another version of the same. A dry run says what would come of it.',
  })
  async migrateSubscriptions(
    @Arg('input', () => api.MigrateSubscriptionsFields, { description: 'Which plan and versions.' })
    input: api.MigrateSubscriptionsFields,
    @Ctx() context: Context,
  ): Promise<api.MigrateSubscriptionsPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'migrateSubscriptions', input: values, idempotencyKey },
      async (work) => {
        const planId = readId('plan', input.planId, ['input', 'planId']);
        const toPlanId = input.toPlanId == null ? null : readId('plan', input.toPlanId, ['input', 'toPlanId']);
        const when = values.when ?? 'now';
        return { id: (await startPlanMigration(work, { ...values, planId, toPlanId, when })).id };
      },
      async ({ id }) => ({ planMigration: await showPlanMigration(context, id) }),
    );
  }
}

@Resolver(() => api.PlanMigrationStep)
export class PlanMigrationStepsResolver {
  @FieldResolver(() => Subscription, { nullable: true, description: 'The subscription, as it is now.' })
  async subscription(@Root() step: api.PlanMigrationStep, @Ctx() context: Context): Promise<Subscription | null> {
    return showSubscription(context, step.subscriptionUuid);
  }
}

/** Migrations for `node(id)`. */
export async function planMigrationNodes(context: Context, ids: readonly string[]): Promise<Map<string, object>> {
  requirePermission(context, 'subscriptions:read');
  const shown = await Promise.all(ids.map((id) => showPlanMigration(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}
