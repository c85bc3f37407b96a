import { daysAfter, localDays, monthStart, periodAround, type Rhythm, rounded, type Span } from './arithmetic.ts';
import type { Good, Offer } from './goods.ts';

export type Refusal = string | null;

export interface ModelLine {
  /** Null for what was written by hand. */
  item: ModelItem | null;
  component: string;
  span: Span | null;
  amount: bigint;
  of: ModelSubscription | null;
  /** Its part of the invoice's discount: the total is foretold, the parts are told by the books (`adoptDiscounts`). */
  discount: bigint;
  /** What later lines and notes took back of it; minor units. */
  takenBack: bigint;
  /** What went back of its discount with that. */
  discountBack: bigint;
  /** The line that this one takes back. */
  reverses: ModelLine | null;
  /** Whether another line takes it back, be it by nothing. */
  isReversed: boolean;
}

export interface ModelInvoice {
  /** Its place among the invoices of the history. */
  ordinal: number;
  account: ModelAccount;
  at: number;
  lines: ModelLine[];
  subtotal: bigint;
  discount: bigint;
  /** Lines that share a discount, which the books have not told line by line yet. */
  shared: { lines: ModelLine[]; total: bigint; percents: bigint[] }[];
  tax: bigint;
  total: bigint;
  carried: bigint;
  credits: bigint;
  /** The lots they came from. */
  spent: { lot: ModelLot; amount: bigint }[];
  /** What credit notes took off what is due. */
  noted: bigint;
  paid: bigint;
  writtenOff: bigint;
  /** Whether it is collected by itself. */
  automatic: boolean;
  status: 'open' | 'paid' | 'void' | 'uncollectible';
}

export interface NotedLine {
  line: ModelLine;
  /** Before discount and tax. */
  amount: bigint;
  discount: bigint;
  tax: bigint;
  freed: Span | null;
}

export interface ModelNote {
  invoice: ModelInvoice;
  lines: NotedLine[];
  toInvoice: bigint;
  toBalance: bigint;
  /** Credit anew, for what money had paid. */
  lot: ModelLot | null;
  /** What went back to the lots that had paid; `gone` where they were over by then. */
  back: { lot: ModelLot; amount: bigint; gone: boolean }[];
  isVoid: boolean;
}

export interface ModelCharge {
  externalId: string;
  amount: bigint;
  dueAt: number;
  state: 'waiting' | 'billed' | 'canceled';
}

/** Credit of one source: what is left of it, whose turn it is, and when it is over. */
export interface ModelLot {
  account: ModelAccount;
  left: bigint;
  priority: number;
  expiresAt: number | null;
  /** Withdrawn or expired: what comes back to it is gone at once. */
  isOver: boolean;
}

export interface ModelAccount {
  name: string;
  timezone: string;
  /** Who gets the invoices; itself, most often. */
  payer: ModelAccount;
  /** Whole percent on top, 0 for none. */
  taxPercent: bigint;
  lots: ModelLot[];
  charges: ModelCharge[];
}

/** One version of what is held: another quantity is another item. */
export interface ModelItem {
  offer: Offer;
  good: Good;
  quantity: bigint;
  activeFrom: number;
  activeTo: number | null;
  /** What is billed and neither voided nor given back, and by which line. */
  billed: { span: Span; line: ModelLine }[];
}

/** So many thousandths off all lines of a subscription, for ever. */
export interface ModelDiscount {
  thousandths: bigint;
  startedAt: number;
  endedAt: number | null;
}

export interface ModelSubscription {
  discounts: ModelDiscount[];
  externalId: string;
  account: ModelAccount;
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

export interface ChangeWish {
  leaves(item: ModelItem): boolean;
  coming: readonly Pick<ModelItem, 'offer' | 'good' | 'quantity'>[];
  /** The rhythm of what comes; null where only quantities change. */
  interval: Pick<Rhythm, 'unit' | 'count'> | null;
  /** Whether what is not used is given back. */
  credit: boolean;
  byDay: boolean;
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
  readonly notes: ModelNote[] = [];

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
      discounts: [],
      externalId: `s${this.subscriptions.length}`,
      account,
      rhythm: { anchorAt, timezone: account.timezone, unit: offer.unit, count: offer.count },
      status: 'incomplete',
      startedAt,
      trialEnd,
      period: null,
      next: startedAt,
      endsAt: null,
      collection: wish.collection,
      netDays: wish.netDays,
      items: itemsOf(offer, startedAt, () => wish.quantity),
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

