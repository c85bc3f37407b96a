import { z } from 'zod';
import { invalidState, notFound } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { undoChange } from '../billing/schedule-change.ts';
import { ScheduledChangeEntity } from '../subscriptions.entities.ts';
import { instantNow } from './carry-out.ts';
import { undoCancelSubscription } from './undo-cancel-subscription.ts';

const schema = z.object({ id: z.uuid() });

/**
 * Takes any pending change of a subscription back: of its items, a pause, the date on which a pause ends, an end. Answers
 * the subscription. `at` as of `undoCancelSubscription`. NOT_FOUND; INVALID_STATE once it is carried out, taken back or superseded.
 */
export async function undoSubscriptionChange(
  work: Work,
  given: z.input<typeof schema>,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const { id } = readInput(schema, given);
  const path = ['input', 'id'];
  const stored = await work.findOne(ScheduledChangeEntity, { organizationId: work.organizationId, id });
  if (!stored) throw notFound(path);
  const current = await bringUpToDate(work, stored.subscriptionId, path);
  const { subscription, account } = current;
  const pending = subscription.pending.find((change) => change.id === id);
  if (!pending) throw invalidState('The change is not pending any more.', path);
  if (pending.kind === 'cancel') return undoCancelSubscription(work, { id: subscription.id }, options);
  undoChange(work, subscription, pending, account.now);
  return { id: subscription.id, at: instantNow(current, options.at) };
}
