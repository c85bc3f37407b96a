import { issuedInvoices, toInvoicePreview } from '../../../collecting/invoicing/index.ts';
import { Money, money, Period } from '../../../platform/api-types.ts';
import type { Context } from '../../../platform/context.ts';
import { type Previewed, signPreview } from '../../../platform/preview-tokens.ts';
import type { Work } from '../../../platform/work.ts';
import { nextInstant } from '../billing/schedule-change.ts';
import type { Billable } from '../items/billable.ts';
import { findStanding } from '../previews/agreed-terms.ts';
import { outcomeAt } from '../previews/outcome.ts';
import { previewUpcoming } from '../previews/preview-upcoming.ts';
import type { SubscriptionPreview } from './previews.graphql.ts';

/** The API's view of what a rehearsed verb has made of a subscription at the account's instant. */
export async function showPreview(
  context: Context,
  work: Work,
  previewed: Previewed,
  verb: { id: string; at: Date; standing?: Billable },
): Promise<SubscriptionPreview> {
  const subscription = await findStanding(work, verb);
  const { status, nextBillingAt } = subscription;
  const issued = issuedInvoices(work);
  const promised = signPreview(work, context.app.config.jwtSecret, {
    ...previewed,
    at: verb.at,
    outcome: outcomeAt(work, subscription),
  });
  const totalOf = (figure: 'amountDue' | 'carriedToCredit'): Money =>
    money(
      issued.reduce((sum, { invoice }) => sum + (invoice.status === 'draft' ? 0n : invoice[figure]), 0n),
      subscription.currency,
    );
  return {
    status,
    currentPeriod: periodOf(subscription.currentPeriodStart, subscription.currentPeriodEnd),
    trial: periodOf(subscription.trialStart, subscription.trialEnd),
    nextBillingAt: nextBillingAt ?? onceItIsPaid(subscription),
    endsAt: subscription.endsAt ?? subscription.endedAt ?? null,
    dueNow: totalOf('amountDue'),
    credited: totalOf('carriedToCredit'),
    invoices: issued.map(toInvoicePreview),
    // Another round through the billing run: only for those who look.
    upcoming: context.fieldNames?.has('upcoming') === false ? null : await upcomingOf(work, subscription),
    ...promised,
  };
}

/** What comes next once a first invoice is paid: in this rehearsal it simply is. */
async function upcomingOf(work: Work, subscription: Billable) {
  const { id, status, nextBillingAt } = subscription;
  if (status !== 'incomplete' && !nextBillingAt) return null;
  const upcoming = await previewUpcoming(work, { subscriptionId: id }, []);
  return upcoming?.invoices.map(toInvoicePreview) ?? null;
}

/** When it is billed next once its first invoice is paid; null where it waits for none. */
function onceItIsPaid(subscription: Billable): Date | null {
  const { status, currentPeriodEnd } = subscription;
  if (status !== 'incomplete' || currentPeriodEnd === null) return null;
  return nextInstant({ ...subscription, status: 'active', nextBillingAt: currentPeriodEnd });
}

function periodOf(start: Date | null, end: Date | null): Period | null {
  return start && end ? Object.assign(new Period(), { start, end }) : null;
}
