import type { ChargeDraft } from '../../collecting/invoicing/index.ts';
import { nextBoundaryAfter, type Period, periodContaining } from '../../rules/period.ts';
import { recurrenceOf } from './anchor.ts';
import type { Billable, BillableItem } from './billable.ts';
import { type PriceBook, unitAmountOf } from './price-book.ts';
import { moveStatus, type StatusMove } from './subscriptions.lifecycle.ts';

/** What falls due for one subscription at one instant. */
export interface BillingStep {
  at: Date;
  reason: 'subscription_created' | 'subscription_cycle' | 'subscription_ended';
  charges: ChargeDraft[];
  /** The first bill of a subscription that is collected automatically: until it is paid, the subscription is incomplete. */
  decides: boolean;
}

/** Where a subscription stands after its due steps. */
export interface BillingPlan {
  subscription: Billable;
  steps: BillingStep[];
  moves: StatusMove[];
  after: Pick<Billable, 'status' | 'currentPeriodStart' | 'currentPeriodEnd' | 'nextBillingAt' | 'endedAt'>;
  /** The last instant that was reached; null if nothing was due. */
  reachedAt: Date | null;
}

/** Five years of daily periods and some more: no subscription is further behind. */
const mostSteps = 5_000;

/**
 * All that falls due for a subscription up to and including `until`, one boundary after the other, each as if it were
 * computed on time: pure, so a late run, a punctual one and a preview are the same. A first bill that decides ends the
 * walk, unless the subscription is being created (then what has elapsed since a back-dated start belongs to it).
 */
export function planBilling(
  subscription: Billable,
  until: Date,
  book: PriceBook,
  options: { creating?: boolean } = {},
): BillingPlan {
  const walk = new Walk(subscription, book);
  for (let steps = 0; walk.next !== null && walk.next.getTime() <= until.getTime(); steps += 1) {
    if (steps > mostSteps) throw new RangeError('the subscription is too far behind');
    const decides = walk.step(walk.next);
    if (decides && !options.creating) break;
  }
  return walk.plan();
}

/** What an item owes for the part of a period that ends now: for a cancellation before the boundary. */
export function planFinalArrears(subscription: Billable, at: Date, book: PriceBook): ChargeDraft[] {
  const { status, currentPeriodStart } = subscription;
  if (status === 'trialing' || currentPeriodStart === null || currentPeriodStart.getTime() >= at.getTime()) return [];
  return chargesFor(subscription, 'arrears', { start: currentPeriodStart, end: at }, book);
}

class Walk {
  next: Date | null;
  readonly #subscription: Billable;
  readonly #book: PriceBook;
  readonly #steps: BillingStep[] = [];
  readonly #moves: StatusMove[] = [];
  readonly #after: BillingPlan['after'];
  #reachedAt: Date | null = null;

  constructor(subscription: Billable, book: PriceBook) {
    this.#subscription = subscription;
    this.#book = book;
    this.next = subscription.nextBillingAt;
    const { status, currentPeriodStart, currentPeriodEnd, nextBillingAt, endedAt } = subscription;
    this.#after = { status, currentPeriodStart, currentPeriodEnd, nextBillingAt, endedAt };
  }

  plan(): BillingPlan {
    return {
      subscription: this.#subscription,
      steps: this.#steps,
      moves: this.#moves,
      after: { ...this.#after, nextBillingAt: this.next },
      reachedAt: this.#reachedAt,
    };
  }

  /** Does what is due at an instant; true if the outcome of its invoice decides how to go on. */
  step(at: Date): boolean {
    const { endsAt, trialEnd } = this.#subscription;
    this.#reachedAt = at;
    if (endsAt && endsAt.getTime() <= at.getTime()) return this.#end(at);
    if (this.#after.currentPeriodStart === null) {
      return trialEnd && trialEnd.getTime() > at.getTime() ? this.#beginTrial(at, trialEnd) : this.#begin(at);
    }
    return this.#renew(at);
  }

  #beginTrial(at: Date, trialEnd: Date): boolean {
    this.#move('trial_started', at);
    this.#enter({ start: at, end: this.#cap(trialEnd) });
    return false;
  }

