import type { ChargeDraft } from '../../../collecting/invoicing/index.ts';
import type { Period } from '../../../rules/period.ts';
import { boundaryAfter } from '../items/anchor.ts';
import type { Billable } from '../items/billable.ts';
import { type ChangedItems, changeItems, endItems, firstFreeInstant, standingItems } from '../items/change-items.ts';
import type { CreditBasis, ItemsPending, PausePending, PendingChange } from '../items/pending-change.ts';
import type { PriceBook } from '../items/price-book.ts';
import { inOrder, withItemsChanged } from '../items/project-items.ts';
import { isCut, uncutEnd } from '../items/uncut-end.ts';
import { moveStatus } from '../subscriptions.lifecycle.ts';
import { catchUp, chargesAfter, heldThrough, movedAnchor, movedTime, trialAfter, unusedFrom } from './after-pause.ts';
import type { BillingPlan, BillingStep } from './billing-plan.ts';
import { arrearsFor, lastArrears } from './commitment-charges.ts';
import { billOnce } from './once-charges.ts';
import { chargesFor, later, reversalsFor } from './period-charges.ts';
import { unbilledCharges } from './unbilled-charges.ts';
import { comingCharges } from './unsettled-charges.ts';
import { emptyPlan, howItEnds, isOver, movedTo, nextAhead, outcomeOf, resumeAfter } from './walk-outcome.ts';

/** One subscription on its way through what falls due, step by step. Changes nothing that it was given. */
export class BillingWalk {
  readonly #given: Billable;
  readonly #book: PriceBook;
  readonly #now: Billable;
  /** Something lies ahead: it has not ended, and waits for nobody. */
  #moving: boolean;
  readonly #plan: BillingPlan;

  constructor(subscription: Billable, book: PriceBook) {
    this.#given = subscription;
    this.#book = book;
    this.#now = { ...subscription, items: [...subscription.items], pending: [...subscription.pending] };
    this.#moving = subscription.nextBillingAt !== null || subscription.status === 'paused';
    this.#plan = emptyPlan(subscription);
  }

  /** The next instant at which something is due; null if nothing is ahead. */
  get next(): Date | null {
    return this.#moving ? nextAhead(this.#now, this.#given.nextBillingAt) : null;
  }

