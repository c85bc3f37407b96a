import { z } from 'zod';
import { invalidInput } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { settlePending } from '../billing/schedule-change.ts';
import { longestTrialDays } from '../creation/choose-term.ts';
import { daysLater } from '../items/anchor.ts';
import { hasNotBegun } from '../items/not-begun.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { anchorAfterTrial } from '../items/trial-anchor.ts';
import { trialReminder } from '../items/trial-reminder.ts';
import { ScheduledChangeEntity, SubscriptionEntity } from '../subscriptions.entities.ts';
import { notOnTrial } from './not-on-trial.ts';

const schema = z.object({ id: z.uuid(), until: z.date() });

/**
 * Lets a trial end later. What was to happen at its end, an end of the subscription too, happens at the new one. NOT_FOUND;
 * INVALID_STATE unless it is on trial or its trial lies ahead; INVALID_INPUT for an end that is not later, or beyond the longest trial.
 */
export async function extendTrial(work: Work, given: z.input<typeof schema>): Promise<{ id: string; at: Date }> {
  const { id, until } = readInput(schema, given);
  const { subscription, account } = await bringUpToDate(work, id, ['input', 'id']);
  const { organizationId, trialStart, timezone } = subscription;
  const isAhead = hasNotBegun(subscription) && trialStart !== null;
  if (subscription.status !== 'trialing' && !isAhead) throw notOnTrial(subscription);
  const before = subscription.trialEnd!;
  const latest = daysLater(trialStart!, longestTrialDays, timezone);
  if (until <= before || until > latest) {
    const message = `A trial is extended beyond its present end, to ${longestTrialDays} days at most.`;
    throw invalidInput(['input', 'until'], message);
  }
  const at = account.now;
  // An end with the trial moves with it; one on a date stays on its day.
  const isAtEnd = subscription.pending.some((change) => change.kind === 'cancel' && change.atPeriodEnd);
  const endsAt = isAtEnd ? until : subscription.endsAt;
  const periodEnd = endsAt && endsAt < until ? endsAt : until;
  const currentPeriodEnd = isAhead ? null : periodEnd;
  const pending = subscription.pending.map((change) =>
    change.atPeriodEnd ? { ...change, effectiveAt: periodEnd } : change,
  );
  for (const { id: changeId, effectiveAt, atPeriodEnd } of pending) {
    if (atPeriodEnd) work.update(ScheduledChangeEntity, { organizationId, id: changeId, effectiveAt, updatedAt: at });
  }
  const extended = {
    trialEnd: until,
    anchorAt: anchorAfterTrial(subscription, until),
    currentPeriodEnd,
    endsAt,
    trialRemindsAt: trialReminder({ trialStart, trialEnd: until, timezone }, account),
  };
  work.update(SubscriptionEntity, { organizationId, id, ...extended, updatedAt: at });
  settlePending(work, { ...subscription, ...extended, pending }, at);
  const change = { trialEnd: { old: before, new: until } };
  recordChange(work, subscription, change, at);
  const told = { status: subscription.status, trialEnd: until.toISOString() };
  announceSubscription(work, 'subscription.trial_extended', subscription, at, told, change);
  return { id, at };
}
