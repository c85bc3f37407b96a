import type { LockedAccount } from '../../../accounts/index.ts';
import { daysLater } from './anchor.ts';

/**
 * When the end of a trial is announced: as many days of the subscription's zone before it as the organization wants, at
 * the trial's start where it is shorter. Null where there is no trial, it is over, or nothing is to be announced.
 */
export function trialReminder(
  { trialStart, trialEnd, timezone }: { trialStart: Date | null; trialEnd: Date | null; timezone: string },
  account: Pick<LockedAccount, 'now' | 'organization'>,
): Date | null {
  const { trialReminderDays: days } = account.organization;
  if (!trialStart || !trialEnd || days === 0 || trialEnd <= account.now) return null;
  const wanted = daysLater(trialEnd, -days, timezone);
  return wanted > trialStart ? wanted : trialStart;
}
