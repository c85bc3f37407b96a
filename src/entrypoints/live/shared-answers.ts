import { BoundedMap } from '../../platform/bounded-map.ts';

/** For so long what was looked up for one is believed for others that need it for the same event. */
const believedMs = 250;

interface Look<Value> {
  at: number;
  value: Promise<Value>;
}

/**
 * What many subscribers need for the same event, looked up once. Nothing is shared that was begun before the event was
 * heard of: whatever was revoked or changed before it is seen. What fails is not kept.
 */
export class SharedLooks<Value> {
  private readonly looks: BoundedMap<string, Look<Value>>;

  constructor(most: number) {
    this.looks = new BoundedMap(most);
  }

  /** `heardAt`: when the event became known, by the process's monotonic clock. */
  get(key: string, heardAt: number, look: () => Promise<Value>): Promise<Value> {
    const now = performance.now();
    const known = this.looks.get(key);
    if (known && known.at >= heardAt && now - known.at <= believedMs) return known.value;
    const made = { at: now, value: look() };
    this.looks.set(key, made);
    made.value.catch(() => {
      if (this.looks.get(key) === made) this.looks.delete(key);
    });
    return made.value;
  }
}