  /**
   * Other items from now on. What was billed of those that leave is given back for the rest of the period, what comes is
   * billed for it; another interval begins a period of its own.
   */
  change(subscription: ModelSubscription, wish: ChangeWish, asked = this.now): Refusal {
    const { status, rhythm, account, collection } = subscription;
    if (status === 'incomplete' && subscription.startedAt > this.now)
      return this.#changeBeforeStart(subscription, wish);
    if (status === 'canceled' || status === 'incomplete') return 'INVALID_STATE';
    // A period that a change of this very instant has begun begins a millisecond later.
    const at = subscription.period![0] > this.now ? subscription.period![0] : asked;
    const held = subscription.items.filter(({ activeTo }) => activeTo === null);
    const leaving = held.filter(wish.leaves);
    if (leaving.length === 0 && wish.coming.length === 0) return null;
    const onTrial = status === 'trialing';
    // A line may not begin where its item ends: what was billed from this very instant on ends a millisecond later.
    const billedFrom = leaving.flatMap((item) =>
      item.good.billing === 'advance' && !onTrial
        ? [Math.max(item.activeFrom, subscription.period![0]) + 1]
        : [item.activeFrom],
    );
    const from = Math.max(at, ...billedFrom);
    const coming = wish.coming.map((item): ModelItem => ({ ...item, activeFrom: from, activeTo: null, billed: [] }));
    const interval = wish.interval;
    const restarts = interval !== null && (interval.unit !== rhythm.unit || interval.count !== rhythm.count);
    const back = onTrial ? [] : leaving.flatMap((item) => this.#takeBack(subscription, item, from, wish));
    const arrears = restarts && !onTrial ? this.#charge(subscription, 'arrears', [subscription.period![0], from]) : [];
    for (const item of leaving) item.activeTo = from;
    subscription.items.push(...coming);
    if (restarts) subscription.rhythm = { ...rhythm, ...interval, anchorAt: onTrial ? subscription.trialEnd! : from };
    if (onTrial) return null;
    let fresh: ModelLine[];
    if (restarts) {
      this.#enter(subscription, [from, periodAround(subscription.rhythm, from)[1]]);
      fresh = this.#charge(subscription, 'advance', subscription.period!);
    } else {
      const rest: Span = [from, subscription.period![1]];
      fresh = this.#charge(subscription, 'advance', rest, { items: coming, byDay: wish.byDay });
    }
    const lines = [...back, ...arrears, ...fresh];
    if (lines.length > 0) this.#issue(account, at, lines, { automatic: collection === 'automatic' });
    return null;
  }

  /** It begins with the change. */
  #changeBeforeStart(subscription: ModelSubscription, { leaves, coming, interval }: ChangeWish): null {
    const { items, startedAt, rhythm } = subscription;
    // They were never held.
    for (const item of items) if (leaves(item)) item.activeFrom = item.activeTo = this.now;
    items.push(...coming.map((item): ModelItem => ({ ...item, activeFrom: startedAt, activeTo: null, billed: [] })));
    subscription.rhythm = { ...rhythm, ...interval };
    return null;
  }

  #takeBack(subscription: ModelSubscription, item: ModelItem, from: number, wish: ChangeWish): ModelLine[] {
    return item.billed.flatMap((billed) => {
      const { span, line } = billed;
      if (span[1] <= from) return [];
      const rest: Span = [Math.max(from, span[0]), span[1]];
      const left = line.amount - line.takenBack;
      const cost = worthOf(subscription.rhythm, item, { span, left, rest }, wish.byDay);
      // Of another quantity without credit, what is still held of it is not billed twice.
      const heir = wish.coming.find(({ offer, good }) => offer === item.offer && good === item.good);
      const kept = heir ? costOf(subscription.rhythm, { ...item, ...heir }, rest, wish.byDay, rest[0]) : 0n;
      const amount = least(cost, left, wish.credit ? left : kept);
      // The discount goes back in the proportion in which what is left of the line does.
      const back = left > 0n ? rounded((line.discount - line.discountBack) * amount, left) : 0n;
      line.takenBack += amount;
      line.discountBack += back;
      line.isReversed = true;
      billed.span = [span[0], rest[0]];
      return [
        {
          item,
          component: line.component,
          span: rest,
          amount: -amount,
          of: subscription,
          discount: -back,
          takenBack: 0n,
          discountBack: 0n,
          reverses: line,
          isReversed: false,
        },
      ];
    });
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
    const lines = amounts.map(byHand);
    this.#issue(account, this.now, lines, { automatic: false, alone: !withWaiting });
  }

