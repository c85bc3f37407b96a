import type { Work } from '../../../platform/work.ts';
import type { Billable } from '../items/billable.ts';
import type { GivenWay } from '../items/give-way.ts';
import type { PendingChange } from '../items/pending-change.ts';
import { PriceBook } from '../items/price-book.ts';
import { inOrder, projectItems } from '../items/project-items.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { closeChange, narrowChange, storeChange } from '../items/scheduled-changes.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { BillingWalk } from './billing-walk.ts';

/** What is pending, put in order. */
export interface Settled {
  /** The ids of changes that gave way, or do not fit any more. */
  superseded: string[];
  /** The subscription as it is left, as whoever reads it anew finds it. */
  standing: Billable;
}

/** The next instant at which something is due, with what is pending. */
export function nextInstant(subscription: Billable): Date | null {
  return new BillingWalk(subscription, new PriceBook()).next;
}

/**
 * Leaves a change for its instant; answers what gave way to it. The last word stands: a pause or its end takes the
 * place of any of its kind, a change of items that of parts about the same for the same instant (`given`, as found when it was
 * resolved); so does what would not fit any more what is there by then.
 */
export function scheduleChange(
  work: Work,
  subscription: Billable,
  change: PendingChange,
  at: Date,
  given: GivenWay = giveWayByKind(subscription, change),
): Settled {
  const gone = leave(work, subscription, given, change.id, at);
  const pending = inOrder([...given.pending, change]);
  storeChange(work, subscription, change, at);
  const { superseded, standing } = settlePending(work, { ...subscription, pending }, at, change.id);
  tell(work, subscription, change, 'subscription.change_scheduled', at);
  return { superseded: [...gone, ...superseded], standing };
}

/** Lets pending changes go that a later wish took back to how things stand. */
export function dropChanges(work: Work, subscription: Billable, given: GivenWay, at: Date): Settled {
  const gone = leave(work, subscription, given, null, at);
  const { superseded, standing } = settlePending(work, { ...subscription, pending: given.pending }, at);
  return { superseded: [...gone, ...superseded], standing };
}

function leave(work: Work, subscription: Billable, given: GivenWay, by: string | null, at: Date): string[] {
  for (const change of given.narrowed) narrowChange(work, subscription, change, at);
  for (const { change, isWhole } of given.gone) {
    if (isWhole) closeChange(work, subscription, change, 'superseded', at);
    else storeChange(work, subscription, change, at, 'superseded');
    tellSuperseded(work, subscription, change, by, at);
  }
  return given.gone.map(({ change }) => change.id);
}

/** A pause, or its end, is there once. */
function giveWayByKind(subscription: Billable, { kind }: PendingChange): GivenWay {
  const others = subscription.pending.filter((other) => kind === 'items' || other.kind !== kind);
  const gone = subscription.pending.filter((other) => !others.includes(other));
  return { pending: others, narrowed: [], gone: gone.map((change) => ({ change, isWhole: true })) };
}

/** Takes a pending change back, and with it what does not fit any more. */
export function undoChange(work: Work, subscription: Billable, change: PendingChange, at: Date): void {
  closeChange(work, subscription, change, 'undone', at);
  const pending = subscription.pending.filter((other) => other.id !== change.id);
  settlePending(work, { ...subscription, pending }, at);
  tell(work, subscription, change, 'subscription.change_undone', at);
}

/**
 * Lets go of what does not fit any more, and moves the subscription's next instant to where it is now. `by`: the change for
 * which.
 */
export function settlePending(work: Work, subscription: Billable, at: Date, by: string | null = null): Settled {
  const { misfits } = projectItems(subscription);
  for (const misfit of misfits) {
    closeChange(work, subscription, misfit, 'superseded', at);
    tellSuperseded(work, subscription, misfit, by, at);
  }
  const pending = subscription.pending.filter((change) => !misfits.some((misfit) => misfit.id === change.id));
  const { organizationId, id } = subscription;
  const nextBillingAt = nextInstant({ ...subscription, pending });
  work.update(SubscriptionEntity, { organizationId, id, nextBillingAt, updatedAt: at });
  return { superseded: misfits.map((misfit) => misfit.id), standing: { ...subscription, pending, nextBillingAt } };
}

const toldOf = ({ kind, effectiveAt }: PendingChange) => ({ kind, effectiveAt: effectiveAt.toISOString() });

function tell(work: Work, subscription: Billable, change: PendingChange, type: string, at: Date): void {
  const told = toldOf(change);
  const isUndone = type === 'subscription.change_undone';
  const changed = { pendingChange: { old: isUndone ? told : null, new: isUndone ? null : told } };
  recordChange(work, subscription, changed, at);
  announceSubscription(work, type, subscription, at, { status: subscription.status, changeId: change.id, ...told });
}

function tellSuperseded(work: Work, subscription: Billable, change: PendingChange, by: string | null, at: Date): void {
  const told = toldOf(change);
  recordChange(work, subscription, { pendingChange: { old: told, new: null } }, at);
  const { status } = subscription;
  const data = { status, changeId: change.id, supersededBy: by, ...told };
  announceSubscription(work, 'subscription.change_superseded', subscription, at, data);
}
