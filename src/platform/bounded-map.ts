/** How much a map may hold beside the number of its entries: the sum of what each weighs. */
export interface WeightLimit<Value> {
  weigh(value: Value): number;
  most: number;
}

/** A map that holds at most `most` entries and forgets those that were longest unused. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #most: number;
  readonly #limit: WeightLimit<Value> | null;
  #weight = 0;

  constructor(most: number, limit: WeightLimit<Value> | null = null) {
    this.#most = most;
    this.#limit = limit;
  }

  /** The value, which becomes the most recently used; undefined if it is not there. */
  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  /** Keeps a value, unless it alone weighs more than the map may hold. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (this.#limit && weight > this.#limit.most) return;
    this.#entries.set(key, value);
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most && this.#weight <= (this.#limit?.most ?? 0)) break;
      this.delete(oldest);
    }
  }

  delete(key: Key): boolean {
    const value = this.#entries.get(key);
    if (value !== undefined) this.#weight -= this.#weigh(value);
    return this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }

  #weigh(value: Value): number {
    return this.#limit ? this.#limit.weigh(value) : 0;
  }
}