  void(invoice: ModelInvoice): Refusal {
    if (invoice.status !== 'open' || invoice.paid > 0n) return 'INVALID_STATE';
    if (this.notes.some((note) => note.invoice === invoice && !note.isVoid)) return 'INVALID_STATE';
    if (invoice.lines.some(({ reverses, isReversed }) => reverses || isReversed)) return 'INVALID_STATE';
    invoice.status = 'void';
    for (const { lot, amount } of invoice.spent) if (!lot.isOver) lot.left += amount;
    for (const line of invoice.lines)
      if (line.item) line.item.billed = line.item.billed.filter((one) => one.line !== line);
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
    const open = payable(invoice);
    const used = amount < open ? amount : open;
    if (invoice.status === 'uncollectible') invoice.writtenOff -= used;
    invoice.paid += used;
    give(invoice.account.payer, amount - used);
    if (used === open) invoice.status = 'paid';
    return null;
  }

  /** Takes parts of lines back; their tax is given, as what a line bears of it is told by the books. */
  credit(invoice: ModelInvoice, lines: readonly NotedLine[]): Refusal {
    if (invoice.status === 'void') return 'INVALID_STATE';
    const isBilled = ({ line, freed }: NotedLine) =>
      line.item!.billed.some((one) => one.line === line && String(one.span) === String(freed));
    if (lines.some((one) => one.freed && !isBilled(one))) return 'CONFLICT';
    const total = lines.reduce((sum, { amount, discount, tax }) => sum + amount - discount + tax, 0n);
    const open = payable(invoice);
    const toInvoice = total < open ? total : open;
    const toBalance = total - toInvoice;
    const back = this.#giveBack(invoice, toBalance);
    const lot = give(invoice.account.payer, toBalance - sumOf(back));
    this.notes.push({ invoice, lines: [...lines], toInvoice, toBalance, lot, back, isVoid: false });
    for (const { line, amount, discount, freed } of lines) {
      line.takenBack += amount;
      line.discountBack += discount;
      if (freed) line.item!.billed = line.item!.billed.filter((one) => one.line !== line);
    }
    if (invoice.status === 'uncollectible') invoice.writtenOff -= toInvoice;
    invoice.noted += toInvoice;
    if (toInvoice > 0n && toInvoice === open) invoice.status = 'paid';
    return null;
  }

