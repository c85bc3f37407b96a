import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { readId, readOptionalId } from '../../../platform/id-input.ts';
import type { ChangeSubscriptionInput } from '../changes/change-subscription.input.ts';
import { changeSubscription } from '../changes/change-subscription.ts';
import { outcomeOf } from '../previews/outcome.ts';
import {
  ChangeSubscriptionFields,
  type SubscriptionChangePart,
  type WantedChangeFields,
} from './change-subscription.requests.ts';
import { showSuperseded } from './pending-changes.resolver.ts';
import { readPlan } from './read-creation.ts';
import * as payloads from './subscriptions.payloads.ts';
import { showSubscription } from './subscriptions.resolver.ts';

/** What was asked for, with the ids behind those of the API. NOT_FOUND at the path of one that is none. */
export function readChange(input: WantedChangeFields): ChangeSubscriptionInput {
  return {
    ...input,
    id: readId('sub', input.id, ['input', 'id']),
    changes: input.changes.map((part, index) => readPart(part, ['input', 'changes', String(index)])),
  } as ChangeSubscriptionInput;
}

function readPart({ replacePlan, setQuantity, addPlan, removePlan }: SubscriptionChangePart, path: string[]) {
  const planOf = <T extends { planId?: string | null }>(field: string, part: T) => ({
    ...part,
    planId: readOptionalId('plan', part.planId, [...path, field, 'planId']),
  });
  return {
    ...(replacePlan && {
      replacePlan: {
        ...planOf('replacePlan', replacePlan),
        plan: readPlan(replacePlan.plan, [...path, 'replacePlan', 'plan']),
      },
    }),
    ...(setQuantity && { setQuantity: planOf('setQuantity', setQuantity) }),
    ...(addPlan && { addPlan: { ...addPlan, plan: readPlan(addPlan.plan, [...path, 'addPlan', 'plan']) } }),
    ...(removePlan && { removePlan: planOf('removePlan', removePlan) }),
  };
}

interface Changed {
  id: string;
  supersededIds: string[];
}

@Resolver()
export class SubscriptionChangesResolver {
  @Mutation(() => payloads.ChangeSubscriptionPayload, {
    description:
      'Changes what a subscription has: plans, quantities, the interval. What is left of the period is taken back of what leaves and billed for what comes.',
  })
  async changeSubscription(
    @Arg('input', () => ChangeSubscriptionFields, { description: 'What changes.' }) input: ChangeSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.ChangeSubscriptionPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, previewToken: token, ...values } = input;
    return runMutation<Changed, Omit<payloads.ChangeSubscriptionPayload, 'userErrors'>>(
      context,
      {
        operation: 'changeSubscription',
        input: values,
        idempotencyKey,
        about: ['input', 'changes'],
        preview: { token, input: values, outcome: outcomeOf },
      },
      async (work, at) => {
        const { id, supersededIds } = await changeSubscription(work, readChange(values), { at });
        return { id, supersededIds };
      },
      async ({ id, supersededIds }) => ({
        subscription: await showSubscription(context, id),
        superseded: await showSuperseded(context, supersededIds),
      }),
    );
  }
}
