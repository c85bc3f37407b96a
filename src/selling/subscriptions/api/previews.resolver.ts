import 'reflect-metadata';
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { toInvoicePreview } from '../../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runPreview } from '../../../platform/context.ts';
import { readId } from '../../../platform/id-input.ts';
import { changeSubscription } from '../changes/change-subscription.ts';
import { createSubscription } from '../creation/create-subscription.ts';
import { previewUpcoming, type UpcomingOf } from '../previews/preview-upcoming.ts';
import { WantedChangeFields } from './change-subscription.requests.ts';
import {
  PreviewInvoiceFields,
  PreviewInvoicePayload,
  PreviewSubscriptionChangePayload,
  PreviewSubscriptionPayload,
} from './previews.graphql.ts';
import { readCreation } from './read-creation.ts';
import { showPreview } from './show-preview.ts';
import { readChange } from './subscription-changes.resolver.ts';
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
      const { subscription, at } = await createSubscription(work, readCreation(input));
      const previewed = { operation: 'createSubscription', input };
      return { preview: await showPreview(context, work, previewed, { id: subscription.id, at }) };
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

  @Query(() => PreviewInvoicePayload, {
    description:
      'The next invoices of an account or a subscription, as the billing run would issue them. Writes nothing.',
  })
  previewInvoice(
    @Arg('input', () => PreviewInvoiceFields, { description: 'Whose.' }) input: PreviewInvoiceFields,
    @Ctx() context: Context,
  ): Promise<PreviewInvoicePayload> {
    requirePermission(context, 'invoices:read');
    return runPreview(context, ['input'], async (work) => {
      const field = input.accountId ? 'accountId' : 'subscriptionId';
      const path = ['input', field];
      const of: UpcomingOf = input.accountId
        ? { accountId: readId('acc', input.accountId, path) }
        : { subscriptionId: readId('sub', input.subscriptionId!, path) };
      return { invoices: (await previewUpcoming(work, of, path)).map(toInvoicePreview) };
    });
  }
}
