import { issuedInvoices, toInvoicePreview } from '../../../collecting/invoicing/index.ts';
import { Period } from '../../../platform/api-types.ts';
import type { Context } from '../../../platform/context.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { readStanding } from '../previews/agreed-terms.ts';
import { type Previewed, promise } from '../previews/preview-token.ts';
import { previewUpcoming } from '../previews/preview-upcoming.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import type { SubscriptionPreview } from './previews.graphql.ts';

/** The API's view of what a rehearsed verb has made of a subscription at the account's instant. */
export async function showPreview(
  context: Context,
  work: Work,
  previewed: Omit<Previewed, 'secret'>,
  verb: { id: string; at: Date },
): Promise<SubscriptionPreview> {
  const subscription = await readStanding(work, verb.id);
  const { status, nextBillingAt } = subscription;
  const invoices = issuedInvoices(work).map(toInvoicePreview);
  const promised = promise(work, { ...previewed, secret: context.app.config.jwtSecret }, verb.at, subscription);
  return {
    status,
    currentPeriod: periodOf(subscription.currentPeriodStart, subscription.currentPeriodEnd),
    trial: periodOf(subscription.trialStart, subscription.trialEnd),
    nextBillingAt,
    invoices,
    // Another round through the billing run: only for those who look.
    upcoming: context.fieldNames?.has('upcoming') === false ? null : await upcomingOf(work, subscription),
    ...promised,
  };
}

/** What comes next once a first invoice is paid: in this rehearsal it simply is. */
async function upcomingOf(work: Work, subscription: Billable) {
  const { organizationId, id, status, currentPeriodEnd } = subscription;
  if (status === 'incomplete' && currentPeriodEnd) {
    work.update(SubscriptionEntity, {
      organizationId,
      id,
      status: 'active',
      nextBillingAt: currentPeriodEnd,
      lapsesAt: null,
    });
  } else if (!subscription.nextBillingAt) return null;
  return (await previewUpcoming(work, { subscriptionId: id }, [])).map(toInvoicePreview);
}

function periodOf(start: Date | null, end: Date | null): Period | null {
  return start && end ? Object.assign(new Period(), { start, end }) : null;
}
