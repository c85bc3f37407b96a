import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { changeSubscription } from '../changes/change-subscription.ts';
import { outcomeOf } from '../previews/outcome.ts';
import { ChangeSubscriptionFields } from './change-subscription.requests.ts';
import { showSuperseded } from './pending-changes.resolver.ts';
import { readChange } from './read-change.ts';
import * as payloads from './subscriptions.payloads.ts';
import { showSubscription } from './subscriptions.resolver.ts';

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
