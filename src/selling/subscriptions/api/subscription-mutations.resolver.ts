import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, readAnew, requirePermission, runMutation, scopeOf } from '../../../platform/context.ts';
import { readId, readOptionalId } from '../../../platform/id-input.ts';
import { withoutNulls } from '../../../platform/input.ts';
import { payload } from '../../../platform/payload.ts';
import { resumeBilling } from '../billing/resume-billing.ts';
import { runBilling } from '../billing/run-billing.ts';
import { cancelSubscription } from '../changes/cancel-subscription.ts';
import { type UpdateSubscriptionInput, updateSubscription } from '../changes/update-subscription.ts';
import { createSubscription } from '../creation/create-subscription.ts';
import { outcomeOf } from '../previews/outcome.ts';
import { readCreation } from './read-creation.ts';
import { CancelSubscriptionFields } from './subscription-life.requests.ts';
import * as payloads from './subscriptions.payloads.ts';
import * as requests from './subscriptions.requests.ts';
import { showSubscription } from './subscriptions.resolver.ts';

const show = (context: Context) => async (ids: { id: string }) => ({
  subscription: await showSubscription(context, ids.id),
});

@Resolver()
export class SubscriptionMutationsResolver {
  @Mutation(() => payloads.CreateSubscriptionPayload, {
    description: 'Subscribes an account to plans and bills at once what is due.',
  })
  async createSubscription(
    @Arg('input', () => requests.CreateSubscriptionFields, { description: 'What, who and how.' })
    input: requests.CreateSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.CreateSubscriptionPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, previewToken: token, ...values } = input;
    return runMutation(
      context,
      {
        operation: 'createSubscription',
        input: values,
        idempotencyKey,
        about: ['input', 'items'],
        preview: { token, input: values, outcome: outcomeOf },
      },
      async (work, at) => {
        const { subscription } = await createSubscription(work, readCreation(values), { at });
        return { id: subscription.id };
      },
      show(context),
    );
  }

  @Mutation(() => payloads.UpdateSubscriptionPayload, {
    description: 'Changes how a subscription is collected and what it is called, from the next invoice on.',
  })
  async updateSubscription(
    @Arg('input', () => requests.UpdateSubscriptionFields, { description: 'Which one, and what changes.' })
    input: requests.UpdateSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.UpdateSubscriptionPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'updateSubscription', input: values, idempotencyKey },
      (work) => {
        const { collection, metadata, ...nullable } = values;
        return updateSubscription(work, {
          ...nullable,
          ...withoutNulls({ collection, metadata }),
          id: readId('sub', input.id, ['input', 'id']),
          paymentMethodId: readOptionalId('pm', input.paymentMethodId, ['input', 'paymentMethodId']),
          legalEntityId: readOptionalId('le', input.legalEntityId, ['input', 'legalEntityId']),
        } as UpdateSubscriptionInput);
      },
      show(context),
    );
  }

  @Mutation(() => payloads.CancelSubscriptionPayload, {
    description: 'Ends a subscription: now, when the period it stands in is over, or on a date.',
  })
  async cancelSubscription(
    @Arg('input', () => CancelSubscriptionFields, { description: 'Which one, and when.' })
    input: CancelSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.CancelSubscriptionPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, previewToken: token, ...values } = input;
    const { reason: _said, ...wanted } = values;
    return runMutation(
      context,
      {
        operation: 'cancelSubscription',
        input: values,
        idempotencyKey,
        about: ['input', 'id'],
        preview: { token, input: wanted, outcome: outcomeOf },
      },
      async (work, at) => {
        const { id } = await cancelSubscription(
          work,
          { ...values, id: readId('sub', input.id, ['input', 'id']) },
          { at },
        );
        return { id };
      },
      show(context),
    );
  }

  @Mutation(() => payloads.RunBillingPayload, {
    description: 'Bills at once what is due of the organization; the worker does the same every few seconds.',
  })
  async runBilling(
    @Arg('input', () => requests.RunBillingFields, {
      description: 'What to bill; an empty object for all that is due.',
    })
    input: requests.RunBillingFields,
    @Ctx() context: Context,
  ): Promise<payloads.RunBillingPayload> {
    requirePermission(context, 'subscriptions:write');
    await readAnew(context);
    const { app, organizationId } = context;
    const { cutoff = null, dryRun } = input;
    return payload(async () => ({ tally: await runBilling(app, { cutoff, dryRun: dryRun === true, organizationId }) }));
  }

  @Mutation(() => payloads.ResumeBillingPayload, {
    description: 'Takes an account’s parked subscriptions back into the billing run and bills what fell due meanwhile.',
  })
  async resumeBilling(
    @Arg('input', () => requests.ResumeBillingFields, { description: 'Whose.' }) input: requests.ResumeBillingFields,
    @Ctx() context: Context,
  ): Promise<payloads.ResumeBillingPayload> {
    requirePermission(context, 'subscriptions:write');
    await readAnew(context);
    return payload(async () => {
      const accountId = readId('acc', input.accountId, ['input', 'accountId']);
      return { tally: await resumeBilling(context.app, scopeOf(context), { accountId }) };
    });
  }
}
