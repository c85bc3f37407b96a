import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { readId } from '../../../platform/id-input.ts';
import type { Work } from '../../../platform/work.ts';
import { pauseSubscription } from '../changes/pause-subscription.ts';
import { reactivateSubscription } from '../changes/reactivate-subscription.ts';
import { resumeSubscription } from '../changes/resume-subscription.ts';
import { setChangePolicy } from '../changes/set-change-policy.ts';
import { undoCancelSubscription } from '../changes/undo-cancel-subscription.ts';
import { undoSubscriptionChange } from '../changes/undo-subscription-change.ts';
import { outcomeOf } from '../previews/outcome.ts';
import { endTrial } from '../trials/end-trial.ts';
import { extendTrial } from '../trials/extend-trial.ts';
import * as requests from './change-subscription.requests.ts';
import { showPolicies } from './pending-changes.resolver.ts';
import { readPause } from './read-change.ts';
import * as life from './subscription-life.requests.ts';
import * as payloads from './subscriptions.payloads.ts';
import { showSubscription } from './subscriptions.resolver.ts';

/** Runs a verb about a subscription and shows the subscription. */
function run<Input extends { id: string; previewToken?: string | null; idempotencyKey?: string | null }>(
  context: Context,
  operation: string,
  input: Input,
  verb: (
    work: Work,
    input: Omit<Input, 'previewToken' | 'idempotencyKey'>,
    at: Date | undefined,
  ) => Promise<{ id: string }>,
) {
  requirePermission(context, 'subscriptions:write');
  const { idempotencyKey, previewToken: token, ...values } = input;
  const preview = { token, input: values, outcome: outcomeOf };
  return runMutation(
    context,
    { operation, input: values, idempotencyKey, about: ['input', 'id'], preview },
    async (work, at) => ({ id: (await verb(work, values, at)).id }),
    async ({ id }) => ({ subscription: await showSubscription(context, id) }),
  );
}

const subscriptionId = (id: string) => readId('sub', id, ['input', 'id']);

@Resolver()
export class SubscriptionLifeResolver {
  @Mutation(() => payloads.UndoSubscriptionChangePayload, {
    description: 'Takes a pending change of any kind back: of items, a pause, the end of one, a cancellation.',
  })
  async undoSubscriptionChange(
    @Arg('input', () => requests.UndoSubscriptionChangeFields, { description: 'Which one.' })
    input: requests.UndoSubscriptionChangeFields,
    @Ctx() context: Context,
  ): Promise<payloads.UndoSubscriptionChangePayload> {
    return run(context, 'undoSubscriptionChange', input, (work, { id }, at) =>
      undoSubscriptionChange(work, { id: readId('sch', id, ['input', 'id']) }, { at }),
    );
  }

  @Mutation(() => payloads.UndoCancelSubscriptionPayload, {
    description:
      'Takes a scheduled end back: the subscription goes on as if nothing had been said. What the end had cut off a period is billed.',
  })
  async undoCancelSubscription(
    @Arg('input', () => life.UndoCancelSubscriptionFields, { description: 'Which one.' })
    input: life.UndoCancelSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.UndoCancelSubscriptionPayload> {
    return run(context, 'undoCancelSubscription', input, (work, { id }, at) =>
      undoCancelSubscription(work, { id: subscriptionId(id) }, { at }),
    );
  }

  @Mutation(() => payloads.PauseSubscriptionPayload, {
    description: 'Lets a subscription stand still: nothing is billed of the time of a pause.',
  })
  async pauseSubscription(
    @Arg('input', () => life.PauseSubscriptionFields, { description: 'Which one, from when and until when.' })
    input: life.PauseSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.PauseSubscriptionPayload> {
    return run(context, 'pauseSubscription', input, (work, values, at) =>
      pauseSubscription(work, readPause(values), { at }),
    );
  }

  @Mutation(() => payloads.ResumeSubscriptionPayload, {
    description: 'Lets a paused subscription go on; time that is paid for is not billed again.',
  })
  async resumeSubscription(
    @Arg('input', () => life.ResumeSubscriptionFields, { description: 'Which one, and when.' })
    input: life.ResumeSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.ResumeSubscriptionPayload> {
    return run(context, 'resumeSubscription', input, (work, { id, date }, at) =>
      resumeSubscription(work, { id: subscriptionId(id), date: date ?? null }, { at }),
    );
  }

  @Mutation(() => payloads.ExtendTrialPayload, { description: 'Lets a free trial end later.' })
  async extendTrial(
    @Arg('input', () => life.ExtendTrialFields, { description: 'Which one, and until when.' })
    input: life.ExtendTrialFields,
    @Ctx() context: Context,
  ): Promise<payloads.ExtendTrialPayload> {
    return run(context, 'extendTrial', input, (work, { id, until }) =>
      extendTrial(work, { id: subscriptionId(id), until }),
    );
  }

  @Mutation(() => payloads.EndTrialPayload, {
    description: 'Ends a free trial now: the first paid period begins and is billed.',
  })
  async endTrial(
    @Arg('input', () => life.EndTrialFields, { description: 'Which one.' }) input: life.EndTrialFields,
    @Ctx() context: Context,
  ): Promise<payloads.EndTrialPayload> {
    return run(context, 'endTrial', input, (work, { id }, at) => endTrial(work, { id: subscriptionId(id) }, { at }));
  }

  @Mutation(() => payloads.ReactivateSubscriptionPayload, {
    description: 'Takes an ended subscription up again with what it had, from now on, billed as a new one.',
  })
  async reactivateSubscription(
    @Arg('input', () => life.ReactivateSubscriptionFields, { description: 'Which one.' })
    input: life.ReactivateSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<payloads.ReactivateSubscriptionPayload> {
    return run(context, 'reactivateSubscription', input, (work, { id }, at) =>
      reactivateSubscription(work, { id: subscriptionId(id) }, { at }),
    );
  }

  @Mutation(() => payloads.SetChangePolicyPayload, {
    description: 'Decides what happens to changes of a direction where their input does not say.',
  })
  async setChangePolicy(
    @Arg('input', () => requests.SetChangePolicyFields, { description: 'Which direction, and what happens.' })
    input: requests.SetChangePolicyFields,
    @Ctx() context: Context,
  ): Promise<payloads.SetChangePolicyPayload> {
    requirePermission(context, 'settings:write');
    return runMutation(
      context,
      { operation: 'setChangePolicy', input },
      async (work) => {
        await setChangePolicy(work, input as Parameters<typeof setChangePolicy>[1]);
        return {};
      },
      async () => ({ changePolicies: await showPolicies(context) }),
    );
  }
}
