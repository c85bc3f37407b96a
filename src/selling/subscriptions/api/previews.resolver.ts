import 'reflect-metadata';
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { issuedInvoices, toInvoicePreview } from '../../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runPreview } from '../../../platform/context.ts';
import { invalidState, refusalWithin } from '../../../platform/errors.ts';
import { readId } from '../../../platform/id-input.ts';
import type { Work } from '../../../platform/work.ts';
import { previewWritten } from '../../coupons/index.ts';
import { cancelSubscription } from '../changes/cancel-subscription.ts';
import { changeSubscription } from '../changes/change-subscription.ts';
import { pauseSubscription } from '../changes/pause-subscription.ts';
import { reactivateSubscription } from '../changes/reactivate-subscription.ts';
import { resumeSubscription } from '../changes/resume-subscription.ts';
import { undoCancelSubscription } from '../changes/undo-cancel-subscription.ts';
import { undoSubscriptionChange } from '../changes/undo-subscription-change.ts';
import { createSubscription } from '../creation/create-subscription.ts';
import { previewUpcoming, type UpcomingOf } from '../previews/preview-upcoming.ts';
import { endTrial } from '../trials/end-trial.ts';
import { extendTrial } from '../trials/extend-trial.ts';
import { WantedChangeFields, WantedUndoChangeFields } from './change-subscription.requests.ts';
import {
  PreviewInvoiceFields,
  PreviewInvoicePayload,
  PreviewSubscriptionChangePayload,
  PreviewSubscriptionPayload,
} from './previews.graphql.ts';
import { readChange, readPause } from './read-change.ts';
import { readCreation } from './read-creation.ts';
import { showPreview } from './show-preview.ts';
import {
  WantedCancelFields,
  WantedPauseFields,
  WantedReactivationFields,
  WantedResumeFields,
  WantedTrialEndFields,
  WantedTrialExtensionFields,
  WantedUndoCancelFields,
} from './subscription-life.requests.ts';
import { NewSubscriptionFields } from './subscriptions.requests.ts';

@Resolver()
export class PreviewsResolver {
  @Query(() => PreviewSubscriptionPayload, {
    description: 'What createSubscription would do and bill with this input. Writes nothing.',
  })
  previewSubscription(
    @Arg('input', () => NewSubscriptionFields, { description: 'What, who and how.' }) input: NewSubscriptionFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    requirePermission(context, 'subscriptions:read');
    return runPreview(context, ['input', 'items'], async (work) => {
      const { standing, at } = await createSubscription(work, readCreation(input));
      const previewed = { operation: 'createSubscription', input };
      return { preview: await showPreview(context, work, previewed, { id: standing.id, at, standing }) };
    });
  }

