import { conflict, DomainError, invalidState } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { billChanged } from './bill-subscriptions.ts';
import type { Billable } from './billable.ts';
import { bringUpToDate, type Current } from './bring-up-to-date.ts';
import {
  type ChangeSubscriptionInput,
  type CheckedChangeInput,
  changeSubscriptionSchema,
} from './change-subscription.input.ts';
import { loadBilled } from './load-billed.ts';
import type { PendingChange } from './pending-change.ts';
import { resolveChange } from './resolve-change.ts';

export interface ChangedSubscription {
  id: string;
  /** The account's instant. */
  at: Date;
}

/**
 * Changes what a subscription has: another plan in the place of one, other quantities, plans added and removed. What fell
 * due before is billed first, as if on time; then the change is carried out by the code of the billing run. `at` is the
 * instant of the change, the account's own if left out; it lies in the period that stands. NOT_FOUND; INVALID_STATE unless
 * it has begun and runs; ACCOUNT_BLOCKED where something new is bought; and what `resolveChange` refuses.
 */
export async function changeSubscription(
  work: Work,
  given: ChangeSubscriptionInput,
  options: { at?: Date | undefined } = {},
): Promise<ChangedSubscription> {
  const input = readInput(changeSubscriptionSchema, given);
  const current = await bringUpToDate(work, input.id, ['input', 'id']);
  checkChangeable(current.subscription);
  const change = await pendingChange(work, current, input, instantOfChange(current, options.at));
  if (change.changes.length > 0) await changeNow(work, current, change);
  return { id: input.id, at: current.account.now };
}

/**
 * Now, or the instant that was promised. A period that an earlier change at this very instant has begun begins a millisecond
 * later (`BillingWalk`): on a clock that stands still another change comes with its beginning.
 */
function instantOfChange({ subscription, account }: Current, promised: Date | undefined): Date {
  const begins = subscription.currentPeriodStart;
  return begins && begins > account.now ? begins : (promised ?? account.now);
}

/** INVALID_STATE, with what to do, for a subscription whose items can not be changed. */
function checkChangeable({ status, parkedAt }: Billable): void {
  const path = ['input', 'id'];
  if (status === 'canceled') throw invalidState('The subscription has ended.', path);
  if (status === 'incomplete') {
    throw invalidState('The subscription has not begun: cancel it and make another.', path);
  }
  if (status === 'paused') throw invalidState('The subscription is paused: resume it first.', path);
  if (parkedAt) throw invalidState('Billing of the subscription has stopped: resume billing first.', path);
}

async function pendingChange(
  work: Work,
  { subscription, account }: Current,
  input: CheckedChangeInput,
  at: Date,
): Promise<PendingChange> {
  const resolved = await resolveChange(work, subscription, input.changes);
  const isBuying = resolved.changes.some((change) => change.kind !== 'remove_plan');
  if (isBuying && account.dunningStatus === 'blocked') {
    throw new DomainError('ACCOUNT_BLOCKED', 'The account is blocked until it has paid what it owes.', {
      path: ['input', 'id'],
    });
  }
  return {
    ...resolved,
    id: newId(),
    kind: 'items',
    effectiveAt: at,
    settle: 'invoice_now',
    creditBasis: input.creditBasis ?? 'time',
    prorationMode: input.prorationMode ?? 'by_second',
  };
}

/** Carries a change out at its instant: planned by the walk of the billing run and written by its writer. */
async function changeNow(work: Work, { subscription, accounts }: Current, change: PendingChange): Promise<void> {
  const { effectiveAt: at } = change;
  const { currentPeriodStart, currentPeriodEnd } = subscription;
  if (at < currentPeriodStart! || at >= currentPeriodEnd!) {
    throw invalidState('The change lies outside of the period that the subscription stands in.', ['input', 'id']);
  }
  const stretches = await loadBilled(work, [subscription], at);
  const changed: Billable = {
    ...subscription,
    pending: [change, ...subscription.pending],
    billed: stretches.get(subscription.id) ?? [],
  };
  const { plan } = await billChanged(work, accounts, changed, at);
  if (!plan.applied.some((applied) => applied.change.id === change.id)) {
    throw conflict('The period ends this very moment: try again.', ['input', 'id']);
  }
}
