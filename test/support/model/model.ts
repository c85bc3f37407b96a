import { daysAfter, merged, monthStart, periodAround, type Rhythm, rounded, type Span, without } from './arithmetic.ts';
import type { Good, Offer } from './goods.ts';

export type Refusal = string | null;

export interface ModelLine {
  /** Null for what was written by hand. */
  item: ModelItem | null;
  component: string;
  span: Span | null;
  amount: bigint;
}

export interface ModelInvoice {
  /** Its place among the invoices of the history. */
  ordinal: number;
  account: ModelAccount;
  at: number;
  lines: ModelLine[];
  subtotal: bigint;
  tax: bigint;
  total: bigint;
  carried: bigint;
  credits: bigint;
  paid: bigint;
  writtenOff: bigint;
  status: 'open' | 'paid' | 'void' | 'uncollectible';
}

export interface ModelCharge {
  externalId: string;
  amount: bigint;
  dueAt: number;
  state: 'waiting' | 'billed' | 'canceled';
}

export interface ModelAccount {
  name: string;
  timezone: string;
  /** Who gets the invoices; itself, most often. */
  payer: ModelAccount;
  /** Whole percent on top, 0 for none. */
  taxPercent: bigint;
  credit: bigint;
  charges: ModelCharge[];
}

export interface ModelItem {
  good: Good;
  quantity: bigint;
  /** What is billed and neither voided nor given back. */
  covered: Span[];
}

export interface ModelSubscription {
  externalId: string;
  account: ModelAccount;
  offer: Offer;
  rhythm: Rhythm;
  status: 'incomplete' | 'trialing' | 'active' | 'canceled';
  startedAt: number;
  trialEnd: number | null;
  period: Span | null;
  next: number | null;
  endsAt: number | null;
  collection: 'manual' | 'automatic';
  netDays: number | null;
  items: ModelItem[];
}

export interface NewSubscription {
  account: ModelAccount;
  offer: Offer;
  quantity: bigint;
  startedAt: number;
  trialDays: number | null;
  anchor: 'anniversary' | 'calendar';
  collection: 'manual' | 'automatic';
  netDays: number | null;
}

interface Due {
  subscription: ModelSubscription;
  lines: ModelLine[];
  /** The first bill of an automatic subscription stands alone. */
  first: boolean;
}

/**
 * What should come of every command, computed in the simplest way that can be thought of: one subscription after the
 * other, one instant after the other, all in memory. Invoices that are collected automatically are paid at once, as their
 * accounts have a card that works.
 */
export class Model {
  now: number;
  readonly accounts: ModelAccount[] = [];
  readonly subscriptions: ModelSubscription[] = [];
  readonly invoices: ModelInvoice[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** The first instant that is paid for: the start, or the end of the trial. */
  paysFrom({ account, offer, startedAt, trialDays }: NewSubscription): number {
    return daysAfter(account.timezone, startedAt, trialDays ?? offer.trialDays);
  }

  create(wish: NewSubscription): ModelSubscription {
    const { account, offer, startedAt } = wish;
    const base = this.paysFrom(wish);
    const trialEnd = base > startedAt ? base : null;
    const anchorAt = wish.anchor === 'calendar' ? monthStart(account.timezone, base) : base;
    const subscription: ModelSubscription = {
      externalId: `s${this.subscriptions.length}`,
      account,
      offer,
      rhythm: { anchorAt, timezone: account.timezone, unit: offer.unit, count: offer.count },
      status: 'incomplete',
      startedAt,
      trialEnd,
      period: null,
      next: startedAt,
      endsAt: null,
      collection: wish.collection,
      netDays: wish.netDays,
      items: offer.goods.map((good) => ({ good, quantity: good.flat ? 1n : wish.quantity, covered: [] })),
    };
    this.subscriptions.push(subscription);
    // What has elapsed since a start in the past comes on one invoice of today.
    const lines: ModelLine[] = [];
    while (subscription.next !== null && subscription.next <= this.now) lines.push(...this.#step(subscription));
    if (lines.length > 0) {
      this.#issue(account, this.now, lines, {
        automatic: wish.collection === 'automatic',
        alone: wish.collection === 'automatic',
      });
    }
    return subscription;
  }

  cancel(subscription: ModelSubscription, at: 'now' | 'period_end'): Refusal {
    if (subscription.status === 'canceled') return 'INVALID_STATE';
    if (at === 'period_end') {
      if (subscription.status === 'incomplete') return 'INVALID_STATE';
      subscription.endsAt ??= subscription.period![1];
      return null;
    }
    const { status, period, account } = subscription;
    subscription.status = 'canceled';
    subscription.next = null;
    if (status !== 'active' || period === null || period[0] >= this.now) return null;
    const lines = this.#charge(subscription, 'arrears', [period[0], this.now]);
    if (lines.length > 0) this.#issue(account, this.now, lines, { automatic: subscription.collection === 'automatic' });
    return null;
  }

  undoCancel(subscription: ModelSubscription): Refusal {
    if (subscription.status === 'canceled' || subscription.endsAt === null) return 'INVALID_STATE';
    subscription.endsAt = null;
    return null;
  }

  addCharge(account: ModelAccount, amount: bigint, dueAt: number): ModelCharge {
    const charge: ModelCharge = { externalId: `c${account.charges.length}`, amount, dueAt, state: 'waiting' };
    account.charges.push(charge);
    return charge;
  }

  cancelCharge(charge: ModelCharge): Refusal {
    if (charge.state !== 'waiting') return 'INVALID_STATE';
    charge.state = 'canceled';
    return null;
  }

