import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import type { PendingChange } from '../items/pending-change.ts';
import { PriceBook } from '../items/price-book.ts';
import { inOrder, projectItems } from '../items/project-items.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { closeChange, storeChange } from '../items/scheduled-changes.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { BillingWalk } from './billing-walk.ts';

/** The next instant at which something is due, with what is pending. */
export function nextInstant(subscription: Billable): Date | null {
  return new BillingWalk(subscription, new PriceBook()).next;
}

/**
 * Leaves a change for its instant. The last word stands: one of the same kind at the same instant gives way, a pause or its
 * end to any later wish of the kind; so does what would not fit any more what is there by then.
 */
export function scheduleChange(work: Work, subscription: Billable, change: PendingChange, at: Date): void {
  const isReplaced = (other: PendingChange) =>
    other.kind === change.kind &&
    (change.kind === 'pause' || change.kind === 'resume' || +other.effectiveAt === +change.effectiveAt);
  for (const other of subscription.pending.filter(isReplaced)) closeChange(work, subscription, other, 'superseded', at);
  const pending = inOrder([...subscription.pending.filter((other) => !isReplaced(other)), change]);
  storeChange(work, subscription, change, at);
  settlePending(work, { ...subscription, pending }, at);
  tell(work, subscription, change, 'subscription.change_scheduled', at);
}

/** Takes a pending change back. */
export function undoChange(work: Work, subscription: Billable, change: PendingChange, at: Date): void {
  closeChange(work, subscription, change, 'undone', at);
  const pending = subscription.pending.filter((other) => other.id !== change.id);
  settlePending(work, { ...subscription, pending }, at);
  tell(work, subscription, change, 'subscription.change_undone', at);
}

/** Lets go of what does not fit any more, and moves the subscription's next instant to where it is now. */
export function settlePending(work: Work, subscription: Billable, at: Date): void {
  const { misfits } = projectItems(subscription);
  for (const misfit of misfits) closeChange(work, subscription, misfit, 'superseded', at);
  const pending = subscription.pending.filter((change) => !misfits.some((misfit) => misfit.id === change.id));
  const { organizationId, id } = subscription;
  const nextBillingAt = nextInstant({ ...subscription, pending });
  work.update(SubscriptionEntity, { organizationId, id, nextBillingAt, updatedAt: at });
}

function tell(work: Work, subscription: Billable, change: PendingChange, type: string, at: Date): void {
  const { kind, effectiveAt } = change;
  const told = { kind, effectiveAt: effectiveAt.toISOString() };
  const isUndone = type === 'subscription.change_undone';
  const changed = { pendingChange: { old: isUndone ? told : null, new: isUndone ? null : told } };
  recordChange(work, subscription, changed, at);
  announceSubscription(work, type, subscription, at, { status: subscription.status, ...told });
}
