import type { FactStream, HeardFact } from './fact-stream.ts';

/** Where a follower is: at a fact, or at a point whose past can no longer be told. */
export type Followed = { kind: 'fact'; fact: HeardFact } | { kind: 'gap'; sequence: bigint };

/**
 * Goes through the facts of an organization from a sequence on and then waits for more. It holds a position and
 * nothing else: a reader that is slow, or that is not read for a while, costs no memory. `return()` ends it at once,
 * also while it waits: a subscription must not outlive its socket.
 */
export class FactFollower<Told = Followed> implements AsyncIterableIterator<Told> {
  private readonly stream: FactStream;
  private readonly organizationId: string;
  private readonly wanted: (fact: HeardFact) => boolean;
  private readonly tell: (followed: Followed) => Told;
  private position: bigint | null;
  private checked = false;
  private page: readonly HeardFact[] = [];
  private at = 0;
  private done = false;
  private news = false;
  private wakeUp: (() => void) | null = null;
  private readonly unwatch: () => void;

  /**
   * `after` null: from now on. `tell` makes of each step what is handed out. `about`: the id of an object that every
   * wanted fact names, if there is one: others do not even wake this follower.
   */
  constructor(
    stream: FactStream,
    organizationId: string,
    after: bigint | null,
    wanted: (fact: HeardFact) => boolean,
    tell: (followed: Followed) => Told = (followed) => followed as Told,
    about: string | null = null,
  ) {
    this.stream = stream;
    this.organizationId = organizationId;
    this.wanted = wanted;
    this.tell = tell;
    this.position = after;
    this.unwatch = stream.watch(organizationId, (from) => this.wake(from), about);
  }

  /** Settles where "from now on" is; to be awaited before the caller is told that he is subscribed. */
  async begin(): Promise<this> {
    this.position ??= await this.stream.head(this.organizationId);
    return this;
  }

  async next(): Promise<IteratorResult<Told>> {
    while (!this.done) {
      const step = (this.checked ? null : await this.checkStart()) ?? this.take();
      if (step) return { done: false, value: this.tell(step) };
      this.news = false;
      const position = this.position ?? 0n;
      const known = this.stream.known(this.organizationId, position);
      this.page = known ?? (await this.stream.after(this.organizationId, position));
      this.at = 0;
      const hole = this.findHole();
      if (hole) return { done: false, value: this.tell(hole) };
      if (this.page.length === 0 && !this.done) await this.sleep();
    }
    return { done: true, value: undefined };
  }

  /**
   * The next step without waiting: null when there is none yet (`news` is called once, when there may be), undefined
   * when only `next` can tell, which reads.
   */
  step(news: () => void): Told | null | undefined {
    if (this.done) return null;
    if (!this.checked) return undefined;
    for (;;) {
      const taken = this.take();
      if (taken) return this.tell(taken);
      const known = this.stream.known(this.organizationId, this.position ?? 0n);
      if (!known) return undefined;
      this.page = known;
      this.at = 0;
      const hole = this.findHole();
      if (hole) return this.tell(hole);
      if (known.length > 0) continue;
      this.wakeUp = news;
      return null;
    }
  }

  async return(): Promise<IteratorResult<Told>> {
    this.done = true;
    this.unwatch();
    this.wake();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Told>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A position ahead of everything published belongs to another history (a restored database): what came between is unknown. */
  private async checkStart(): Promise<Followed | null> {
    this.checked = true;
    await this.begin();
    const head = await this.stream.head(this.organizationId);
    if ((this.position ?? 0n) <= head) return null;
    this.position = head;
    return { kind: 'gap', sequence: head };
  }

  /** The order has no holes: where the next fact is not the next in order, what came between was removed. */
  private findHole(): Followed | null {
    const [first] = this.page;
    const expected = (this.position ?? 0n) + 1n;
    if (!first || first.sequence === expected) return null;
    this.position = first.sequence - 1n;
    return { kind: 'gap', sequence: this.position };
  }

  private take(): Followed | null {
    while (this.at < this.page.length) {
      const fact = this.page[this.at]!;
      this.at += 1;
      this.position = fact.sequence;
      if (this.wanted(fact)) return { kind: 'fact', fact };
    }
    return null;
  }

  private sleep(): Promise<void> {
    if (this.news) return Promise.resolve();
    return new Promise((resolve) => {
      this.wakeUp = resolve;
    });
  }

  private wake(from?: bigint): void {
    this.news = true;
    const { wakeUp } = this;
    if (!wakeUp) return;
    this.wakeUp = null;
    // Asleep, all that was there had been seen, and what came before `from` concerned others.
    if (from !== undefined && from - 1n > (this.position ?? 0n)) this.position = from - 1n;
    wakeUp();
  }
}