  /** An invoice by hand, with what waits. */
  invoice(account: ModelAccount, amounts: readonly bigint[], withWaiting: boolean): void {
    const lines = amounts.map((amount): ModelLine => ({ item: null, component: '', span: null, amount }));
    this.#issue(account, this.now, lines, { automatic: false, alone: !withWaiting });
  }

  void(invoice: ModelInvoice): Refusal {
    if (invoice.status !== 'open' || invoice.paid > 0n) return 'INVALID_STATE';
    invoice.status = 'void';
    invoice.account.payer.credit += invoice.credits;
    for (const { item, span } of invoice.lines) if (item && span) item.covered = without(item.covered, span);
    return null;
  }

  writeOff(invoice: ModelInvoice): Refusal {
    if (invoice.status !== 'open') return 'INVALID_STATE';
    invoice.writtenOff = due(invoice);
    invoice.status = 'uncollectible';
    return null;
  }

  /** Money by hand for one invoice: what is too much becomes credit. */
  pay(invoice: ModelInvoice, amount: bigint): Refusal {
    if (invoice.status !== 'open' && invoice.status !== 'uncollectible') return 'INVALID_STATE';
    const open = invoice.status === 'open' ? due(invoice) : invoice.writtenOff;
    const used = amount < open ? amount : open;
    if (invoice.status === 'uncollectible') invoice.writtenOff -= used;
    invoice.paid += used;
    invoice.account.payer.credit += amount - used;
    if (used === open) invoice.status = 'paid';
    return null;
  }

  /** Takes the clock to an instant, through everything that falls due. */
  advance(to: number): void {
    for (;;) {
      const dues = this.subscriptions.flatMap(({ next }) => (next !== null && next <= to ? [next] : []));
      if (dues.length === 0) break;
      this.now = Math.min(...dues);
      for (const account of this.accounts) this.#billAccount(account);
    }
    this.now = to;
  }

  #billAccount(account: ModelAccount): void {
    const groups = new Map<string, Due[]>();
    for (const subscription of this.subscriptions) {
      if (subscription.account !== account || subscription.next !== this.now) continue;
      const first = subscription.collection === 'automatic' && subscription.status === 'incomplete';
      const lines = this.#step(subscription);
      if (lines.length === 0) continue;
      const { collection, netDays } = subscription;
      const key = [collection, netDays ?? 'usual', first ? subscription.externalId : ''].join();
      groups.set(key, [...(groups.get(key) ?? []), { subscription, lines, first }]);
    }
    for (const group of groups.values()) {
      const [{ subscription, first }] = group as [Due];
      const automatic = subscription.collection === 'automatic';
      this.#issue(
        account,
        this.now,
        group.flatMap(({ lines }) => lines),
        { automatic, alone: first },
      );
    }
  }

  /** What falls due at the subscription's next instant; moves it on. */
  #step(subscription: ModelSubscription): ModelLine[] {
    const at = subscription.next!;
    const { period, endsAt, trialEnd, status } = subscription;
    if (period === null && trialEnd !== null && trialEnd > at) {
      subscription.status = 'trialing';
      this.#enter(subscription, [at, trialEnd]);
      return [];
    }
    const ended = period && status !== 'trialing' ? this.#charge(subscription, 'arrears', period) : [];
    if (endsAt !== null && endsAt <= at) {
      subscription.status = 'canceled';
      subscription.next = null;
      return ended;
    }
    const [, end] = periodAround(subscription.rhythm, at);
    subscription.status = 'active';
    this.#enter(subscription, [at, end]);
    return [...ended, ...this.#charge(subscription, 'advance', subscription.period!)];
  }

  #enter(subscription: ModelSubscription, [from, to]: Span): void {
    const { endsAt } = subscription;
    const end = endsAt !== null && endsAt < to ? endsAt : to;
    subscription.period = [from, end];
    subscription.next = end;
  }

  #charge(subscription: ModelSubscription, billing: Good['billing'], span: Span): ModelLine[] {
    const [start, end] = periodAround(subscription.rhythm, span[0]);
    return subscription.items.flatMap((item) => {
      if (item.good.billing !== billing) return [];
      const [numerator, denominator] = item.good.cost(item.quantity);
      const amount = rounded(numerator * BigInt(span[1] - span[0]), denominator * BigInt(end - start));
      item.covered = merged([...item.covered, span]);
      return [{ item, component: item.good.component, span, amount }];
    });
  }

  #issue(
    account: ModelAccount,
    at: number,
    lines: readonly ModelLine[],
    how: { automatic: boolean; alone?: boolean },
  ): void {
    const waiting = how.alone ? [] : account.charges.filter(({ state, dueAt }) => state === 'waiting' && dueAt <= at);
    const all = [...lines];
    for (const charge of waiting) {
      charge.state = 'billed';
      all.push({ item: null, component: '', span: null, amount: charge.amount });
    }
    if (all.length === 0) return;
    const { payer } = account;
    const subtotal = all.reduce((sum, { amount }) => sum + amount, 0n);
    const tax = rounded(subtotal * payer.taxPercent, 100n);
    const carried = subtotal + tax < 0n ? -(subtotal + tax) : 0n;
    const total = subtotal + tax + carried;
    const credits = payer.credit < total ? payer.credit : total;
    payer.credit += carried - credits;
    const left = total - credits;
    const paid = how.automatic ? left : 0n;
    const status = paid === left ? 'paid' : 'open';
    const ordinal = this.invoices.length;
    this.invoices.push({
      ordinal,
      account,
      at,
      lines: all,
      subtotal,
      tax,
      total,
      carried,
      credits,
      paid,
      writtenOff: 0n,
      status,
    });
  }
}

/** What an invoice asks for now. */
export function due({ status, total, credits, paid, writtenOff }: ModelInvoice): bigint {
  return status === 'void' ? 0n : total - credits - paid - writtenOff;
}
