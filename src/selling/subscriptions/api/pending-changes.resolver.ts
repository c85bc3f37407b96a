import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Organization } from '../../../accounts/index.ts';
import { type Context, requirePermission } from '../../../platform/context.ts';
import { Plan, PlanVersion, showPlan, showPlanVersion } from '../../catalog/index.ts';
import { allPolicies } from '../changes/change-policies.ts';
import {
  ChangePolicyType,
  PendingChangeType,
  PendingPart,
  SubscriptionPause,
  toPendingChange,
} from './pending-changes.graphql.ts';
import {
  anyScheduledChanges,
  ownPolicies,
  pausesLoader,
  pendingChangesLoader,
  scheduledChangeLoader,
} from './pending-changes.queries.ts';
import { Subscription } from './subscriptions.graphql.ts';
import { showSubscription } from './subscriptions.resolver.ts';

@Resolver(() => Subscription)
export class PendingChangesResolver {
  @FieldResolver(() => [PendingChangeType], { description: 'What is going to be done to it, the earliest first.' })
  async pendingChanges(@Root() subscription: Subscription, @Ctx() context: Context): Promise<PendingChangeType[]> {
    return (await pendingChangesLoader(context).load(subscription.uuid)).map(toPendingChange);
  }

  @FieldResolver(() => [SubscriptionPause], { description: 'The times in which it stood still, in order.' })
  async pauses(@Root() subscription: Subscription, @Ctx() context: Context): Promise<SubscriptionPause[]> {
    const rows = await pausesLoader(context).load(subscription.uuid);
    return rows.map((row) => Object.assign(new SubscriptionPause(), row));
  }
}

@Resolver(() => PendingChangeType)
export class PendingChangeSubscriptionResolver {
  @FieldResolver(() => Subscription, { nullable: true, description: 'The subscription it changes.' })
  async subscription(@Root() change: PendingChangeType, @Ctx() context: Context): Promise<Subscription | null> {
    return showSubscription(context, change.subscriptionUuid);
  }
}

@Resolver(() => PendingPart)
export class PendingPartsResolver {
  @FieldResolver(() => Plan, { nullable: true, description: 'The plan that leaves or is changed; null if none.' })
  async plan(@Root() part: PendingPart, @Ctx() context: Context): Promise<Plan | null> {
    requirePermission(context, 'catalog:read');
    return part.planUuid ? showPlan(context, part.planUuid) : null;
  }

  @FieldResolver(() => Plan, { nullable: true, description: 'The plan that comes; null if none does.' })
  async newPlan(@Root() part: PendingPart, @Ctx() context: Context): Promise<Plan | null> {
    requirePermission(context, 'catalog:read');
    return part.newPlanUuid ? showPlan(context, part.newPlanUuid) : null;
  }

  @FieldResolver(() => PlanVersion, { nullable: true, description: 'The version that comes; null if none does.' })
  async newPlanVersion(@Root() part: PendingPart, @Ctx() context: Context): Promise<PlanVersion | null> {
    requirePermission(context, 'catalog:read');
    return part.newPlanVersionUuid ? showPlanVersion(context, part.newPlanVersionUuid) : null;
  }
}

@Resolver(() => Organization)
export class OrganizationPoliciesResolver {
  @FieldResolver(() => [ChangePolicyType], {
    description: 'What happens to changes of subscriptions where their input does not say, by direction.',
  })
  async changePolicies(@Ctx() context: Context): Promise<ChangePolicyType[]> {
    return showPolicies(context);
  }
}

/** Changes that gave way, as they were. */
export async function showSuperseded(context: Context, ids: readonly string[]): Promise<PendingChangeType[]> {
  return (await anyScheduledChanges(context, ids)).map(toPendingChange);
}

/** The organization's policies, those that it has not set itself as they usually are. */
export async function showPolicies(context: Context): Promise<ChangePolicyType[]> {
  const own = await ownPolicies(context);
  return allPolicies(own).map((policy) => Object.assign(new ChangePolicyType(), policy));
}

/** Changes that are pending or were, for `node(id)`. */
export async function pendingChangeNodes(context: Context, ids: readonly string[]): Promise<Map<string, object>> {
  requirePermission(context, 'subscriptions:read');
  const rows = await Promise.all(ids.map((id) => scheduledChangeLoader(context).load(id)));
  return new Map(rows.flatMap((row) => (row ? [[row.id, toPendingChange(row)] as const] : [])));
}
