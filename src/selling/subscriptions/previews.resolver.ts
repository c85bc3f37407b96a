import 'reflect-metadata';
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { issuedInvoices, toInvoicePreview } from '../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runPreview } from '../../platform/context.ts';
import { readId } from '../../platform/id-input.ts';
import { createSubscription, termsOfCreation } from './create-subscription.ts';
import { promise } from './preview-token.ts';
import { previewUpcoming, type UpcomingOf } from './preview-upcoming.ts';
import { PreviewInvoiceFields, PreviewInvoicePayload, PreviewSubscriptionPayload } from './previews.graphql.ts';
import { readCreation } from './read-creation.ts';
import { toSubscription } from './subscriptions.graphql.ts';
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
    const previewed = { operation: 'createSubscription', input, secret: context.app.config.jwtSecret };
    return runPreview(context, ['input', 'items'], async (work) => {
      const created = await createSubscription(work, readCreation(input));
      const { status, currentPeriod, trial, nextBillingAt } = toSubscription(created.subscription);
      const invoices = issuedInvoices(work).map(toInvoicePreview);
      const promised = promise(work, previewed, created.at, termsOfCreation(created));
      return { preview: { status, currentPeriod, trial, nextBillingAt, invoices, ...promised } };
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
