import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { settlePending } from '../billing/schedule-change.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { closeChange } from '../items/scheduled-changes.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';

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
  settlePending(work, { ...subscription, endsAt: null, pending }, at);
  work.update(SubscriptionEntity, {
    organizationId,
    id,
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
