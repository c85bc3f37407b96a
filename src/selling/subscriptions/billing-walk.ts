import type { ChargeDraft } from '../../collecting/invoicing/index.ts';
import { nextBoundaryAfter, type Period } from '../../rules/period.ts';
import { recurrenceOf } from './anchor.ts';
import type { Billable } from './billable.ts';
import type { BillingPlan, BillingStep } from './billing-plan.ts';
import { type ChangedItems, changeItems } from './change-items.ts';
import { trueUpsFor } from './commitment-charges.ts';
import { chargeOnce, isDueOnce } from './once-charges.ts';
import type { PendingChange } from './pending-change.ts';
import { chargesFor, reversalsFor } from './period-charges.ts';
import type { PriceBook } from './price-book.ts';
import { moveStatus } from './subscriptions.lifecycle.ts';

/** One subscription on its way through what falls due, step by step. Changes nothing that it was given. */
export class BillingWalk {
  readonly #given: Billable;
  readonly #book: PriceBook;
  /** The subscription as it stands now. */
  readonly #now: Billable;
  readonly #known: ReadonlySet<string>;
  /** Something lies ahead: it has not ended, and waits for nobody. */
  #moving: boolean;
  readonly #plan: BillingPlan;

  constructor(subscription: Billable, book: PriceBook) {
    this.#given = subscription;
    this.#book = book;
    this.#now = { ...subscription, items: [...subscription.items], pending: [...subscription.pending] };
    this.#known = new Set(subscription.items.map((item) => item.id));
    this.#moving = subscription.nextBillingAt !== null;
    this.#plan = {
      subscription,
      steps: [],
      moves: [],
      applied: [],
      dropped: [],
      items: { begun: [], ended: [], billedOnce: [] },
      after: this.#now,
      reachedAt: null,
      waitsAt: null,
    };
  }

  /** The next instant at which something is due; null if nothing is ahead. */
  get next(): Date | null {
    if (!this.#moving) return null;
    const { endsAt, pending, currentPeriodEnd } = this.#now;
    // Before it has begun only its start is ahead.
    if (currentPeriodEnd === null) return this.#given.nextBillingAt;
    const ahead = [currentPeriodEnd, endsAt, pending[0]?.effectiveAt].flatMap((at) => (at ? [at.getTime()] : []));
    return new Date(Math.min(...ahead));
  }

  /** Whether what is due at an instant gives back lines that are planned and not written yet. */
  waitsAt(at: Date): boolean {
    if (this.#plan.steps.length === 0 || !this.#isWithinPeriod(at)) return false;
    this.#plan.waitsAt = at;
    return true;
  }

  plan(): BillingPlan {
    const { status, anchorAt, intervalUnit, intervalCount, currentPeriodStart, currentPeriodEnd, endedAt, items } =
      this.#now;
    const before = new Map(this.#given.items.map((item) => [item.id, item]));
    return {
      ...this.#plan,
      items: {
        begun: items.filter((item) => !this.#known.has(item.id)),
        ended: items.flatMap(({ id, activeTo }) =>
          activeTo && this.#known.has(id) && before.get(id)?.activeTo?.getTime() !== activeTo.getTime()
            ? [{ id, activeTo }]
            : [],
        ),
        billedOnce: items.flatMap(({ id, billedOnceAt }) =>
          billedOnceAt && this.#known.has(id) && !before.get(id)?.billedOnceAt ? [{ id, billedOnceAt }] : [],
        ),
      },
      after: {
        ...{ status, anchorAt, intervalUnit, intervalCount, currentPeriodStart, currentPeriodEnd, endedAt },
        nextBillingAt: this.next,
      },
    };
  }

  /** Does what is due at an instant; true if the outcome of its invoice decides how to go on. */
  step(at: Date): boolean {
    const { endsAt, trialEnd, currentPeriodStart } = this.#now;
    this.#plan.reachedAt = at;
    if (endsAt && endsAt.getTime() <= at.getTime()) return this.#end(at);
    if (currentPeriodStart === null) {
      return trialEnd && trialEnd.getTime() > at.getTime() ? this.#beginTrial(at, trialEnd) : this.#begin(at);
    }
    return this.#isWithinPeriod(at) ? this.#changeWithinPeriod(at) : this.#renew(at);
  }

  #isWithinPeriod(at: Date): boolean {
    const { endsAt, currentPeriodEnd } = this.#now;
    if (endsAt && endsAt.getTime() <= at.getTime()) return false;
    return currentPeriodEnd !== null && at.getTime() < currentPeriodEnd.getTime();
  }

  #beginTrial(at: Date, trialEnd: Date): boolean {
    this.#move('trial_started', at);
    this.#enter({ start: at, end: this.#cap(trialEnd) });
    return false;
  }

  #begin(at: Date): boolean {
    const charges = this.#openPeriod(at);
    const decides = this.#now.collection === 'automatic' && charges.length > 0;
    this.#bill(at, 'subscription_created', charges, decides);
    if (!decides) this.#move('activated', at);
    return decides;
  }

  #renew(at: Date): boolean {
    const ended = this.#arrears(at);
    if (this.#now.status === 'trialing') this.#move('trial_ended', at);
    for (let change = this.#takeDue(at); change; change = this.#takeDue(at)) {
      const changed = changeItems(this.#now, change, at);
      if (changed) this.#adopt(change, changed, at);
      else this.#plan.dropped.push(change);
    }
    this.#bill(at, 'subscription_cycle', [...ended, ...this.#openPeriod(at)], false);
    return false;
  }

  #end(at: Date): boolean {
    this.#bill(at, 'subscription_ended', this.#now.currentPeriodStart ? this.#arrears(at) : [], false);
    this.#move('canceled', at);
    this.#now.endedAt = at;
    this.#now.items = this.#now.items.map((item) =>
      item.activeTo && item.activeTo.getTime() <= at.getTime() ? item : { ...item, activeTo: at },
    );
    this.#moving = false;
    return false;
  }

  /**
   * A change between two boundaries: what is left of the period is taken back of the items that end and billed for those
   * that begin. Another length of periods begins a new one.
   */
  #changeWithinPeriod(at: Date): boolean {
    const change = this.#takeDue(at)!;
    const from = this.#firstFreeInstant(change, at);
    if (from && !this.#isWithinPeriod(from)) {
      this.#now.pending.unshift({ ...change, effectiveAt: this.#now.currentPeriodEnd! });
      return false;
    }
    const changed = from && changeItems(this.#now, change, from);
    if (!from || !changed) {
      this.#plan.dropped.push(change);
      return false;
    }
    const onTrial = this.#now.status === 'trialing';
    const mode = change.prorationMode;
    const back = reversalsFor(this.#now, changed.ended, from, this.#book, { creditBasis: change.creditBasis, mode });
    const restarts = changed.interval !== null && !onTrial;
    const arrears = restarts ? this.#arrears(from) : [];
    this.#adopt(change, changed, from);
    if (onTrial) return false;
    const rest = { start: from, end: this.#now.currentPeriodEnd! };
    const fresh = restarts
      ? this.#openPeriod(from)
      : [
          ...this.#billOnce(from),
          ...chargesFor(this.#now, 'advance', rest, this.#book, { items: changed.begun, mode }),
        ];
    this.#bill(at, 'subscription_change', [...back, ...arrears, ...fresh], false);
    return false;
  }

  #takeDue(at: Date): PendingChange | undefined {
    const [first] = this.#now.pending;
    return first && first.effectiveAt.getTime() <= at.getTime() ? this.#now.pending.shift() : undefined;
  }

  /**
   * The instant from which a change holds. A line may not begin where its item ends, so a change at the very instant that
   * an item was billed from comes a millisecond later. Null if the change does not fit.
   */
  #firstFreeInstant(change: PendingChange, at: Date): Date | null {
    const changed = changeItems(this.#now, change, at);
    if (!changed) return null;
    const { status, currentPeriodStart } = this.#now;
    let from = at.getTime();
    for (const { activeFrom, billingMode } of changed.ended) {
      const isBilled = billingMode === 'advance' && status !== 'trialing';
      const begins = isBilled ? Math.max(activeFrom.getTime(), currentPeriodStart!.getTime()) : activeFrom.getTime();
      from = Math.max(from, isBilled ? begins + 1 : begins);
    }
    return new Date(from);
  }

  #adopt(change: PendingChange, changed: ChangedItems, from: Date): void {
    const { ended, begun, interval } = changed;
    const ends = new Map(ended.map((item) => [item.id, item]));
    this.#now.items = [...this.#now.items.map((item) => ends.get(item.id) ?? item), ...begun];
    const old = { unit: this.#now.intervalUnit, count: this.#now.intervalCount };
    this.#plan.applied.push({ change, from, ended, begun, interval: interval && { old, new: interval } });
    if (!interval) return;
    this.#now.intervalUnit = interval.unit;
    this.#now.intervalCount = interval.count;
    this.#now.anchorAt = this.#now.status === 'trialing' ? this.#now.trialEnd! : from;
  }

  #arrears(at: Date): ChargeDraft[] {
    if (this.#now.status === 'trialing') return [];
    const stretch = { start: this.#now.currentPeriodStart!, end: at };
    return [...chargesFor(this.#now, 'arrears', stretch, this.#book), ...trueUpsFor(this.#now, stretch, this.#book)];
  }

  #openPeriod(at: Date): ChargeDraft[] {
    const end = this.#cap(nextBoundaryAfter(recurrenceOf(this.#now), at));
    this.#enter({ start: at, end });
    return [...this.#billOnce(at), ...chargesFor(this.#now, 'advance', { start: at, end }, this.#book)];
  }

  /** What is billed once, with the first paid time of its item; it is never due again. */
  #billOnce(at: Date): ChargeDraft[] {
    const due = this.#now.items.filter((item) => isDueOnce(item, at));
    if (due.length === 0) return [];
    this.#now.items = this.#now.items.map((item) => (due.includes(item) ? { ...item, billedOnceAt: at } : item));
    return due.map((item) => chargeOnce(this.#now, item, at, this.#book));
  }

  #cap(end: Date): Date {
    const { endsAt } = this.#now;
    return endsAt && endsAt.getTime() < end.getTime() ? endsAt : end;
  }

  #enter(period: Period): void {
    if (period.end.getTime() <= period.start.getTime()) throw new RangeError('a period would be empty');
    this.#now.currentPeriodStart = period.start;
    this.#now.currentPeriodEnd = period.end;
  }

  #bill(at: Date, reason: BillingStep['reason'], charges: ChargeDraft[], decides: boolean): void {
    if (charges.length > 0) this.#plan.steps.push({ at, reason, charges, decides });
  }

  #move(event: Parameters<typeof moveStatus>[1], at: Date): void {
    const move = moveStatus(this.#now.status, event, at);
    this.#now.status = move.to;
    this.#plan.moves.push(move);
  }
}
