import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { badUserInput } from '../../platform/errors.ts';
import { fromGlobalId } from '../../platform/id.ts';
import { readId } from '../../platform/id-input.ts';
import { refuseNulls, withoutNulls } from '../../platform/input.ts';
import { type Page, PageArguments } from '../../platform/pagination.ts';
import { archivePlan, unarchivePlan } from './archive-plan.ts';
import { Plan, PlanConnection, PlanVersion, Price, toPlan, toPlanVersion, toPrice } from './catalog.graphql.ts';
import {
  planByExternalId,
  planLoader,
  plansPage,
  planVersionLoader,
  priceLoader,
  pricesOfVersionLoader,
  versionsOfPlanLoader,
} from './catalog.queries.ts';
import * as requests from './catalog.requests.ts';
import { createPlan } from './create-plan.ts';
import { createPlanVersion } from './create-plan-version.ts';
import { deletePlanVersion } from './delete-plan-version.ts';
import { publishPlanVersion } from './publish-plan-version.ts';
import { updatePlan } from './update-plan.ts';

function versionInput(values: requests.PlanVersionValues & { publish?: boolean | null }) {
  const prices = values.prices.map((price) => withoutNulls({ ...price, model: withoutNulls({ ...price.model }) }));
  return withoutNulls({ ...values, prices });
}

/** The API's view of a plan by uuid. */
export async function showPlan(context: Context, id: string): Promise<Plan | null> {
  const row = await planLoader(context).load(id);
  return row && toPlan(row);
}

/** The API's view of a plan version by uuid. */
export async function showPlanVersion(context: Context, id: string): Promise<PlanVersion | null> {
  const row = await planVersionLoader(context).load(id);
  return row && toPlanVersion(row);
}

/** The API's view of the plan version that a price belongs to. */
export async function versionOfPrice(context: Context, priceId: string): Promise<PlanVersion | null> {
  const price = await priceLoader(context).load(priceId);
  return price && showPlanVersion(context, price.planVersionId);
}

/** The API's view of a price by uuid. */
export async function showPrice(context: Context, id: string): Promise<Price | null> {
  const row = await priceLoader(context).load(id);
  return row && toPrice(row);
}

@Resolver(() => Plan)
export class PlansResolver {
  @Query(() => Plan, {
    nullable: true,
    description: 'One plan, by its id or by the id in your own system (exactly one of them); null if there is none.',
  })
  async plan(
    @Arg('id', () => ID, { nullable: true, description: 'Its id.' }) id: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'The id in your own system.' })
    externalId: string | null,
    @Ctx() context: Context,
  ): Promise<Plan | null> {
    requirePermission(context, 'catalog:read');
    if ((id == null) === (externalId == null)) throw badUserInput(['id'], 'Give the id or the external id.');
    if (externalId != null) {
      const row = await planByExternalId(context, externalId);
      return row && toPlan(row);
    }
    const uuid = fromGlobalId('plan', id ?? '');
    return uuid ? showPlan(context, uuid) : null;
  }

  @Query(() => PlanConnection, { description: 'The plans of the organization.' })
  async plans(
    @Arg('filter', () => requests.PlanFilter, { nullable: true, description: 'Which of them.' })
    filter: requests.PlanFilter | null,
    @Arg('orderBy', () => requests.PlanOrder, {
      nullable: true,
      description: 'Sorted how; the newest first if left out.',
    })
    orderBy: requests.PlanOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Plan>> {
    requirePermission(context, 'catalog:read');
    if (filter?.search != null && filter.search.length < 2) {
      throw badUserInput(['filter', 'search'], 'At least 2 characters are needed.');
    }
    const found = await plansPage(context, filter ?? {}, orderBy ?? { field: 'CREATED_AT', direction: 'desc' }, page);
    for (const row of found.nodes) planLoader(context).prime(row.id, row);
    return found.map(toPlan);
  }

  @FieldResolver(() => [PlanVersion], { description: 'All its versions, the newest first.' })
  async versions(@Root() plan: Plan, @Ctx() context: Context): Promise<PlanVersion[]> {
    return (await versionsOfPlanLoader(context).load(plan.uuid)).map(toPlanVersion);
  }

  @FieldResolver(() => PlanVersion, {
    nullable: true,
    description: 'The version that new subscriptions get: the newest published one.',
  })
  async currentVersion(@Root() plan: Plan, @Ctx() context: Context): Promise<PlanVersion | null> {
    const versions = await versionsOfPlanLoader(context).load(plan.uuid);
    const current = versions.find((version) => version.status === 'published');
    return current ? toPlanVersion(current) : null;
  }

  @Mutation(() => requests.CreatePlanPayload, { description: 'Makes a plan, perhaps with its first version.' })
  async createPlan(
    @Arg('input', () => requests.CreatePlanFields, { description: 'What it is.' }) input: requests.CreatePlanFields,
    @Ctx() context: Context,
  ): Promise<requests.CreatePlanPayload> {
    requirePermission(context, 'catalog:write');
    const { idempotencyKey, version, ...values } = input;
    return runMutation(
      context,
      { operation: 'createPlan', input: { ...values, version }, idempotencyKey },
      async (work) => {
        const plan = { ...withoutNulls(values), ...(version ? { version: versionInput(version) } : {}) };
        const made = await createPlan(work, plan as Parameters<typeof createPlan>[1]);
        return { id: made.plan.id };
      },
      async ({ id }) => ({ plan: await showPlan(context, id) }),
    );
  }

  @Mutation(() => requests.UpdatePlanPayload, { description: 'Changes what a plan is called. Prices never change.' })
  async updatePlan(
    @Arg('input', () => requests.UpdatePlanFields, { description: 'Which one, and what changes.' })
    input: requests.UpdatePlanFields,
    @Ctx() context: Context,
  ): Promise<requests.UpdatePlanPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'updatePlan', input },
      async (work) => {
        refuseNulls(input, ['name', 'metadata']);
        const id = readId('plan', input.id, ['input', 'id']);
        await updatePlan(work, { ...input, id } as Parameters<typeof updatePlan>[1]);
        return { id };
      },
      async ({ id }) => ({ plan: await showPlan(context, id) }),
    );
  }

  @Mutation(() => requests.ArchivePlanPayload, {
    description: 'Takes a plan off sale; subscriptions that have it go on.',
  })
  async archivePlan(
    @Arg('input', () => requests.ArchivePlanInput, { description: 'Which one.' }) input: requests.ArchivePlanInput,
    @Ctx() context: Context,
  ): Promise<requests.ArchivePlanPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'archivePlan', input },
      async (work) => {
        const { id } = await archivePlan(work, { id: readId('plan', input.id, ['input', 'id']) });
        return { id };
      },
      async ({ id }) => ({ plan: await showPlan(context, id) }),
    );
  }

  @Mutation(() => requests.UnarchivePlanPayload, { description: 'Puts an archived plan on sale again.' })
  async unarchivePlan(
    @Arg('input', () => requests.UnarchivePlanInput, { description: 'Which one.' }) input: requests.UnarchivePlanInput,
    @Ctx() context: Context,
  ): Promise<requests.UnarchivePlanPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'unarchivePlan', input },
      async (work) => {
        const { id } = await unarchivePlan(work, { id: readId('plan', input.id, ['input', 'id']) });
        return { id };
      },
      async ({ id }) => ({ plan: await showPlan(context, id) }),
    );
  }
}

