import { DomainError, invalidInput } from '../../../platform/errors.ts';
import { type IntervalUnit, monthsIn } from '../../../rules/calendar.ts';
import { boundaryIndex } from '../../../rules/period.ts';
import { chooseAnchor, daysLater, recurrenceOf } from '../items/anchor.ts';
import type { CheckedSubscriptionInput } from './create-subscription.input.ts';

/** When a subscription starts, how long it is on trial, and what its boundaries are computed from. */
export interface Term {
  startedAt: Date;
  trialStart: Date | null;
  trialEnd: Date | null;
  anchorAt: Date;
}

interface Ground {
  now: Date;
  timezone: string;
  intervalUnit: string;
  intervalCount: number;
  /** The plans' trial, if the input says nothing. */
  trialDays: number;
  components: number;
}

const mostYears = 5;
export const longestTrialDays = 730;
/** Lines on the invoice of a back-dated subscription. */
const mostLines = 5_000;

/**
 * INVALID_INPUT for a start more than five years away, a trial that ends before it begins, an anchor that fits no
 * month; LIMIT_EXCEEDED for too many elapsed periods.
 */
export function chooseTerm(input: CheckedSubscriptionInput, ground: Ground): Term {
  const startedAt = checkedStart(input.startAt ?? ground.now, ground);
  const trialEnd = trialEndOf(input, startedAt, ground);
  const base = trialEnd ?? startedAt;
  const anchorAt = anchorFrom(base, input, ground);
  if (base.getTime() < ground.now.getTime()) {
    const recurrence = recurrenceOf({ ...ground, anchorAt });
    const elapsed = boundaryIndex(recurrence, ground.now) - boundaryIndex(recurrence, base) + 1;
    if (elapsed * ground.components > mostLines) {
      throw new DomainError('LIMIT_EXCEEDED', 'Too many periods have elapsed since then for one invoice.', {
        path: ['input', 'startAt'],
      });
    }
  }
  return { startedAt, trialStart: trialEnd ? startedAt : null, trialEnd, anchorAt };
}

function checkedStart(startAt: Date, ground: Ground): Date {
  const yearly = { anchorAt: ground.now, timezone: 'UTC', unit: 'year', count: 1 } as const;
  const years = boundaryIndex(yearly, startAt);
  if (years < -mostYears || years >= mostYears) {
    throw invalidInput(['input', 'startAt'], `The start lies within ${mostYears} years of now.`);
  }
  return startAt;
}

function trialEndOf(input: CheckedSubscriptionInput, startedAt: Date, ground: Ground): Date | null {
  if (input.trialEnd) {
    const latest = daysLater(startedAt, longestTrialDays, ground.timezone);
    const { trialEnd } = input;
    if (trialEnd.getTime() <= startedAt.getTime() || trialEnd.getTime() > latest.getTime()) {
      throw invalidInput(['input', 'trialEnd'], `A trial ends after its start, ${longestTrialDays} days at most.`);
    }
    return trialEnd;
  }
  const days = input.trialDays ?? ground.trialDays;
  return days > 0 ? daysLater(startedAt, days, ground.timezone) : null;
}

function anchorFrom(base: Date, input: CheckedSubscriptionInput, ground: Ground): Date {
  if (input.anchorDayOfMonth != null && monthsIn(ground.intervalUnit as IntervalUnit) === null) {
    throw invalidInput(['input', 'anchorDayOfMonth'], 'Days and weeks have no day of the month.');
  }
  const timeOfDay = input.timeOfDay ?? (input.anchor === 'calendar' ? 'midnight' : 'anchor');
  try {
    return chooseAnchor(base, ground, { kind: input.anchor, dayOfMonth: input.anchorDayOfMonth, timeOfDay });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(['input', 'anchorDayOfMonth'], 'No anchor fits this day and interval.');
  }
}
