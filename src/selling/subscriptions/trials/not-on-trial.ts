import { type DomainError, invalidState } from '../../../platform/errors.ts';
import type { Billable } from '../items/billable.ts';

/** INVALID_STATE for a subscription that is not on trial, with what to do where its trial waits. */
export function notOnTrial({ status, pause, trialEnd, currentPeriodStart }: Billable): DomainError {
  const path = ['input', 'id'];
  if (pause && trialEnd && pause.pausedFrom < trialEnd) {
    return invalidState('The trial is paused: resume the subscription first.', path);
  }
  if (status === 'incomplete' && currentPeriodStart === null && trialEnd) {
    return invalidState('The trial has not begun: extend it, or cancel the subscription and make one without.', path);
  }
  return invalidState('The subscription is not on trial.', path);
}
