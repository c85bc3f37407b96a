import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { settlePending } from '../billing/schedule-change.ts';
import { movedTo } from '../billing/walk-outcome.ts';
import type { Billable } from '../items/billable.ts';
import { standingItems } from '../items/change-items.ts';
import { loadBilled } from '../items/load-billed.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { closeChange } from '../items/scheduled-changes.ts';
import { ScheduledChangeEntity, SubscriptionEntity } from '../subscriptions.entities.ts';

const schema = z.object({ id: z.uuid() });

/** Takes a scheduled end back: the subscription goes on as if nothing had been said. NOT_FOUND; INVALID_STATE if none is scheduled or it has come. */
export async function undoCancelSubscription(work: Work, given: z.input<typeof schema>): Promise<{ id: string }> {
  const { id } = readInput(schema, given);
  const { subscription, account } = await bringUpToDate(work, id, ['input', 'id']);
  if (subscription.status === 'canceled') throw invalidState('The subscription has ended.', ['input', 'id']);
  if (!subscription.endsAt) throw invalidState('The subscription is not about to end.', ['input', 'id']);
  const { organizationId, endsAt } = subscription;
  const at = account.now;
  for (const change of subscription.pending) {
    if (change.kind === 'cancel') closeChange(work, subscription, change, 'undone', at);
  }
  const pending = subscription.pending.filter((change) => change.kind !== 'cancel');
  const currentPeriodEnd = await uncutEnd(work, subscription);
  const moved = currentPeriodEnd ? movedTo(pending, currentPeriodEnd) : pending;
  for (const { id, atPeriodEnd, effectiveAt } of moved) {
    if (atPeriodEnd) work.update(ScheduledChangeEntity, { organizationId, id, effectiveAt, updatedAt: at });
  }
  settlePending(work, { ...subscription, currentPeriodEnd, endsAt: null, pending: moved }, at);
  work.update(SubscriptionEntity, {
    organizationId,
    id,
    currentPeriodEnd,
    endsAt: null,
    cancelRequestedAt: null,
    cancelReason: null,
    updatedAt: at,
  });
  const change = { endsAt: { old: endsAt, new: null } };
  recordChange(work, subscription, change, at);
  announceSubscription(work, 'subscription.cancellation_undone', subscription, at, { status: subscription.status });
  return { id };
}

/**
 * The end of the period without the scheduled end: it may have cut off what a pause with shifted boundaries moved behind it,
 * time that was paid for or the rest of a trial.
 */
async function uncutEnd(work: Work, subscription: Billable): Promise<Date | null> {
  const { status, currentPeriodEnd: end, trialEnd } = subscription;
  if (!end || status === 'paused') return end;
  if (status === 'trialing') return trialEnd && trialEnd > end ? trialEnd : end;
  const items = standingItems(subscription.items);
  const billed = (await loadBilled(work, [{ ...subscription, items }], end)).get(subscription.id) ?? [];
  return new Date(Math.max(end.getTime(), ...billed.map((stretch) => stretch.end.getTime())));
}
