import { boundaryAfter } from './anchor.ts';
import type { Billable } from './billable.ts';

/** The end of the period or trial that a subscription stands in, whatever end of it is scheduled; null before its start. Pure. */
export function uncutEnd(subscription: Billable): Date | null {
  const { status, pause, trialEnd, currentPeriodStart } = subscription;
  if (currentPeriodStart === null) return null;
  const isOnTrial = status === 'trialing' || (pause && trialEnd && pause.pausedFrom < trialEnd);
  return isOnTrial ? trialEnd : boundaryAfter(subscription, currentPeriodStart);
}

/** Whether a scheduled end has cut the period that a subscription stands in. Pure. */
export function isCut(subscription: Billable): boolean {
  const end = uncutEnd(subscription);
  return end !== null && end > subscription.currentPeriodEnd!;
}
