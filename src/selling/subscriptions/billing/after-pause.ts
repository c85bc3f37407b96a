import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { instantOfLocal, localOfInstant } from '../../../rules/calendar.ts';
import type { Period } from '../../../rules/period.ts';
import { boundaryAfter, wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BilledStretch } from '../items/billable-item.ts';
import { standingItems } from '../items/change-items.ts';
import type { PriceBook } from '../items/price-book.ts';
import { anchorAfterTrial } from '../items/trial-anchor.ts';
import { later, movedCharges, prolonged, unbilledCharges } from './period-charges.ts';

type Pause = NonNullable<Billable['pause']>;

/** An instant moved by the length of a pause, counted on the wall clock of the subscription. */
function behind({ pausedFrom }: Pause, at: Date, instant: Date, timezone: string): Date {
  if (instant.getTime() === pausedFrom.getTime()) return at;
  const local = (of: Date) => localOfInstant(timezone, of.getTime());
  const moved = instantOfLocal(timezone, local(at) + local(instant) - local(pausedFrom));
  // Where clocks are set back an hour comes twice: what is left is never nothing, and what was before stays before.
  return new Date(instant < pausedFrom ? Math.min(moved, at.getTime()) : Math.max(moved, at.getTime() + 1));
}

/** From when on time that is paid for is not used in a pause with shifted boundaries; null where it runs out meanwhile. */
export function unusedFrom(pause: Pause | null): Date | null {
  return pause?.anchor === 'shift' ? pause.pausedFrom : null;
}

/**
 * The trial that goes on at the end of a pause that began in it: what was left of it with boundaries shifted, up to its own
 * end with boundaries kept. Null where none is left. Pure.
 */
export function trialAfter(
  subscription: Billable,
  pause: Pause | null,
  at: Date,
): { trialEnd: Date; anchorAt: Date } | null {
  const { trialStart, trialEnd, timezone } = subscription;
  if (!pause || !trialStart || !trialEnd || pause.pausedFrom < trialStart || pause.pausedFrom >= trialEnd) return null;
  const end = pause.anchor === 'shift' ? behind(pause, at, trialEnd, timezone) : trialEnd;
  return end > at ? { trialEnd: end, anchorAt: anchorAfterTrial(subscription, end) } : null;
}

/**
 * Where boundaries lie after a pause: behind the period in which a pause with shifted boundaries began, if time of it was paid for ahead. That is
 * used once the pause is over, and the period ends that much later, whatever end of the subscription is scheduled. Null where nothing was
 * paid for or the pause has no length. Pure.
 */
export function movedAnchor(
  subscription: Billable,
  pause: Pause | null,
  at: Date,
): Pick<Billable, 'anchorAt' | 'wholePeriodStart'> | null {
  if (pause?.anchor !== 'shift' || at <= pause.pausedFrom) return null;
  const { timezone, billed, currentPeriodStart } = subscription;
  const items = standingItems(subscription.items);
  const isAhead = ({ itemId, end }: BilledStretch) => end > pause.pausedFrom && items.some(({ id }) => id === itemId);
  if (!billed.some(isAhead)) return null;
  const { start } = wholePeriodOf(subscription, currentPeriodStart!);
  const end = boundaryAfter(subscription, currentPeriodStart!);
  return { anchorAt: behind(pause, at, end, timezone), wholePeriodStart: behind(pause, at, start, timezone) };
}

/**
 * Lines that take time that was paid for ahead back where it lay, and bill it, for the same, where a pause with shifted boundaries
 * has moved it: of what the subscription still has. None for other pauses. Pure.
 */
export function movedTime(subscription: Billable, pause: Pause | null, at: Date, book: PriceBook): ChargeDraft[] {
  if (pause?.anchor !== 'shift' || at <= pause.pausedFrom) return [];
  // A change at the very instant of the pause holds from a millisecond later: after it nothing is left between the two.
  return movedCharges(
    subscription,
    standingItems(subscription.items),
    pause.pausedFrom,
    book,
    (instant, { activeFrom }) =>
      instant <= activeFrom ? later(at, activeFrom) : behind(pause, at, instant, subscription.timezone),
  );
}

/** What is billed ahead of the period that a pause ends in: time that was moved, to its end, and what of it is not billed yet. Errors as `PriceBook.price`. */
export function chargesAfter(
  subscription: Billable,
  moved: readonly ChargeDraft[],
  period: Period,
  book: PriceBook,
): ChargeDraft[] {
  const items = subscription.items.filter(({ id }) =>
    moved.every(({ subscriptionItemId }) => subscriptionItemId !== id),
  );
  return [
    ...prolonged(subscription, moved, period.end, book),
    ...unbilledCharges({ ...subscription, items }, period, book),
  ];
}

/**
 * What the period has been held before a pause with boundaries kept, of which the time stays paid for: its commitment is
 * counted over the whole. Undefined for any other pause. Pure.
 */
export function heldThrough(subscription: Billable, pause: Pause | null, at: Date): Billable['heldBefore'] {
  const { currentPeriodStart: start, billed, heldBefore } = subscription;
  if (pause?.anchor !== 'keep' || start === null || start < wholePeriodOf(subscription, at).start) {
    return undefined;
  }
  if (!billed.some((line) => line.start <= pause.pausedFrom && line.end >= at)) return undefined;
  const { stretches = [], truedUp = [] } = heldBefore ?? {};
  return { stretches: [...stretches, { start, end: pause.pausedFrom }], truedUp };
}