  #begin(at: Date): boolean {
    const charges = this.#openPeriod(at);
    const decides = this.#subscription.collection === 'automatic' && charges.length > 0;
    this.#bill(at, 'subscription_created', charges, decides);
    if (!decides) this.#move('activated', at);
    return decides;
  }

  #renew(at: Date): boolean {
    const ended = this.#arrears(at);
    if (this.#after.status === 'trialing') this.#move('trial_ended', at);
    this.#bill(at, 'subscription_cycle', [...ended, ...this.#openPeriod(at)], false);
    return false;
  }

  #end(at: Date): boolean {
    this.#bill(at, 'subscription_ended', this.#after.currentPeriodStart ? this.#arrears(at) : [], false);
    this.#move('canceled', at);
    this.#after.endedAt = at;
    this.next = null;
    return false;
  }

  #arrears(at: Date): ChargeDraft[] {
    if (this.#after.status === 'trialing') return [];
    return chargesFor(this.#subscription, 'arrears', { start: this.#after.currentPeriodStart!, end: at }, this.#book);
  }

  #openPeriod(at: Date): ChargeDraft[] {
    const end = this.#cap(nextBoundaryAfter(recurrenceOf(this.#subscription), at));
    this.#enter({ start: at, end });
    return chargesFor(this.#subscription, 'advance', { start: at, end }, this.#book);
  }

  #cap(end: Date): Date {
    const { endsAt } = this.#subscription;
    return endsAt && endsAt.getTime() < end.getTime() ? endsAt : end;
  }

  #enter(period: Period): void {
    if (period.end.getTime() <= period.start.getTime()) throw new RangeError('a period would be empty');
    this.#after.currentPeriodStart = period.start;
    this.#after.currentPeriodEnd = period.end;
    this.next = period.end;
  }

  #bill(at: Date, reason: BillingStep['reason'], charges: ChargeDraft[], decides: boolean): void {
    if (charges.length > 0) this.#steps.push({ at, reason, charges, decides });
  }

  #move(event: Parameters<typeof moveStatus>[1], at: Date): void {
    const move = moveStatus(this.#after.status, event, at);
    this.#after.status = move.to;
    this.#moves.push(move);
  }
}

/** Charges of all items of one billing mode for a stretch within one period of the row; a partial one is prorated. */
function chargesFor(
  subscription: Billable,
  billingMode: 'advance' | 'arrears',
  stretch: Period,
  book: PriceBook,
): ChargeDraft[] {
  const items = subscription.items.filter((item) => item.billingMode === billingMode);
  if (items.length === 0) return [];
  const period = periodContaining(recurrenceOf(subscription), stretch.start);
  return items.flatMap((item) => {
    const part = partOf(item, stretch);
    return part ? [charge(subscription, item, period, part, book)] : [];
  });
}

/** The part of a stretch in which an item is held, or null. */
function partOf(item: BillableItem, stretch: Period): Period | null {
  const start = item.activeFrom.getTime() > stretch.start.getTime() ? item.activeFrom : stretch.start;
  const end = item.activeTo && item.activeTo.getTime() < stretch.end.getTime() ? item.activeTo : stretch.end;
  return start.getTime() < end.getTime() ? { start, end } : null;
}

function charge(
  subscription: Billable,
  item: BillableItem,
  period: Period,
  part: Period,
  book: PriceBook,
): ChargeDraft {
  const priced = book.price(item, period, part);
  return {
    kind: 'recurring',
    accountId: subscription.accountId,
    subscriptionId: subscription.id,
    subscriptionItemId: item.id,
    component: item.component,
    priceId: item.priceId,
    description: item.price.description,
    periodStart: part.start,
    periodEnd: part.end,
    quantity: priced.quantity,
    unitAmount: unitAmountOf(item.price, priced),
    amount: priced.amountMinor,
    derivation: priced.derivation,
  };
}
