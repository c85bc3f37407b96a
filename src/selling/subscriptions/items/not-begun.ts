import type { Billable } from './billable.ts';

/** Whether a subscription waits for its start, and nothing else: it was never billed. */
export function hasNotBegun({
  status,
  currentPeriodStart,
  nextBillingAt,
}: Pick<Billable, 'status' | 'currentPeriodStart' | 'nextBillingAt'>): boolean {
  return status === 'incomplete' && currentPeriodStart === null && nextBillingAt !== null;
}
