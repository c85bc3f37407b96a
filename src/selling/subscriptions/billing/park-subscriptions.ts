import type { LockedAccount } from '../../../accounts/index.ts';
import { DomainError } from '../../../platform/errors.ts';
import { sqlState } from '../../../platform/transact.ts';
import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import { announceSubscription } from '../items/record-moves.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import type { Unbillable } from './billing-plan.ts';

const longestReason = 500;

/** Sets due subscriptions of one account aside, with the reason: runs pass them by until billing is resumed. */
export function parkSubscriptions(work: Work, subscriptions: readonly Billable[], error: unknown, at: Date): void {
  const parkedReason = reasonOf(error);
  for (const subscription of subscriptions) {
    const { organizationId, id } = subscription;
    work.update(SubscriptionEntity, { organizationId, id, parkedAt: at, parkedReason, updatedAt: at });
    announceSubscription(work, 'subscription.parked', subscription, at, {
      status: subscription.status,
      reason: parkedReason,
    });
  }
}

/** Sets aside what is due of accounts of which something could not be computed; answers how many that are. */
export function parkUnbillable(
  work: Work,
  accounts: ReadonlyMap<string, LockedAccount>,
  due: readonly Billable[],
  unbillable: readonly Unbillable[],
): number {
  let parked = 0;
  const reasons = new Map(unbillable.map(({ subscription, error }) => [subscription.accountId, error]));
  for (const [accountId, error] of reasons) {
    const aside = due.filter((subscription) => subscription.accountId === accountId);
    parkSubscriptions(work, aside, error, accounts.get(accountId)!.now);
    parked += aside.length;
  }
  return parked;
}

/** Why an account could not be billed, for people: our own refusals by their message, faults by their kind. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError || error instanceof RangeError) return error.message.slice(0, longestReason);
  const state = sqlState(error);
  const constraint = (error as { constraint?: string } | null)?.constraint;
  // The text of a database error may repeat values of the row.
  if (state) return `The database refused it (${state}${constraint ? `, ${constraint}` : ''}).`;
  const name = error instanceof Error ? error.name : typeof error;
  const message = error instanceof Error ? error.message : String(error);
  return `${name}: ${message}`.slice(0, longestReason);
}
