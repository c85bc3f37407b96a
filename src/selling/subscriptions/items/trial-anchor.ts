import { localDay } from '../../../rules/calendar.ts';
import { chooseAnchor } from './anchor.ts';
import type { Billable } from './billable.ts';

/** Where the boundaries stand once a trial ends at another instant: with it if they did before, else where they are. */
export function anchorAfterTrial(subscription: Billable, trialEnd: Date): Date {
  const { anchorAt, timezone } = subscription;
  const before = subscription.trialEnd!;
  if (anchorAt.getTime() === before.getTime()) return trialEnd;
  if (localDay(timezone, anchorAt) !== localDay(timezone, before)) return anchorAt;
  return chooseAnchor(trialEnd, subscription, { kind: 'anniversary', timeOfDay: 'midnight' });
}