  @Query(() => PreviewSubscriptionChangePayload, {
    description: 'What changeSubscription would do and bill with this input. Writes nothing.',
  })
  previewSubscriptionChange(
    @Arg('input', () => WantedChangeFields, { description: 'What would change.' }) input: WantedChangeFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionChangePayload> {
    requirePermission(context, 'subscriptions:read');
    return runPreview(context, ['input', 'changes'], async (work) => {
      const changed = await changeSubscription(work, readChange(input));
      return { preview: await showPreview(context, work, { operation: 'changeSubscription', input }, changed) };
    });
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What cancelSubscription would do, bill and give back with this input. Writes nothing.',
  })
  previewCancelSubscription(
    @Arg('input', () => WantedCancelFields, { description: 'Which one, and when.' }) input: WantedCancelFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'cancelSubscription', input, (work, id) => cancelSubscription(work, { ...input, id }));
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What pauseSubscription would do, bill and give back with this input. Writes nothing.',
  })
  previewPauseSubscription(
    @Arg('input', () => WantedPauseFields, { description: 'Which one, from when and until when.' })
    input: WantedPauseFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'pauseSubscription', input, (work) => pauseSubscription(work, readPause(input)));
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What resumeSubscription would do and bill with this input. Writes nothing.',
  })
  previewResumeSubscription(
    @Arg('input', () => WantedResumeFields, { description: 'Which one, and when.' }) input: WantedResumeFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'resumeSubscription', input, (work, id) =>
      resumeSubscription(work, { id, date: input.date ?? null }),
    );
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What reactivateSubscription would do and bill with this input. Writes nothing.',
  })
  previewReactivateSubscription(
    @Arg('input', () => WantedReactivationFields, { description: 'Which one.' }) input: WantedReactivationFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'reactivateSubscription', input, (work, id) => reactivateSubscription(work, { id }));
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What undoCancelSubscription would do and bill. Writes nothing.',
  })
  previewUndoCancelSubscription(
    @Arg('input', () => WantedUndoCancelFields, { description: 'Which one.' }) input: WantedUndoCancelFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'undoCancelSubscription', input, (work, id) => undoCancelSubscription(work, { id }));
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What undoSubscriptionChange would do and bill. Writes nothing.',
  })
  previewUndoSubscriptionChange(
    @Arg('input', () => WantedUndoChangeFields, { description: 'Which pending change.' }) input: WantedUndoChangeFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    requirePermission(context, 'subscriptions:read');
    return runPreview(context, ['input', 'id'], async (work) => {
      const done = await undoSubscriptionChange(work, { id: readId('sch', input.id, ['input', 'id']) });
      return { preview: await showPreview(context, work, { operation: 'undoSubscriptionChange', input }, done) };
    });
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What endTrial would do and bill. Writes nothing.',
  })
  previewEndTrial(
    @Arg('input', () => WantedTrialEndFields, { description: 'Which one.' }) input: WantedTrialEndFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'endTrial', input, (work, id) => endTrial(work, { id }));
  }

  @Query(() => PreviewSubscriptionPayload, {
    description: 'What extendTrial would do with this input, and what would be billed when. Writes nothing.',
  })
  previewExtendTrial(
    @Arg('input', () => WantedTrialExtensionFields, { description: 'Which one, and until when.' })
    input: WantedTrialExtensionFields,
    @Ctx() context: Context,
  ): Promise<PreviewSubscriptionPayload> {
    return rehearse(context, 'extendTrial', input, (work, id) => extendTrial(work, { id, until: input.until }));
  }

  @Query(() => PreviewInvoicePayload, {
    description:
      'The next invoices of an account or a subscription, as the billing run would issue them; or what createInvoice would make. Writes nothing.',
  })
  previewInvoice(
    @Arg('input', () => PreviewInvoiceFields, { description: 'Whose, or which.' }) input: PreviewInvoiceFields,
    @Ctx() context: Context,
  ): Promise<PreviewInvoicePayload> {
    requirePermission(context, 'invoices:read');
    const { create } = input;
    if (create) {
      return runPreview(context, ['input', 'create', 'lines'], async (work) => {
        const { token, expiresAt } = await previewWritten(context, work, create).catch((error: unknown) => {
          throw refusalWithin(error, 'create');
        });
        return { invoices: issuedInvoices(work).map(toInvoicePreview), token, expiresAt };
      });
    }
    return runPreview(context, ['input'], async (work) => {
      const field = input.accountId ? 'accountId' : 'subscriptionId';
      const path = ['input', field];
      const of: UpcomingOf = input.accountId
        ? { accountId: readId('acc', input.accountId, path) }
        : { subscriptionId: readId('sub', input.subscriptionId!, path) };
      const upcoming = await previewUpcoming(work, of, path);
      if (!upcoming) throw invalidState('Nothing is going to be billed.', path);
      return { invoices: upcoming.invoices.map(toInvoicePreview), provisional: upcoming.provisional };
    });
  }
}

/** Rehearses a verb about a subscription and shows what it has made of it. */
function rehearse(
  context: Context,
  operation: string,
  input: { id: string },
  verb: (work: Work, id: string) => Promise<{ id: string; at: Date }>,
): Promise<PreviewSubscriptionPayload> {
  requirePermission(context, 'subscriptions:read');
  return runPreview(context, ['input', 'id'], async (work) => {
    const done = await verb(work, readId('sub', input.id, ['input', 'id']));
    return { preview: await showPreview(context, work, { operation, input }, done) };
  });
}
