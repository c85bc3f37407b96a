import type { IssuingTerms } from '../../../collecting/invoicing/index.ts';
import { DomainError, invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { billChanged } from '../billing/bill-subscriptions.ts';
import type { Billed } from '../billing/billing-plan.ts';
import type { Current } from '../billing/bring-up-to-date.ts';
import { type Settled, settlePending } from '../billing/schedule-change.ts';
import { type Billable, heldSince } from '../items/billable.ts';
import { loadBilled } from '../items/load-billed.ts';
import type { PendingChange } from '../items/pending-change.ts';
import { inOrder } from '../items/project-items.ts';

/**
 * Now, or the instant that was promised. A period that an earlier change at this very instant has begun begins a millisecond
 * later (`BillingWalk`): on a clock that stands still another change comes with its beginning.
 */
export function instantNow({ subscription, account }: Current, promised?: Date | undefined): Date {
  const begins = subscription.currentPeriodStart;
  return begins && begins > account.now ? begins : (promised ?? account.now);
}

/** INVALID_STATE, with what to do, for a subscription that does not run, or whose billing has stopped and is to be changed now. */
export function checkChangeable({ status, parkedAt }: Billable, now: boolean): void {
  const path = ['input', 'id'];
  if (status === 'canceled') throw invalidState('The subscription has ended.', path);
  if (status === 'incomplete') {
    throw invalidState(
      'The subscription has not begun: it waits for its first payment. Try again once it is paid, or cancel it and make another.',
      path,
    );
  }
  if (status === 'paused') throw invalidState('The subscription is paused: resume it first.', path);
  if (parkedAt && now) {
    const message =
      'Billing of the subscription has stopped: resume billing first, or say PERIOD_END to change what it is billed then.';
    throw invalidState(message, ['input', 'when']);
  }
}

/**
 * Carries a change out at its instant: planned by the walk of the billing run and written by its writer. CONFLICT where the
 * period ends before it can hold; INVALID_STATE for an instant outside of the period that stands.
 */
export async function carryOut(
  work: Work,
  { subscription, account, accounts }: Current,
  change: PendingChange,
  terms?: Promise<IssuingTerms>,
): Promise<Settled> {
  const { effectiveAt: at } = change;
  const { currentPeriodStart, currentPeriodEnd, status } = subscription;
  if (at < currentPeriodStart! || (at >= currentPeriodEnd! && status !== 'paused')) {
    throw invalidState('The change lies outside of the period that the subscription stands in.', ['input', 'id']);
  }
  const from = subscription.pause ? currentPeriodStart! : (heldSince(subscription) ?? at);
  const found = await loadBilled(work, [subscription], from, { goesOn: subscription.pause !== null });
  const changed: Billable = {
    ...subscription,
    pending: [change, ...subscription.pending],
    ...found.get(subscription.id),
  };
  const rounds = await billChanged(work, accounts, changed, at, { terms });
  const isDone = ({ plan }: Billed) =>
    plan.closed.some((closed) => closed.change.id === change.id && closed.status === 'applied');
  if (!rounds.some(isDone)) {
    const details = { path: ['input', 'id'], retryAfter: 1 };
    throw new DomainError('CONFLICT', 'The period ends this very moment: try again.', details);
  }
  const standing = standingAfter(rounds.at(-1)!);
  if (standing.status === 'canceled') return { superseded: [], standing };
  return settlePending(work, standing, account.now, change.id);
}

/** The subscription as a plan left it, with what is still pending. */
export function standingAfter({ plan, after }: Billed): Billable {
  const { subscription } = plan;
  const ends = new Map(plan.items.ended.map(({ id, activeTo }) => [id, activeTo]));
  const closed = new Set(plan.closed.map(({ change }) => change.id));
  const moved = new Map(plan.moved.map((change) => [change.id, change]));
  return {
    ...subscription,
    ...after,
    items: [
      ...subscription.items.map((item) => ({ ...item, activeTo: ends.get(item.id) ?? item.activeTo })),
      ...plan.items.begun,
    ],
    pending: inOrder(
      [...subscription.pending, ...plan.arisen]
        .filter(({ id }) => !closed.has(id))
        .map((change) => moved.get(change.id) ?? change),
    ),
  };
}
