import type { Billable } from '../items/billable.ts';
import type { PausePending, PendingChange, ResumePending } from '../items/pending-change.ts';
import { inOrder } from '../items/project-items.ts';
import type { BillingPlan } from './billing-plan.ts';

/** A plan in which nothing has happened yet. */
export function emptyPlan(subscription: Billable): BillingPlan {
  return {
    subscription,
    steps: [],
    moves: [],
    applied: [],
    closed: [],
    moved: [],
    arisen: [],
    pauses: { begun: [], ended: [] },
    items: { begun: [], ended: [], billedOnce: [] },
    after: subscription,
    reachedAt: null,
    waitsAt: null,
  };
}

/** The plan with what its steps made of the subscription: `given` is how it stood before, `now` how it stands after them. */
export function outcomeOf(plan: BillingPlan, given: Billable, now: Billable, next: Date | null): BillingPlan {
  const { status, trialEnd, anchorAt, intervalUnit, intervalCount, currentPeriodStart, currentPeriodEnd, endedAt } =
    now;
  const isMoved = currentPeriodStart !== null && currentPeriodStart < anchorAt;
  const before = new Map(given.items.map((item) => [item.id, item]));
  const instants = new Map(given.pending.map((change) => [change.id, change.effectiveAt.getTime()]));
  return {
    ...plan,
    items: {
      begun: now.items.filter((item) => !before.has(item.id)),
      ended: now.items.flatMap(({ id, activeTo }) => {
        const known = before.get(id);
        return activeTo && known && known.activeTo?.getTime() !== activeTo.getTime() ? [{ id, activeTo }] : [];
      }),
      billedOnce: now.items.flatMap(({ id, billedOnceAt }) => {
        const known = before.get(id);
        return billedOnceAt && known && !known.billedOnceAt ? [{ id, billedOnceAt }] : [];
      }),
    },
    moved: now.pending.filter(({ id, effectiveAt }) => {
      const instant = instants.get(id);
      return instant !== undefined && instant !== effectiveAt.getTime();
    }),
    after: {
      ...{ status, trialEnd, anchorAt, intervalUnit, intervalCount, currentPeriodStart, currentPeriodEnd, endedAt },
      wholePeriodStart: isMoved ? now.wholePeriodStart : null,
      nextBillingAt: next,
    },
  };
}

/** What was to happen at the end of the period happens at another end, if there is one. */
export function movedTo(pending: readonly PendingChange[], end: Date | undefined): PendingChange[] {
  if (!end) return [...pending];
  return inOrder(
    pending.map((change) =>
      change.atPeriodEnd && change.kind !== 'cancel' ? { ...change, effectiveAt: end } : change,
    ),
  );
}

/** The next instant at which something is due of a subscription that has not ended; `start`: its start, before it has begun. */
export function nextAhead({ endsAt, pending, currentPeriodEnd, status }: Billable, start: Date | null): Date | null {
  if (currentPeriodEnd === null) return start;
  const isPaused = status === 'paused';
  // What falls into a pause waits for its end.
  const change = pending.find(({ kind }) => !isPaused || kind === 'resume' || kind === 'cancel');
  const ahead = [isPaused ? null : currentPeriodEnd, endsAt, change?.effectiveAt].flatMap((at) =>
    at ? [at.getTime()] : [],
  );
  return ahead.length > 0 ? new Date(Math.min(...ahead)) : null;
}

/** Whether a subscription ends at an instant: with what it was billed for, or by a cancellation that may give something back. */
export function howItEnds({ endsAt, pending }: Billable, at: Date): 'punctually' | 'early' | null {
  const isEarly = (change: PendingChange) =>
    change.kind === 'cancel' && change.effectiveAt <= at && (!change.isStored || change.creditBasis === 'time');
  if (pending.some(isEarly)) return 'early';
  return endsAt && endsAt <= at ? 'punctually' : null;
}

/** Whether a pause is to end before it begins: its period has come to end later than when that was said. */
export function isOver({ until }: PausePending, at: Date): boolean {
  return until !== null && Date.parse(until) <= at.getTime();
}

/** What ends a pause that begins; nothing where no date for that is set. */
export function resumeAfter({ until, resumeId }: PausePending): ResumePending[] {
  if (!until) return [];
  return [{ id: resumeId, kind: 'resume', effectiveAt: new Date(until), atPeriodEnd: false, isStored: true }];
}