@Resolver(() => PlanVersion)
export class PlanVersionsResolver {
  @Query(() => PlanVersion, { nullable: true, description: 'One version of a plan; null if there is none.' })
  async planVersion(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<PlanVersion | null> {
    requirePermission(context, 'catalog:read');
    const uuid = fromGlobalId('plv', id);
    return uuid ? showPlanVersion(context, uuid) : null;
  }

  @FieldResolver(() => Plan, { description: 'The plan that it is a version of.' })
  async plan(@Root() version: PlanVersion, @Ctx() context: Context): Promise<Plan> {
    return (await showPlan(context, version.planUuid))!;
  }

  @FieldResolver(() => [Price], { description: 'What its components cost, component by component, in each currency.' })
  async prices(@Root() version: PlanVersion, @Ctx() context: Context): Promise<Price[]> {
    return (await pricesOfVersionLoader(context).load(version.uuid)).map(toPrice);
  }

  @Mutation(() => requests.CreatePlanVersionPayload, {
    description: 'Makes the next version of a plan, as a draft unless told to publish it.',
  })
  async createPlanVersion(
    @Arg('input', () => requests.CreatePlanVersionFields, { description: 'What it says.' })
    input: requests.CreatePlanVersionFields,
    @Ctx() context: Context,
  ): Promise<requests.CreatePlanVersionPayload> {
    requirePermission(context, 'catalog:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'createPlanVersion', input: values, idempotencyKey },
      async (work) => {
        const planId = readId('plan', input.planId, ['input', 'planId']);
        const version = { ...versionInput(values), planId } as Parameters<typeof createPlanVersion>[1];
        const { id } = await createPlanVersion(work, version);
        return { id };
      },
      async ({ id }) => ({ planVersion: await showPlanVersion(context, id) }),
    );
  }

  @Mutation(() => requests.PublishPlanVersionPayload, {
    description: 'Publishes a draft: it can be sold from now on and never changes again.',
  })
  async publishPlanVersion(
    @Arg('input', () => requests.PublishPlanVersionInput, { description: 'Which draft.' })
    input: requests.PublishPlanVersionInput,
    @Ctx() context: Context,
  ): Promise<requests.PublishPlanVersionPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'publishPlanVersion', input },
      async (work) => {
        const { id } = await publishPlanVersion(work, { id: readId('plv', input.id, ['input', 'id']) });
        return { id };
      },
      async ({ id }) => ({ planVersion: await showPlanVersion(context, id) }),
    );
  }

  @Mutation(() => requests.DeletePlanVersionPayload, { description: 'Throws a draft away.' })
  async deletePlanVersion(
    @Arg('input', () => requests.DeletePlanVersionInput, { description: 'Which draft.' })
    input: requests.DeletePlanVersionInput,
    @Ctx() context: Context,
  ): Promise<requests.DeletePlanVersionPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'deletePlanVersion', input },
      async (work) => {
        const { planId } = await deletePlanVersion(work, { id: readId('plv', input.id, ['input', 'id']) });
        return { planId };
      },
      async ({ planId }) => ({ plan: await showPlan(context, planId) }),
    );
  }
}