  /** Whether what is due at an instant gives back lines that are planned and not written yet, or leaves them as they are. */
  waitsAt(at: Date): boolean {
    const { currentPeriodEnd } = this.#now;
    const isPlanned = this.#plan.steps.length > 0 && currentPeriodEnd !== null && at < currentPeriodEnd;
    if (!isPlanned || howItEnds(this.#now, at) === 'punctually') return false;
    this.#plan.waitsAt = at;
    return true;
  }

  plan(): BillingPlan {
    return outcomeOf(this.#plan, this.#given, this.#now, this.next);
  }

  /** Does what is due at an instant; true if the outcome of its invoice decides how to go on. */
  step(at: Date): boolean {
    const { trialEnd, currentPeriodStart, currentPeriodEnd, status } = this.#now;
    this.#plan.reachedAt = at;
    if (howItEnds(this.#now, at)) return this.#end(at);
    if (currentPeriodStart === null) {
      return trialEnd && trialEnd.getTime() > at.getTime() ? this.#beginTrial(at, trialEnd) : this.#begin(at);
    }
    if (status === 'paused') return this.#resume(at);
    return at < currentPeriodEnd! ? this.#changeWithinPeriod(at) : this.#renew(at);
  }

  /** Without the scheduled end the period it cut lasts to its own; what was left out is billed, of a pause after it. */
  goOn(at: Date): void {
    this.#plan.reachedAt = at;
    if (!isCut(this.#now)) return;
    const { status, currentPeriodStart, heldBefore } = this.#now;
    const period = { start: currentPeriodStart!, end: uncutEnd(this.#now)! };
    this.#enter(period, heldBefore);
    if (status === 'trialing' || status === 'paused') return;
    const rest = { ...period, start: later(period.start, at) };
    this.#bill(at, 'subscription_change', unbilledCharges(this.#now, rest, this.#book));
  }

  #beginTrial(at: Date, trialEnd: Date): boolean {
    this.#move('trial_started', at);
    this.#enter({ start: at, end: this.#cap(trialEnd) });
    return false;
  }

  #begin(at: Date): boolean {
    const charges = this.#openPeriod(at);
    const decides = this.#now.collection === 'automatic' && charges.length > 0;
    this.#bill(at, 'subscription_created', charges, { decides });
    if (!decides) this.#move('activated', at);
    return decides;
  }

  #renew(at: Date): boolean {
    const ended = this.#arrears(at);
    if (this.#now.status === 'trialing') this.#move('trial_ended', at);
    let pause: PausePending | null = null;
    for (let change = this.#takeDue(at); change; change = this.#takeDue(at)) {
      if (change.kind === 'items') this.#adopt(change, changeItems(this.#now, change, at), at);
      else if (change.kind === 'pause' && !isOver(change, at)) pause = change;
      else this.#close(change, 'superseded', at);
    }
    this.#bill(at, 'subscription_cycle', pause ? ended : [...ended, ...this.#openPeriod(at)], { isLast: !!pause });
    if (pause) this.#pause(pause, at);
    return false;
  }

  /** Ends it; a cancellation may give back what was billed of the time after. */
  #end(at: Date): boolean {
    const { items } = this.#now;
    const due = this.#now.pending.splice(0);
    const cancel = due.find((change) => change.kind === 'cancel' && change.effectiveAt <= at);
    const creditBasis = cancel?.kind === 'cancel' ? cancel.creditBasis : 'none';
    const held = standingItems(items);
    const from = firstFreeInstant(this.#now, held, at);
    const unused = unusedFrom(this.#now.pause) ?? from;
    const back = creditBasis === 'time' ? reversalsFor(this.#now, held, unused, this.#book, { creditBasis }) : [];
    const arrears = lastArrears(this.#now, { at, from }, creditBasis, this.#book, this.#plan.steps);
    this.#bill(at, 'subscription_ended', [...back, ...arrears], { isLast: true });
    this.#move('canceled', from);
    this.#now.endedAt = from;
    this.#now.items = endItems(items, from, at);
    if (this.#now.pause) this.#endPause(from);
    for (const change of due) this.#close(change, change === cancel ? 'applied' : 'superseded', at);
    this.#moving = false;
    return false;
  }

  #changeWithinPeriod(at: Date): boolean {
    const change = this.#takeDue(at)!;
    if (change.kind === 'items') this.#changeItemsWithinPeriod(change, at);
    else if (change.kind === 'pause' && !isOver(change, at)) this.#pauseWithinPeriod(change, at);
    else this.#close(change, 'superseded', at);
    return false;
  }

  /**
   * A change between two boundaries: what is left of the period is taken back of the items that end and billed for those
   * that begin. Another length of periods begins a new one.
   */
  #changeItemsWithinPeriod(change: ItemsPending, at: Date): void {
    const first = changeItems(this.#now, change, at);
    const from = first && firstFreeInstant(this.#now, first.ended, at);
    const end = this.#cap(this.#now.currentPeriodEnd!);
    if (from && from >= end) {
      this.#now.pending.unshift({ ...change, effectiveAt: end });
      return;
    }
    const changed = from && changeItems(this.#now, change, from);
    const { status, currentPeriodEnd } = this.#now;
    if (!from || !changed || status === 'trialing') {
      this.#adopt(change, changed, from ?? at);
      return;
    }
    const { creditBasis, prorationMode: mode, settle } = change;
    const { ended, begun, interval } = changed;
    const rest = { start: from, end: currentPeriodEnd! };
    const given = settle === 'none' && !interval ? [] : ended;
    const back = reversalsFor(this.#now, given, from, this.#book, { creditBasis, mode, begun });
    const arrears = interval ? this.#arrears(from, creditBasis) : [];
    this.#adopt(change, changed, from);
    const fresh = interval
      ? this.#openPeriod(from)
      : [...this.#billOnce(from), ...comingCharges(this.#now, changed, rest, this.#book, { mode, settle })];
    // A new period has its own invoice, and that is the next one.
    const waits = settle !== 'invoice_now' && !interval;
    this.#bill(at, 'subscription_change', [...back, ...arrears, ...fresh], { waits });
  }

  /** Arrears are billed; what was billed ahead is given back or, if boundaries shift, lasts for the time after it. */
  #pauseWithinPeriod(change: PausePending, at: Date): void {
    const { creditBasis, anchor } = change;
    const held = standingItems(this.#now.items);
    const back = creditBasis === 'time' ? reversalsFor(this.#now, held, at, this.#book, { creditBasis }) : [];
    const arrears = this.#arrears(at, anchor === 'shift' ? 'time' : creditBasis);
    this.#bill(at, 'subscription_change', [...back, ...arrears], { isLast: true });
    this.#pause(change, at);
  }

  #pause(change: PausePending, at: Date): void {
    this.#move('paused', at);
    const { id, anchor } = change;
    this.#now.pause = { id, pausedFrom: at, anchor };
    this.#plan.pauses.begun.push({ id, pausedFrom: at, anchor });
    this.#close(change, 'applied', at);
    const resume = resumeAfter(change);
    this.#now.pending = inOrder([...this.#now.pending, ...resume]);
    this.#plan.arisen.push(...resume);
  }

  /** Goes on: what fell into the pause is done now, or next, and what is not billed of the period is. */
  #resume(at: Date): boolean {
    const { pause, anchorAt } = this.#now;
    const isEarly = (change: PendingChange) => change.kind === 'resume' && change.effectiveAt > at;
    for (const change of this.#now.pending.filter(isEarly)) this.#close(change, 'superseded', at);
    this.#now.pending = this.#now.pending.filter((change) => !isEarly(change));
    const trial = trialAfter(this.#now, pause, at);
    this.#move(trial ? 'trial_resumed' : 'resumed', at);
    if (trial) Object.assign(this.#now, trial);
    // The period goes on, and what was to happen at its end happens at its new one.
    const moved = trial ? null : movedAnchor(this.#now, pause, at);
    this.#now.pending = movedTo(this.#now.pending, trial?.trialEnd ?? moved?.anchorAt);
    const { done, back, later, gone } = catchUp(this.#now, this.#takeItems(at), pause, at, this.#book);
    for (const { change, changed, from } of done) this.#adopt(change, changed, from);
    this.#now.pending.unshift(...later);
    const heldBefore = heldThrough(this.#now, pause, at);
    this.#endPause(at, heldBefore);
    const time = movedTime(this.#now, pause, at, this.#book);
    // Another length of periods has begun a new one.
    const anchor = this.#now.anchorAt === anchorAt ? moved : null;
    if (!trial && pause?.anchor === 'shift' && pause.pausedFrom < at)
      Object.assign(this.#now, anchor ?? { anchorAt: at });
    const rest = { start: at, end: this.#cap(trial?.trialEnd ?? boundaryAfter(this.#now, at)) };
    this.#enter(rest, heldBefore);
    if (trial) return false;
    const once = this.#billOnce(at);
    this.#bill(at, 'subscription_change', [...back, ...once, ...chargesAfter(this.#now, time, rest, this.#book, gone)]);
    return false;
  }

  /** Takes the changes of items that are due; whatever else fell into a pause is over with it. */
  #takeItems(at: Date): ItemsPending[] {
    const items: ItemsPending[] = [];
    for (let change = this.#takeDue(at); change; change = this.#takeDue(at)) {
      if (change.kind === 'items') items.push(change);
      else this.#close(change, change.kind === 'resume' ? 'applied' : 'superseded', at);
    }
    return items;
  }

  #endPause(at: Date, held?: Billable['heldBefore']): void {
    const { pause } = this.#now;
    if (!pause) return;
    this.#now.pause = null;
    const begun = this.#plan.pauses.begun.find(({ id }) => id === pause.id);
    const heldFrom = held?.stretches.at(-1)?.start ?? null;
    this.#plan.pauses.ended.push({ id: (begun ?? pause).id, resumedAt: at, heldFrom });
  }

  #takeDue(at: Date): PendingChange | undefined {
    const [first] = this.#now.pending;
    return first && first.effectiveAt <= at ? this.#now.pending.shift() : undefined;
  }

  #adopt(change: ItemsPending, changed: ChangedItems | null, from: Date): void {
    if (!changed) {
      this.#close(change, 'superseded', from);
      return;
    }
    const { ended, begun, interval } = changed;
    const old = { unit: this.#now.intervalUnit, count: this.#now.intervalCount };
    Object.assign(this.#now, withItemsChanged(this.#now, changed));
    this.#plan.applied.push({ change, from, ended, begun, interval: interval && { old, new: interval } });
    this.#close(change, 'applied', from);
    if (interval) this.#now.anchorAt = this.#now.status === 'trialing' ? this.#now.trialEnd! : from;
  }

  #close(change: PendingChange, status: 'applied' | 'superseded', at: Date): void {
    this.#plan.closed.push({ change, status, at });
  }

  #arrears(at: Date, creditBasis: CreditBasis = 'time'): ChargeDraft[] {
    return arrearsFor(this.#now, at, creditBasis, this.#book, this.#plan.steps);
  }

  #openPeriod(at: Date): ChargeDraft[] {
    const end = this.#cap(boundaryAfter(this.#now, at));
    this.#enter({ start: at, end });
    return [...this.#billOnce(at), ...chargesFor(this.#now, 'advance', { start: at, end }, this.#book)];
  }

  #billOnce(at: Date): ChargeDraft[] {
    const { items, charges } = billOnce(this.#now, at, this.#book);
    this.#now.items = items;
    return charges;
  }

  #cap(end: Date): Date {
    return this.#now.endsAt && this.#now.endsAt < end ? this.#now.endsAt : end;
  }

  #enter(period: Period, heldBefore?: Billable['heldBefore']): void {
    if (period.end <= period.start) throw new RangeError('a period would be empty');
    Object.assign(this.#now, { currentPeriodStart: period.start, currentPeriodEnd: period.end, heldBefore });
    this.#now.pending = movedTo(this.#now.pending, period.end);
  }

  #bill(at: Date, reason: BillingStep['reason'], charges: ChargeDraft[], more: Partial<BillingStep> = {}): void {
    if (charges.length > 0 || more.isLast) this.#plan.steps.push({ at, reason, charges, decides: false, ...more });
  }

  #move(event: Parameters<typeof moveStatus>[1], at: Date): void {
    const move = moveStatus(this.#now.status, event, at);
    this.#now.status = move.to;
    this.#plan.moves.push(move);
  }
}
