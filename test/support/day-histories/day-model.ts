/** Prices that divide evenly by days, and instants that are midnights: nothing is ever rounded but milliseconds. */
export interface Good {
  component: string;
  mode: 'advance' | 'arrears';
  /** Of one unit and day, minor units. */
  perDay: number;
}

export interface Ware {
  name: string;
  days: number;
  addOn?: boolean;
  goods: readonly Good[];
}

const ahead = (component: string, perDay: number): Good => ({ component, mode: 'advance', perDay });
const behind = (component: string, perDay: number): Good => ({ component, mode: 'arrears', perDay });

export const wares: readonly Ware[] = [
  { name: 'Month', days: 30, goods: [ahead('seats', 100), behind('hours', 10)] },
  { name: 'Dearer', days: 30, goods: [ahead('seats', 260), behind('hours', 30)] },
  { name: 'Cheaper', days: 30, goods: [ahead('seats', 40)] },
  { name: 'Bare', days: 30, goods: [ahead('base', 50)] },
  { name: 'Quarter', days: 90, goods: [ahead('seats', 80), behind('hours', 8)] },
  { name: 'Extra', days: 30, addOn: true, goods: [ahead('seats', 20)] },
  { name: 'More', days: 30, addOn: true, goods: [ahead('base', 30), ahead('extra', 14)] },
];

export const wareOf = (name: string): Ware => wares.find((ware) => ware.name === name)!;

export type Part =
  | { kind: 'replace'; out: string; in: string; quantity: number | null }
  | { kind: 'quantity'; plan: string; component: string; quantity: number }
  | { kind: 'add'; plan: string; quantity: number }
  | { kind: 'remove'; plan: string };

export type Settle = 'invoice_now' | 'next_invoice' | 'none';
export type Credit = 'time' | 'none';

export interface ChangeTerms {
  parts: readonly Part[];
  settle: Settle;
  credit: Credit;
}

interface Item {
  ware: string;
  good: Good;
  quantity: number;
  from: number;
  to: number | null;
  position: number;
  /** What it took the place of. */
  places: Item[];
  /** The last line of it that asks for what was paid, in the period of this key. */
  unsettled: { key: number; from: number; to: number; amount: number } | null;
}

interface Line {
  item: Item;
  from: number;
  to: number;
  amount: number;
}

type Pending =
  | ({ kind: 'items'; at: number; atEnd: boolean } & ChangeTerms)
  | { kind: 'pause'; at: number; atEnd: true; anchor: 'keep' | 'shift'; credit: Credit; until: number | null };

const rateOf = ({ good, quantity }: Item) => good.perDay * quantity;

/** What one subscription comes to, day by day. */
export class DayModel {
  total = 0;
  status: 'active' | 'paused' | 'canceled' = 'active';
  items: Item[] = [];
  lines: Line[] = [];
  anchor = 0;
  days = 0;
  period: [number, number] = [0, 0];
  key = 0;
  endsAt: number | null = null;
  endCredit: Credit = 'none';
  pending: Pending[] = [];
  pause: { from: number; anchor: 'keep' | 'shift'; until: number | null } | null = null;
  now = 0;
  #last: Item[] = [];

  constructor(plans: readonly { plan: string; quantity: number }[]) {
    for (const { plan, quantity } of plans) {
      for (const good of wareOf(plan).goods) this.items.push(itemOf(plan, good, quantity, 0, this.items.length));
      this.days = wareOf(plan).days;
    }
    this.#open(0);
  }

  get held(): Item[] {
    return this.items.filter(({ to }) => to === null);
  }

  get plans(): string[] {
    return [...new Set(this.held.map(({ ware }) => ware))];
  }

  whole(at: number): [number, number] {
    const start = this.anchor + Math.floor((at - this.anchor) / this.days) * this.days;
    return [start, start + this.days];
  }

