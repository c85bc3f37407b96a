import { BoundedMap } from '../../platform/bounded-map.ts';

/** How fast points come back and how many may be saved up. */
export interface BucketRules {
  capacity: number;
  /** Points a second. */
  restoreRate: number;
}

export interface Taken {
  ok: boolean;
  /** Points left, whole. */
  available: number;
  /** Seconds until the same request may succeed, whole; 0 if it just did. */
  retryAfter: number;
}

/**
 * Token buckets by key: each restores `restoreRate` points a second up to `capacity`. A bucket of its own rather than
 * a counter of fixed windows, since clients are told what is left and how fast it comes back. Buckets are kept in
 * the process; a copy of the API more means a bucket more. A forgotten bucket is a full one.
 */
export class TokenBuckets {
  readonly #buckets = new BoundedMap<string, { points: number; at: number }>(50_000);
  readonly #rules: BucketRules;
  readonly #seconds: () => number;

  /** `seconds` is a clock that only goes forward; its zero does not matter. */
  constructor(rules: BucketRules, seconds: () => number = () => performance.now() / 1000) {
    this.#rules = rules;
    this.#seconds = seconds;
  }

  get restoreRate(): number {
    return this.#rules.restoreRate;
  }

  /** Takes the points if they are there, and takes nothing if not. */
  take(key: string, points: number): Taken {
    const bucket = this.#bucketOf(key);
    if (bucket.points >= points) {
      bucket.points -= points;
      return { ok: true, available: Math.floor(bucket.points), retryAfter: 0 };
    }
    const missing = Math.min(points, this.#rules.capacity) - bucket.points;
    const retryAfter = Math.max(1, Math.ceil(missing / this.#rules.restoreRate));
    return { ok: false, available: Math.floor(bucket.points), retryAfter };
  }

  /** Gives back what was taken and not needed; returns the whole points now left. */
  giveBack(key: string, points: number): number {
    const bucket = this.#bucketOf(key);
    bucket.points = Math.min(this.#rules.capacity, bucket.points + points);
    return Math.floor(bucket.points);
  }

  #bucketOf(key: string): { points: number; at: number } {
    const now = this.#seconds();
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { points: this.#rules.capacity, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.points = Math.min(this.#rules.capacity, bucket.points + (now - bucket.at) * this.#rules.restoreRate);
    bucket.at = now;
    return bucket;
  }
}
