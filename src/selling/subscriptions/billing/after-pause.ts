import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { instantOfLocal, localOfInstant } from '../../../rules/calendar.ts';
import type { Period } from '../../../rules/period.ts';
import { boundaryAfter, wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import { standingItems } from '../items/change-items.ts';
import type { PriceBook } from '../items/price-book.ts';
import { anchorAfterTrial } from '../items/trial-anchor.ts';
import { later, movedCharges } from './period-charges.ts';
import { prolonged, unbilledCharges } from './unbilled-charges.ts';

type Pause = NonNullable<Billable['pause']>;

/** An instant moved by the length of a pause, counted on the wall clock of the subscription. */
function behind({ pausedFrom }: Pause, at: Date, instant: Date, timezone: string): Date {
  if (instant.getTime() === pausedFrom.getTime()) return at;
  const local = (of: Date) => localOfInstant(timezone, of.getTime());
  const moved = instantOfLocal(timezone, local(at) + local(instant) - local(pausedFrom));
  // Where clocks are set back an hour comes twice: what is left is never nothing, and what was before stays before.
  return new Date(instant < pausedFrom ? Math.min(moved, at.getTime()) : Math.max(moved, at.getTime() + 1));
}

/** Where an instant behind a pause lay before, counted as `behind` does. */
function ahead({ pausedFrom }: Pause, at: Date, instant: Date, timezone: string): Date {
  const local = (of: Date) => localOfInstant(timezone, of.getTime());
  return new Date(instantOfLocal(timezone, local(instant) - local(at) + local(pausedFrom)));
}

/** Time that comes after a pause. */
export interface MovedTime {
  /** Lines that take it back where it lay, each with one that bills it where it lies now. */
  charges: ChargeDraft[];
  /** The subscription as it was before. */
  ground: Billable;
  /** Where an instant of it lay. */
  original: (instant: Date) => Date;
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

/** Whether time that a subscription has was paid for ahead when a pause with shifted boundaries began, and that has a length. */
function hasTimeAhead({ items, billed }: Billable, pause: Pause | null, at: Date): pause is Pause {
  if (pause?.anchor !== 'shift' || at <= pause.pausedFrom) return false;
  const ids = new Set(standingItems(items).map(({ id }) => id));
  return billed.some(({ itemId, end }) => end > pause.pausedFrom && ids.has(itemId));
}

/**
 * Where boundaries lie after a pause with shifted ones, if time was paid for ahead when it began: that is used once it is over, and the
 * whole period in which it began ends that much later, whatever end of the subscription is scheduled. Null for any other pause. Pure.
 */
export function movedAnchor(
  subscription: Billable,
  pause: Pause | null,
  at: Date,
): Pick<Billable, 'anchorAt' | 'wholePeriodStart'> | null {
  if (!hasTimeAhead(subscription, pause, at)) return null;
  const { timezone, currentPeriodStart } = subscription;
  const { start } = wholePeriodOf(subscription, currentPeriodStart!);
  const end = boundaryAfter(subscription, currentPeriodStart!);
  return { anchorAt: behind(pause, at, end, timezone), wholePeriodStart: behind(pause, at, start, timezone) };
}

/**
 * Time that was paid for ahead when a pause with shifted boundaries began, of what the subscription still has: lines take it back where it
 * lay and bill it, for the same, where it lies now. Null where there is none. Pure.
 */
export function movedTime(subscription: Billable, pause: Pause | null, at: Date, book: PriceBook): MovedTime | null {
  if (!hasTimeAhead(subscription, pause, at)) return null;
  const { timezone, currentPeriodStart } = subscription;
  const items = standingItems(subscription.items);
  // A change at the very instant of the pause holds from a millisecond later: after it nothing is left between the two.
  const charges = movedCharges(subscription, items, pause.pausedFrom, book, (instant, { activeFrom }) =>
    instant <= activeFrom ? later(at, activeFrom) : behind(pause, at, instant, timezone),
  );
  const boundary = boundaryAfter(subscription, currentPeriodStart!);
  const end = behind(pause, at, boundary, timezone);
  const original = (instant: Date) => (+instant === +end ? boundary : ahead(pause, at, instant, timezone));
  return { charges, ground: { ...subscription }, original };
}

/**
 * What is billed ahead of the period that a pause ends in: time that was moved, to its end, and what of it is not
 * billed yet. Errors as `PriceBook.price`.
 */
export function chargesAfter(
  subscription: Billable,
  moved: MovedTime | null,
  period: Period,
  book: PriceBook,
): ChargeDraft[] {
  const charges = moved?.charges ?? [];
  const items = subscription.items.filter(({ id }) =>
    charges.every(({ subscriptionItemId }) => subscriptionItemId !== id),
  );
  return [
    ...(moved ? prolonged(moved.ground, charges, { end: period.end, original: moved.original }, book) : []),
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
