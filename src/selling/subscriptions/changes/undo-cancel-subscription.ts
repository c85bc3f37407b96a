import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { billGoingOn } from '../billing/bill-subscriptions.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { settlePending } from '../billing/schedule-change.ts';
import { loadBilled } from '../items/load-billed.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { closeChange } from '../items/scheduled-changes.ts';
import { isCut } from '../items/uncut-end.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { instantNow, standingAfter } from './carry-out.ts';

const schema = z.object({ id: z.uuid() });

/**
 * Takes a scheduled end back: the subscription goes on as if nothing had been said. Where the end had cut the period that
 * stands, as after a change of the interval, that lasts to its own end again, and the time that was left out is billed at once
 * for what is held now; of a paused one when it goes on. `at` is the
 * instant from which that is billed, the account's own if left out. NOT_FOUND; INVALID_STATE if none is scheduled or it has come, or where
 * something is to be billed and billing has stopped.
 */
export async function undoCancelSubscription(
  work: Work,
  given: z.input<typeof schema>,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const { id } = readInput(schema, given);
  const path = ['input', 'id'];
  const current = await bringUpToDate(work, id, path);
  const { subscription, account, accounts } = current;
  const { organizationId, status, endsAt, parkedAt, currentPeriodStart } = subscription;
  if (status === 'canceled') throw invalidState('The subscription has ended.', path);
  if (!endsAt) throw invalidState('The subscription is not about to end.', path);
  if (parkedAt && isCut(subscription))
    throw invalidState('Billing of the subscription has stopped: resume billing first.', path);
  const at = account.now;
  for (const change of subscription.pending) {
    if (change.kind === 'cancel') closeChange(work, subscription, change, 'undone', at);
  }
  const endless = {
    ...subscription,
    endsAt: null,
    pending: subscription.pending.filter((change) => change.kind !== 'cancel'),
    ...(await loadBilled(work, [subscription], currentPeriodStart ?? at, { goesOn: true })).get(id),
  };
  const from = instantNow(current, options.at);
  const billed = await billGoingOn(work, accounts, endless, from);
  settlePending(work, standingAfter(billed), at);
  const withoutEnd = { endsAt: null, cancelRequestedAt: null, cancelReason: null };
  work.update(SubscriptionEntity, { organizationId, id, ...withoutEnd, updatedAt: at });
  recordChange(work, subscription, { endsAt: { old: endsAt, new: null } }, at);
  announceSubscription(work, 'subscription.cancellation_undone', subscription, at, { status });
  return { id, at: from };
}
