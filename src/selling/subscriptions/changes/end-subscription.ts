import { dropUntaxedDrafts, releasePeriods, voidInvoice } from '../../../collecting/invoicing/index.ts';
import { issueCreditNote } from '../../../collecting/payments/index.ts';
import { uuids } from '../../../platform/sql-text.ts';
import type { Work } from '../../../platform/work.ts';
import { returnUnused } from '../../coupons/index.ts';
import type { Billable } from '../items/billable.ts';
import { standingItems } from '../items/change-items.ts';
import { recordMoves } from '../items/record-moves.ts';
import { closeChange } from '../items/scheduled-changes.ts';
import { SubscriptionEntity, SubscriptionItemEntity, SubscriptionPauseEntity } from '../subscriptions.entities.ts';
import { moveStatus, type SubscriptionEvent } from '../subscriptions.lifecycle.ts';

/**
 * Ends a locked subscription at an instant. One that was never paid for takes its open first invoice with it:
 * PAYMENT_IN_FLIGHT while a payment for that is being decided.
 */
export async function endSubscription(
  work: Work,
  subscription: Billable,
  event: Extract<SubscriptionEvent, 'lapsed' | 'canceled'>,
  at: Date,
  reason?: string,
): Promise<Date> {
  const endedAt = endOf(subscription, at);
  const move = moveStatus(subscription.status, event, endedAt);
  const { organizationId, id } = subscription;
  if (subscription.status === 'incomplete') {
    await takeFirstBillBack(work, subscription, endedAt);
    await returnUnused(work, { organizationId, subscriptionId: id }, at);
  }
  work.update(SubscriptionEntity, {
    organizationId,
    id,
    status: move.to,
    endedAt,
    nextBillingAt: null,
    lapsesAt: null,
    trialRemindsAt: null,
    // Nothing is left that billing could stop at; taken up again, it is billed.
    parkedAt: null,
    parkedReason: null,
    ...(reason === undefined ? {} : { cancelReason: reason }),
    updatedAt: at,
  });
  for (const item of subscription.items) {
    if (item.activeTo && item.activeTo.getTime() <= endedAt.getTime()) continue;
    const activeTo = item.activeFrom.getTime() > endedAt.getTime() ? item.activeFrom : endedAt;
    work.update(SubscriptionItemEntity, { organizationId, id: item.id, activeTo, updatedAt: at });
  }
  for (const change of subscription.pending) closeChange(work, subscription, change, 'superseded', at);
  if (subscription.pause) {
    const { id: pauseId } = subscription.pause;
    work.update(SubscriptionPauseEntity, { organizationId, id: pauseId, resumedAt: endedAt, updatedAt: at });
  }
  recordMoves(work, subscription, [move], reason ?? (event === 'lapsed' ? 'lapsed' : undefined));
  return endedAt;
}

/** An end at or before the instant from which something was billed would deny what the bill says: it is a millisecond later. */
function endOf(subscription: Billable, at: Date): Date {
  const { status, currentPeriodStart, items } = subscription;
  if (status === 'incomplete' || status === 'trialing' || currentPeriodStart === null) return at;
  const begun = standingItems(items).map((item) => item.activeFrom.getTime());
  const last = Math.max(currentPeriodStart.getTime(), ...begun);
  return last >= at.getTime() ? new Date(last + 1) : at;
}

/**
 * Voids the first bill of what never began, or credits what is left of it. What would have been billed of that time
 * later on is given up with it: nobody looks for it when the subscription is taken up again.
 */
async function takeFirstBillBack(work: Work, subscription: Billable, endedAt: Date): Promise<void> {
  const { organizationId, id: subscriptionId, currentPeriodStart, currentPeriodEnd } = subscription;
  // Not the items of a former life, which ended when this one began.
  const items = subscription.items.filter(
    ({ activeTo }) => !activeTo || !currentPeriodStart || activeTo > currentPeriodStart,
  );
  await dropUntaxedDrafts(
    work,
    items.map((item) => item.id),
    endedAt,
  );
  const invoices = await work.rows<{ id: string; status: string; begun: boolean }>(
    `select i.id, i.status, i.amount_paid > 0 or exists (select from credit_notes c
         where c.organization_id = i.organization_id and c.invoice_id = i.id and c.status = 'issued') as begun
     from invoices i where i.organization_id = $1 and i.status in ('open', 'void') and exists (
       select from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id
         and l.subscription_item_id = any($2::uuid[])) order by i.id`,
    [organizationId, uuids(items.map((item) => item.id))],
  );
  for (const { id, status, begun } of invoices) {
    if (status !== 'open') continue;
    // What is paid or credited in part can not be void: the rest is credited, and what was paid becomes credit.
    if (begun) await issueCreditNote(work, { invoiceId: id, reason: 'order_canceled' });
    else await voidInvoice(work, { id });
  }
  const bill = invoices.at(-1);
  if (!bill) return;
  const unbilled = items.flatMap(({ id: subscriptionItemId, component, billingMode, activeFrom, activeTo }) => {
    // In advance, the first bill reaches to the end of the first period, which may be over before the time to pay is.
    const periodStart = billingMode === 'arrears' ? activeFrom : billingMode === 'advance' ? currentPeriodEnd : null;
    if (!periodStart || activeTo !== null || periodStart >= endedAt) return [];
    return [{ subscriptionId, subscriptionItemId, component, periodStart, periodEnd: endedAt }];
  });
  releasePeriods(work, { organizationId, id: bill.id }, unbilled);
}