  /** What credit had paid goes back to its lots once what money had paid is given back, the last spent first. */
  #giveBack(invoice: ModelInvoice, toBalance: bigint): ModelNote['back'] {
    const before = this.notes.filter((one) => one.invoice === invoice && !one.isVoid);
    const anew = before.reduce((sum, one) => sum + one.toBalance - sumOf(one.back), 0n);
    const money = invoice.paid > anew ? invoice.paid - anew : 0n;
    let open = toBalance > money ? toBalance - money : 0n;
    const back: ModelNote['back'] = [];
    for (const { lot, amount } of [...invoice.spent].reverse()) {
      const gone = before.flatMap((one) => one.back).filter((one) => one.lot === lot);
      const left = amount - sumOf(gone);
      const share = left < open ? left : open;
      if (share <= 0n) continue;
      open -= share;
      back.push({ lot, amount: share, gone: lot.isOver });
      if (!lot.isOver) lot.left += share;
    }
    return back;
  }

  voidNote(note: ModelNote): Refusal {
    const { invoice, toInvoice } = note;
    if (note.isVoid || !isWhole(note)) return 'INVALID_STATE';
    note.isVoid = true;
    if (note.lot) note.lot.left -= note.toBalance - sumOf(note.back);
    for (const { lot, amount, gone } of note.back) if (!gone) lot.left -= amount;
    for (const { line, amount, discount, freed } of note.lines) {
      line.takenBack -= amount;
      line.discountBack -= discount;
      if (freed) line.item!.billed.push({ span: freed, line });
    }
    if (toInvoice === 0n) return null;
    invoice.noted -= toInvoice;
    if (invoice.status === 'uncollectible') invoice.writtenOff += toInvoice;
    else invoice.status = 'open';
    // What is due again is collected again.
    if (invoice.automatic && invoice.status === 'open') {
      invoice.paid += due(invoice);
      invoice.status = 'paid';
    }
    return null;
  }

  /** Takes the clock to an instant, through everything that falls due. */
  advance(to: number): void {
    for (;;) {
      const dues = this.subscriptions.flatMap(({ next }) => (next !== null && next <= to ? [next] : []));
      if (dues.length === 0) break;
      this.now = Math.min(...dues);
      this.#expire();
      for (const account of this.accounts) this.#billAccount(account);
    }
    this.now = to;
    this.#expire();
  }

  #expire(): void {
    for (const lot of this.accounts.flatMap(({ lots }) => lots)) {
      if (lot.expiresAt === null || lot.expiresAt > this.now) continue;
      lot.isOver = true;
      lot.left = 0n;
    }
  }

  grant(account: ModelAccount, amount: bigint, priority: number, expiresAt: number | null): ModelLot {
    return give(account, amount, priority, expiresAt)!;
  }

  withdraw(lot: ModelLot): Refusal {
    if (lot.left === 0n) return 'INVALID_STATE';
    lot.isOver = true;
    lot.left = 0n;
    return null;
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

  #charge(subscription: ModelSubscription, billing: Good['billing'], stretch: Span, how: Share = {}): ModelLine[] {
    return (how.items ?? subscription.items).flatMap((item) => {
      const span: Span = [Math.max(item.activeFrom, stretch[0]), Math.min(item.activeTo ?? stretch[1], stretch[1])];
      if (item.good.billing !== billing || span[0] >= span[1]) return [];
      const amount = costOf(subscription.rhythm, item, span, how.byDay ?? false, stretch[0]);
      const line: ModelLine = {
        item,
        component: item.good.component,
        span,
        amount,
        of: subscription,
        discount: 0n,
        takenBack: 0n,
        discountBack: 0n,
        reverses: null,
        isReversed: false,
      };
      item.billed.push({ span, line });
      return [line];
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
      all.push(byHand(charge.amount));
    }
    if (all.length === 0) return;
    const { payer } = account;
    const subtotal = all.reduce((sum, { amount }) => sum + amount, 0n);
    const shared = sharedDiscounts(all, at);
    const returned = all.reduce((sum, line) => sum + line.discount, 0n);
    const discount = returned + shared.reduce((sum, one) => sum + one.total, 0n);
    const tax = rounded((subtotal - discount) * payer.taxPercent, 100n);
    const net = subtotal - discount + tax;
    const carried = net < 0n ? -net : 0n;
    const total = net + carried;
    const spent = spend(payer, total, at);
    const credits = spent.reduce((sum, { amount }) => sum + amount, 0n);
    this.#settleReversed(payer, all, give(payer, carried));
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
      discount,
      shared,
      tax,
      total,
      carried,
      credits,
      spent,
      noted: 0n,
      paid,
      writtenOff: 0n,
      automatic: how.automatic,
      status,
    });
  }

  /** What lines give back of invoices that are still open lowers what those ask for, before it is credit. */
  #settleReversed(payer: ModelAccount, lines: readonly ModelLine[], lot: ModelLot | null): void {
    if (!lot) return;
    const reversed = new Set(lines.flatMap(({ reverses }) => reverses ?? []));
    for (const invoice of this.invoices) {
      const isMeant = invoice.status === 'open' && invoice.account.payer === payer;
      if (!isMeant || !invoice.lines.some((line) => reversed.has(line))) continue;
      const amount = lot.left < due(invoice) ? lot.left : due(invoice);
      if (amount === 0n) continue;
      lot.left -= amount;
      invoice.credits += amount;
      invoice.spent.push({ lot, amount });
      if (due(invoice) === 0n) invoice.status = 'paid';
    }
  }
}

/** Which items are charged, and whether days are counted instead of milliseconds. */
interface Share {
  items?: readonly ModelItem[];
  byDay?: boolean;
}

const byHand = (amount: bigint): ModelLine => ({
  item: null,
  component: '',
  span: null,
  amount,
  of: null,
  discount: 0n,
  takenBack: 0n,
  discountBack: 0n,
  reverses: null,
  isReversed: false,
});

export function itemsOf(offer: Offer, activeFrom: number, quantity: (good: Good) => bigint): ModelItem[] {
  return offer.goods.map((good) => ({
    offer,
    good,
    quantity: good.flat ? 1n : quantity(good),
    activeFrom,
    activeTo: null,
    billed: [],
  }));
}

