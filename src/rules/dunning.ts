import { CLASS_BY_ADVICE, CODES_BY_CLASS, type DeclineClass, HIDDEN_FROM_CUSTOMER } from './decline-codes.ts';
import { DAY_MS } from './zone.ts';

export type { DeclineClass } from './decline-codes.ts';

/**
 * When a failed collection is tried again, in days of 24 hours. `first_failure`: each number counts from the first failure
 * (1, 3, 7). `previous_attempt`: each counts from the attempt before it.
 */
export interface RetrySchedule {
  readonly days: readonly number[];
  readonly measuredFrom: 'first_failure' | 'previous_attempt';
}

/** Default policy: 1, 3 and 7 days after the first failure. */
const DEFAULT_RETRY_SCHEDULE: RetrySchedule = { days: [1, 3, 7], measuredFrom: 'first_failure' };

/** What the customer is asked to do about a decline; `none` where only time or the merchant can help. */
export type CustomerAction = 'none' | 'authenticate' | 'new_card' | 'correct_card' | 'contact_issuer';

const CLASS_BY_CODE: ReadonlyMap<string, DeclineClass> = new Map(
  (Object.keys(CODES_BY_CLASS) as DeclineClass[]).flatMap((declineClass) =>
    CODES_BY_CLASS[declineClass].map((code): [string, DeclineClass] => [code, declineClass]),
  ),
);

function checkSchedule(schedule: RetrySchedule): void {
  if (schedule.days.length > 100) throw new RangeError('a retry schedule has at most 100 retries');
  schedule.days.forEach((days, index) => {
    if (!Number.isFinite(days) || days < 0) throw new RangeError('a retry lies after the failure');
    const previous = schedule.measuredFrom === 'first_failure' ? (schedule.days[index - 1] ?? 0) : 0;
    if (days < previous) throw new RangeError('retries follow one another');
  });
}

const later = (at: Date, days: number): Date => new Date(at.getTime() + Math.round(days * DAY_MS));

/** Every retry's instant if all fail on time, and the number of attempts (the first included) after which it gives up. */
export function retrySchedule(
  firstFailureAt: Date,
  schedule: RetrySchedule = DEFAULT_RETRY_SCHEDULE,
): { readonly retriesAt: readonly Date[]; readonly givesUpAfterAttempts: number } {
  checkSchedule(schedule);
  let elapsed = 0;
  const retriesAt = schedule.days.map((days) => {
    elapsed = schedule.measuredFrom === 'first_failure' ? days : elapsed + days;
    return later(firstFailureAt, elapsed);
  });
  return { retriesAt, givesUpAfterAttempts: schedule.days.length + 1 };
}

/**
 * When to try again after the n-th failure, or null when the schedule is exhausted or nothing has failed. Counted from the first failure
 * the answer does not depend on how late a retry ran; counted from the previous attempt it follows the last failure.
 */
export function nextRetryAt(
  failures: { readonly count: number; readonly firstAt: Date; readonly lastAt: Date },
  schedule: RetrySchedule = DEFAULT_RETRY_SCHEDULE,
): Date | null {
  checkSchedule(schedule);
  const days = schedule.days[failures.count - 1];
  if (days === undefined) return null;
  return later(schedule.measuredFrom === 'first_failure' ? failures.firstAt : failures.lastAt, days);
}

/** Class of a decline. The provider's advice decides where it is given; a code we do not know is a generic decline: soft. */
export function declineClass(code: string, adviceCode?: string | null): DeclineClass {
  if (adviceCode !== undefined && adviceCode !== null && Object.hasOwn(CLASS_BY_ADVICE, adviceCode)) {
    return CLASS_BY_ADVICE[adviceCode]!;
  }
  return CLASS_BY_CODE.get(code) ?? 'soft';
}

/** Whether a decline is retried on the schedule, off session: soft ones only. */
export function isRetried(code: string, adviceCode?: string | null): boolean {
  return declineClass(code, adviceCode) === 'soft';
}

/** What to ask of the customer at once. Soft declines ask nothing: the schedule goes on without them. */
export function customerAction(declined: DeclineClass): CustomerAction {
  switch (declined) {
    case 'authentication':
      return 'authenticate';
    case 'hard':
    case 'new_card':
      return 'new_card';
    case 'fix_data':
      return 'correct_card';
    case 'ask_issuer':
      return 'contact_issuer';
    default:
      return 'none';
  }
}

/** The code the customer may see: fraud, lost and stolen cards look like any decline. */
export function visibleDeclineCode(code: string): string {
  return HIDDEN_FROM_CUSTOMER.has(code) ? 'generic_decline' : code;
}

/** All decline codes that the table knows. */
export function knownDeclineCodes(): readonly string[] {
  return [...CLASS_BY_CODE.keys()];
}
