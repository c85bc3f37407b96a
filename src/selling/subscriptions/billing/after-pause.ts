import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import { instantOfLocal, localOfInstant } from '../../../rules/calendar.ts';
import type { Period } from '../../../rules/period.ts';
import { boundaryAfter, wholePeriodOf } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { type ChangedItems, changeItems, firstFreeInstant, standingItems } from '../items/change-items.ts';
import { successorsOf } from '../items/heirs.ts';
import type { ItemsPending } from '../items/pending-change.ts';
import type { PriceBook } from '../items/price-book.ts';
import { withItemsChanged } from '../items/project-items.ts';
import { anchorAfterTrial } from '../items/trial-anchor.ts';
import { later, movedCharges, reversalsFor, waived } from './period-charges.ts';
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

/** From when on the period has run that goes on after a pause; the end of the pause where a new one begins, or a trial goes on. Pure. */
function goesOnSince(subscription: Billable, pause: Pause | null, at: Date): Date {
  if (subscription.status === 'trialing') return at;
  if (pause?.anchor !== 'shift') return wholePeriodOf(subscription, at).start;
  return hasTimeAhead(subscription, pause, at) ? pause.pausedFrom : at;
}

/** What comes of changes of items that fell into a pause. */
interface CaughtUp {
  /** With what each makes of the items, and from when on; null where it does not fit. */
  done: { change: ItemsPending; changed: ChangedItems | null; from: Date }[];
  /** What they give back of time that was billed and, shifted, is still to come. */
  back: ChargeDraft[];
  /** What follows at this very instant, once what is not billed of the period is. */
  later: ItemsPending[];
  /** Ids of items that are removed then, with nothing in their place, and not paid for. */
  gone: string[];
}

/**
 * Carries out, at the end of a pause, the changes that fell into it. One that is not settled changes nothing of what the period costs that
 * goes on: that is billed first, and the change comes then, with those behind it. Pure.
 */
export function catchUp(
  subscription: Billable,
  due: readonly ItemsPending[],
  pause: Pause | null,
  at: Date,
  book: PriceBook,
): CaughtUp {
  const done: CaughtUp['done'] = [];
  const back: ChargeDraft[] = [];
  const since = goesOnSince(subscription, pause, at);
  let ground = subscription;
  for (const [index, change] of due.entries()) {
    const first = changeItems(ground, change, at);
    const goesOn = change.effectiveAt > since && done.every(({ changed }) => !changed?.interval);
    if (change.settle === 'none' && goesOn && first && !first.interval) {
      const later = due.slice(index).map((one) => ({ ...one, effectiveAt: at }));
      return { done, back, later, gone: unpaidOf(subscription, removedBy(ground, later), at) };
    }
    const from = first ? firstFreeInstant(ground, first.ended, at) : at;
    const changed = changeItems(ground, change, from);
    done.push({ change, changed, from });
    if (!changed) continue;
    const terms = { creditBasis: change.creditBasis, mode: change.prorationMode, begun: changed.begun };
    back.push(...reversalsFor(ground, changed.ended, unusedFrom(pause) ?? from, book, terms));
    ground = withItemsChanged(ground, changed);
  }
  return { done, back, later: [], gone: [] };
}

/** What changes one after the other end without anything in its place. */
function removedBy(subscription: Billable, changes: readonly ItemsPending[]): BillableItem[] {
  let ground = subscription;
  return changes.flatMap((change) => {
    const changed = changeItems(ground, change, change.effectiveAt);
    if (!changed) return [];
    ground = withItemsChanged(ground, changed);
    const successors = successorsOf(changed.ended, changed.begun);
    return changed.ended.filter(({ id }) => !successors.has(id));
  });
}

const unpaidOf = ({ billed }: Billable, items: readonly BillableItem[], at: Date): string[] =>
  items.flatMap(({ id }) => (billed.some(({ itemId, end }) => itemId === id && end > at) ? [] : [id]));

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
 * billed yet; nothing for items that are `gone` next. Errors as `PriceBook.price`.
 */
export function chargesAfter(
  subscription: Billable,
  moved: MovedTime | null,
  period: Period,
  book: PriceBook,
  gone: readonly string[] = [],
): ChargeDraft[] {
  const charges = moved?.charges ?? [];
  const items = subscription.items.filter(({ id }) =>
    charges.every(({ subscriptionItemId }) => subscriptionItemId !== id),
  );
  const isGone = ({ subscriptionItemId }: ChargeDraft) => gone.includes(subscriptionItemId!);
  return [
    ...(moved ? prolonged(moved.ground, charges, { end: period.end, original: moved.original }, book) : []),
    ...unbilledCharges({ ...subscription, items }, period, book).map((charge) =>
      isGone(charge) ? waived([charge])[0]! : charge,
    ),
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