  #cap(end: number): number {
    return this.endsAt !== null && this.endsAt < end ? this.endsAt : end;
  }

  #enter(period: [number, number]): void {
    this.period = period;
    for (const one of this.pending) if (one.atEnd) one.at = period[1];
  }

  #open(at: number): void {
    this.key += 1;
    this.#enter([at, this.#cap(this.whole(at)[1])]);
    this.#bill(this.held, [at, this.period[1]]);
  }

  #bill(items: readonly Item[], [from, to]: [number, number]): void {
    for (const item of items) {
      if (item.good.mode !== 'advance' || from >= to) continue;
      const amount = rateOf(item) * (to - from);
      this.total += amount;
      this.lines.push({ item, from, to, amount });
    }
  }

  #arrears(at: number): void {
    for (const item of this.items) {
      if (item.good.mode !== 'arrears') continue;
      const from = Math.max(item.from, this.period[0]);
      const to = Math.min(item.to ?? at, at);
      if (to > from) this.total += rateOf(item) * (to - from);
    }
  }

  /** Frees the time of an item from a day on; `given` says what goes back of what a part is worth. */
  #free(item: Item, at: number, given: (worth: number, days: number) => number) {
    const freed: { from: number; to: number; worth: number }[] = [];
    for (const line of this.lines.filter((one) => one.item === item && one.to > at)) {
      const from = Math.max(at, line.from);
      const worth = (line.amount * (line.to - from)) / (line.to - line.from);
      this.total -= given(worth, line.to - from);
      freed.push({ from, to: line.to, worth });
      if (from === line.from) this.lines.splice(this.lines.indexOf(line), 1);
      else Object.assign(line, { to: from, amount: line.amount - worth });
    }
    return freed;
  }

  /** What it makes of the items; null where it does not fit. */
  changed(
    parts: readonly Part[],
    at: number,
    isPending = false,
  ): { ended: Item[]; begun: Item[]; days: number } | null {
    const before = this.held;
    let held = before;
    let days = this.days;
    let position = Math.max(-1, ...this.items.map((item) => item.position)) + 1;
    for (const part of parts) {
      if (part.kind === 'add') {
        if (held.some(({ ware }) => ware === part.plan)) return null;
        held = [
          ...held,
          ...wareOf(part.plan).goods.map((good) => itemOf(part.plan, good, part.quantity, at, position++)),
        ];
        days = wareOf(part.plan).days;
        continue;
      }
      const plan = part.kind === 'replace' ? part.out : part.plan;
      const leaving = held.filter(
        (item) => item.ware === plan && (part.kind !== 'quantity' || item.good.component === part.component),
      );
      if (leaving.length === 0) return null;
      const staying = held.filter((item) => !leaving.includes(item));
      if (part.kind === 'remove' && staying.length === 0) return null;
      let coming: Item[] = [];
      if (part.kind === 'quantity')
        coming = leaving.map((one) => itemOf(plan, one.good, part.quantity, at, one.position, [one]));
      if (part.kind === 'replace') {
        if (staying.some(({ ware }) => ware === part.in)) return null;
        coming = wareOf(part.in).goods.map((good) => {
          const before = leaving.find((one) => one.good.component === good.component);
          const quantity = part.quantity ?? before?.quantity ?? 1;
          return itemOf(part.in, good, quantity, at, before?.position ?? position++, before ? [before] : []);
        });
        days = wareOf(part.in).days;
        const first = coming.filter(({ good }) => good.mode === 'advance').sort((a, b) => a.position - b.position)[0];
        const isGone = ({ good }: Item) => coming.every((one) => one.good.component !== good.component);
        first?.places.push(...leaving.filter(isGone));
      }
      held = [...staying, ...coming];
    }
    const begun = held.filter((item) => !before.includes(item));
    if (held.length === 0 || held.some(({ ware }) => wareOf(ware).days !== days)) return null;
    if (!isPending && held.every(({ ware }) => wareOf(ware).addOn)) return null;
    return { ended: before.filter((item) => !held.includes(item)), begun, days };
  }

  change({ parts, settle, credit }: ChangeTerms, at: number): boolean {
    const changed = this.changed(parts, at, true);
    if (!changed) return false;
    const { ended, begun, days } = changed;
    const isNew = days !== this.days;
    if (settle === 'none' && !isNew) this.#carryOver(ended, begun, at);
    else for (const item of ended) this.#free(item, at, giving(item, begun, credit));
    if (isNew) this.#arrears(at);
    this.#adopt(changed, at);
    if (isNew) {
      this.anchor = at;
      this.#open(at);
    } else if (settle !== 'none') this.#bill(begun, [at, this.period[1]]);
    this.#dropMisfits();
    return true;
  }

  #adopt({ ended, begun, days }: { ended: Item[]; begun: Item[]; days: number }, at: number): void {
    for (const item of ended) item.to = at;
    this.items.push(...begun);
    this.days = days;
  }

  #carryOver(ended: readonly Item[], begun: readonly Item[], at: number): void {
    for (const item of ended) {
      const heir = begun.find((one) => one.position === item.position && one.good.mode === 'advance');
      for (const { from, to, worth } of this.#free(item, at, () => 0)) {
        if (heir) this.lines.push({ item: heir, from, to, amount: Math.min(worth, rateOf(heir) * (to - from)) });
      }
    }
    for (const item of begun) {
      if (item.good.mode !== 'advance') continue;
      let from = at;
      const own = this.lines.filter((line) => line.item === item).sort((a, b) => a.from - b.from);
      for (const line of own) {
        if (line.from > from) this.lines.push({ item, from, to: line.from, amount: 0 });
        from = Math.max(from, line.to);
      }
      if (from < this.period[1]) this.lines.push({ item, from, to: this.period[1], amount: 0 });
      this.#remember(item);
    }
  }

  #remember(item: Item): void {
    const last = this.lines
      .filter((line) => line.item === item)
      .sort((a, b) => a.from - b.from)
      .at(-1);
    if (last) item.unsettled = { key: this.key, from: last.from, to: last.to, amount: last.amount };
  }

  #isUnsettled = (item: Item) => item.unsettled?.key === this.key;

  /** What a day costs: of what was not settled, as what it took the place of. */
  #basis(item: Item): number {
    if (item.good.mode !== 'advance') return 0;
    if (!this.#isUnsettled(item)) return rateOf(item);
    return item.places.reduce((sum, one) => sum + this.#basis(one), 0);
  }

  #restOf(item: Item, from: number, to: number): number {
    if (!this.#isUnsettled(item)) return rateOf(item) * (to - from);
    const line = item.unsettled!;
    const paidTo = Math.min(Math.max(line.to, from), to);
    const paid = ((paidTo - from) * line.amount) / (line.to - line.from);
    return paid + (to - paidTo) * this.#basis(item);
  }

  /** Bills what of a stretch is not billed yet. */
  #unbilled([from, to]: [number, number], gone: readonly Item[] = []): void {
    for (const item of this.held) {
      if (item.good.mode !== 'advance') continue;
      if (gone.includes(item) && this.lines.every((line) => line.item !== item || line.to <= from)) continue;
      const start = Math.max(from, ...this.lines.filter((line) => line.item === item).map((line) => line.to));
      if (start >= to) continue;
      const rest = this.#restOf(item, start, to);
      const freed = this.#free(item, from, (worth) => worth);
      const paid = freed.reduce((sum, { worth }) => sum + worth, 0);
      this.total += paid + rest;
      const wasUnsettled = this.#isUnsettled(item);
      this.lines.push({ item, from: freed[0]?.from ?? start, to, amount: paid + rest });
      if (wasUnsettled) this.#remember(item);
    }
  }

  #dropMisfits(): void {
    this.pending = this.pending.filter((one) => one.kind !== 'items' || this.changed(one.parts, one.at, true));
  }

  pauseAt(at: number, anchor: 'keep' | 'shift', credit: Credit, until: number | null, isWithin = true): void {
    if (isWithin) {
      if (credit === 'time') for (const item of this.items) this.#free(item, at, (worth) => worth);
      this.#arrears(at);
    }
    this.status = 'paused';
    this.pause = { from: at, anchor, until };
  }

  resume(at: number): void {
    const pause = this.pause!;
    const { from } = pause;
    const hasAhead = pause.anchor === 'shift' && this.lines.some((line) => line.to > from && line.item.to === null);
    const by = at - from;
    let anchor = this.anchor;
    if (hasAhead) {
      anchor = this.anchor + by;
      const end = this.whole(this.period[0])[1] + by;
      for (const one of this.pending) if (one.atEnd) one.at = end;
    }
    this.status = 'active';
    let isAnew = false;
    for (;;) {
      const [due] = this.#due(at);
      if (!due) break;
      const begins = isAnew ? at : pause.anchor === 'shift' ? (hasAhead ? from : at) : this.whole(at)[0];
      if (due.kind !== 'items') {
        this.pending.splice(this.pending.indexOf(due), 1);
        continue;
      }
      const changed = this.changed(due.parts, at, true);
      if (due.settle === 'none' && changed?.days === this.days && due.at > begins) break;
      this.pending.splice(this.pending.indexOf(due), 1);
      if (!changed) continue;
      const unused = pause.anchor === 'shift' ? from : at;
      for (const item of changed.ended) this.#free(item, unused, giving(item, changed.begun, due.credit));
      if (changed.days !== this.days) {
        isAnew = true;
        this.anchor = at;
      }
      this.#adopt(changed, at);
    }
    this.pause = null;
    if (hasAhead && !isAnew) {
      this.anchor = anchor;
      for (const line of this.lines.filter((one) => one.to > from && one.item.to === null)) {
        const start = Math.max(line.from, from);
        const amount = (line.amount * (line.to - start)) / (line.to - line.from);
        if (start > line.from) this.lines.push({ ...line, to: start, amount: line.amount - amount });
        Object.assign(line, { from: start + by, to: line.to + by, amount });
        if (this.#isUnsettled(line.item)) this.#remember(line.item);
      }
    } else if (pause.anchor === 'shift') {
      this.anchor = at;
      this.key += 1;
    } else if (isAnew || this.whole(at)[0] !== this.whole(this.period[0])[0]) this.key += 1;
    this.#enter([at, this.#cap(this.whole(at)[1])]);
    this.#unbilled(this.period, this.#removedNext(at));
    // What fell into it without being settled holds from now on, and what came after that.
    for (let [due] = this.#due(at); due; [due] = this.#due(at)) {
      this.pending.splice(this.pending.indexOf(due), 1);
      if (due.kind === 'items') this.change(due, at);
    }
    this.#dropMisfits();
  }

  /** What is removed at once when it goes on, with nothing in its place. */
  #removedNext(at: number): Item[] {
    const parts = this.#due(at).flatMap((due) =>
      due.kind === 'items' && this.changed(due.parts, at, true) ? due.parts : [],
    );
    return this.held.filter(({ ware }) => parts.some((part) => part.kind === 'remove' && part.plan === ware));
  }

  #due(at: number): Pending[] {
    return this.pending.filter((one) => one.at <= at).sort((a, b) => a.at - b.at);
  }

  end(at: number, credit: Credit): void {
    const unused = this.pause?.anchor === 'shift' ? this.pause.from : at;
    if (credit === 'time') for (const item of this.items) this.#free(item, unused, (worth) => worth);
    if (this.status === 'active') this.#arrears(at);
    this.#last = this.held;
    for (const item of this.held) item.to = at;
    Object.assign(this, { status: 'canceled', endsAt: at, pending: [], pause: null, lines: [] });
  }

  undoEnd(at: number): void {
    this.endsAt = null;
    const end = this.whole(this.period[0])[1];
    if (end <= this.period[1]) return;
    this.#enter([this.period[0], end]);
    if (this.status === 'active') this.#unbilled([Math.max(this.period[0], at), end]);
  }

  reactivate(at: number): void {
    this.items.push(
      ...this.#last.map(({ ware, good, quantity, position }) => itemOf(ware, good, quantity, at, position)),
    );
    Object.assign(this, { status: 'active', endsAt: null, anchor: at });
    this.#open(at);
  }

  /** Lets time pass up to the morning of a day, with all that falls due. */
  advance(to: number): void {
    for (;;) {
      const next = this.#next();
      if (next === null || next > to) break;
      this.now = next;
      if (this.endsAt !== null && this.endsAt <= next) this.end(next, this.endCredit);
      else if (this.status === 'paused') this.resume(next);
      else if (next === this.period[1]) this.#renew(next);
      else {
        const [due] = this.#due(next);
        this.pending.splice(this.pending.indexOf(due!), 1);
        if (due!.kind === 'items') this.change(due!, next);
      }
    }
    this.now = to;
  }

  #next(): number | null {
    if (this.status === 'canceled') return null;
    const ends = this.endsAt === null ? [] : [this.endsAt];
    const all =
      this.status === 'paused'
        ? [...ends, ...(this.pause!.until === null ? [] : [this.pause!.until])]
        : [...ends, this.period[1], ...this.pending.map(({ at }) => at)];
    return all.length === 0 ? null : Math.min(...all);
  }

  #renew(at: number): void {
    this.#arrears(at);
    let pause: Pending | null = null;
    for (let [due] = this.#due(at); due; [due] = this.#due(at)) {
      this.pending.splice(this.pending.indexOf(due), 1);
      if (due.kind === 'pause') {
        if (due.until === null || due.until > at) pause = due;
        continue;
      }
      const changed = this.changed(due.parts, at, true);
      if (!changed) continue;
      if (changed.days !== this.days) this.anchor = at;
      this.#adopt(changed, at);
    }
    if (pause?.kind === 'pause') this.pauseAt(at, pause.anchor, pause.credit, pause.until, false);
    else this.#open(at);
    this.#dropMisfits();
  }
}

/** What goes back of a part that is worth something: all of it, or of another quantity what is still held. */
const giving = (item: Item, begun: readonly Item[], credit: Credit) => (worth: number, days: number) => {
  if (credit === 'time') return worth;
  const same = begun.find((one) => one.ware === item.ware && one.good === item.good);
  return same ? Math.min(worth, rateOf(same) * days) : 0;
};

function itemOf(ware: string, good: Good, quantity: number, from: number, position: number, places: Item[] = []): Item {
  return { ware, good, quantity, from, to: null, position, places, unsettled: null };
}
