import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { billChanged } from '../billing/bill-subscriptions.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { recordChange } from '../items/record-moves.ts';
import { anchorAfterTrial } from '../items/trial-anchor.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { notOnTrial } from './not-on-trial.ts';

const schema = z.object({ id: z.uuid() });

/**
 * Ends a trial now: the first paid period begins and is billed, by the code of the billing run. `at` is that instant, the
 * account's own if left out. NOT_FOUND; INVALID_STATE unless it is on trial, or if it is to end with the trial.
 */
export async function endTrial(
  work: Work,
  given: z.input<typeof schema>,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const { id } = readInput(schema, given);
  const path = ['input', 'id'];
  const { subscription, account, accounts } = await bringUpToDate(work, id, path);
  const { status, organizationId, trialStart, trialEnd, parkedAt } = subscription;
  if (status !== 'trialing') throw notOnTrial(subscription);
  if (parkedAt) throw invalidState('Billing of the subscription has stopped: resume billing first.', path);
  if (subscription.endsAt && subscription.endsAt <= trialEnd!) {
    throw invalidState('The subscription ends with its trial: take its cancellation back first.', path);
  }
  // A trial that ends at the instant it began would be none.
  const at = new Date(Math.max((options.at ?? account.now).getTime(), trialStart!.getTime() + 1));
  const ended = { trialEnd: at, currentPeriodEnd: at, anchorAt: anchorAfterTrial(subscription, at) };
  const pending = subscription.pending.map((change) => (change.atPeriodEnd ? { ...change, effectiveAt: at } : change));
  work.update(SubscriptionEntity, { organizationId, id, trialEnd: at, trialRemindsAt: null });
  recordChange(work, subscription, { trialEnd: { old: trialEnd, new: at } }, account.now);
  await billChanged(work, accounts, { ...subscription, ...ended, nextBillingAt: at, pending }, at);
  return { id, at };
}