/** What an item costs for a stretch of the period that holds `within`. */
function costOf({ ...rhythm }: Rhythm, item: ModelItem, [from, to]: Span, byDay: boolean, within: number): bigint {
  const [start, end] = periodAround(rhythm, within);
  const length = (one: number, other: number) => BigInt(byDay ? localDays(rhythm.timezone, one, other) : other - one);
  const [numerator, denominator] = item.good.cost(item.quantity);
  return rounded(numerator * length(from, to), denominator * length(start, end));
}

/** What discounts take of the lines of each subscription: each on what the earlier ones left, rounded once. */
function sharedDiscounts(lines: readonly ModelLine[], at: number): ModelInvoice['shared'] {
  const open = lines.filter(({ of, amount, reverses }) => of !== null && amount > 0n && !reverses);
  return [...new Set(open.map(({ of }) => of!))].flatMap((subscription) => {
    const own = open.filter(({ of }) => of === subscription);
    const inForce = ({ startedAt, endedAt }: ModelDiscount) => startedAt <= at && (endedAt === null || at < endedAt);
    const percents = subscription.discounts.filter(inForce).map(({ thousandths }) => thousandths);
    const whole = own.reduce((sum, { amount }) => sum + amount, 0n);
    const left = percents.reduce((rest, thousandths) => rest - rounded(rest * thousandths, 1_000n), whole);
    return percents.length === 0 ? [] : [{ lines: own, total: whole - left, percents }];
  });
}

const sumOf = (parts: readonly { amount: bigint }[]): bigint => parts.reduce((sum, { amount }) => sum + amount, 0n);

/** What the rest of billed time is worth: its price if it was billed at that, else its share of what is left of the line. */
function worthOf(
  rhythm: Rhythm,
  item: ModelItem,
  { span, left, rest }: { span: Span; left: bigint; rest: Span },
  byDay: boolean,
): bigint {
  if (costOf(rhythm, item, span, byDay, span[0]) === left) return costOf(rhythm, item, rest, byDay, rest[0]);
  const days = byDay ? localDays(rhythm.timezone, ...span) : 0;
  if (days > 0) return rounded(left * BigInt(localDays(rhythm.timezone, ...rest)), BigInt(days));
  return rounded(left * BigInt(rest[1] - rest[0]), BigInt(span[1] - span[0]));
}

const least = (...amounts: bigint[]): bigint => amounts.reduce((one, other) => (one < other ? one : other));

/** Whether all the credit that a note gave is still there. */
export const isWhole = ({ lot, toBalance, back }: ModelNote): boolean =>
  (lot?.left ?? 0n) >= toBalance - sumOf(back) && back.every((one) => one.gone || one.lot.left >= one.amount);

const usualPriority = 100;

function give(
  account: ModelAccount,
  amount: bigint,
  priority = usualPriority,
  expiresAt: number | null = null,
): ModelLot | null {
  if (amount === 0n) return null;
  const lot = { account, left: amount, priority, expiresAt, isOver: false };
  account.lots.push(lot);
  return lot;
}

/** Takes from the lots by their turn, then the one that is over sooner, then the older. */
function spend(account: ModelAccount, wanted: bigint, at: number): { lot: ModelLot; amount: bigint }[] {
  const end = (lot: ModelLot) => lot.expiresAt ?? Number.POSITIVE_INFINITY;
  const usable = account.lots.filter((lot) => lot.left > 0n && end(lot) > at);
  usable.sort((one, other) => one.priority - other.priority || (end(one) === end(other) ? 0 : end(one) - end(other)));
  const spent: { lot: ModelLot; amount: bigint }[] = [];
  let open = wanted;
  for (const lot of usable) {
    const amount = lot.left < open ? lot.left : open;
    if (amount === 0n) break;
    lot.left -= amount;
    open -= amount;
    spent.push({ lot, amount });
  }
  return spent;
}

/** What an invoice asks for now. */
export function due({ status, total, credits, noted, paid, writtenOff }: ModelInvoice): bigint {
  return status === 'void' ? 0n : total - credits - noted - paid - writtenOff;
}

/** What an invoice can still take: also money for what was written off. */
export const payable = (invoice: ModelInvoice): bigint =>
  invoice.status === 'uncollectible' ? invoice.writtenOff : due(invoice);
