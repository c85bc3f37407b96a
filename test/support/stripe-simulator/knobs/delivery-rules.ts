import type { Random } from '../engine/random.ts';

/** One event on its way to one endpoint. */
export interface Delivery {
  id: number;
  eventId: string;
  type: string;
  endpointId: string;
  state: 'held' | 'waiting' | 'sending' | 'delivered' | 'failed' | 'dropped';
  attempts: { status: number | null; error: string | null }[];
}

/** In which order held deliveries go out: as they came, backwards, shuffled (seeded), or by index or event id. */
export type ReleaseOrder = 'first_to_last' | 'last_to_first' | 'shuffled' | readonly (number | string)[];

/** Which events a rule is for: exact types; all when absent. */
export interface Scope {
  types?: readonly string[];
}

/** Settings of the deliverer. */
export interface WebhookSettings {
  /** Pauses before the second, third … attempt; their number is the number of retries. */
  retryMilliseconds: readonly number[];
  timeoutMilliseconds: number;
  /** The clock that signatures carry, in milliseconds: the receiver's, which refuses old ones. The machine's when absent. */
  signedAt?: () => number;
}

/** What a test asked the deliverer to do badly. */
export interface Rules {
  copies: { count: number; scope: Scope };
  drop: { chance: number; left: number; scope: Scope };
  delay: { from: number; to: number };
  reorder: number;
  parallel: boolean;
  holding: boolean;
}

/** Plain delivery. */
export function noRules(): Rules {
  return {
    copies: { count: 1, scope: {} },
    drop: { chance: 0, left: Number.POSITIVE_INFINITY, scope: {} },
    delay: { from: 0, to: 0 },
    reorder: 1,
    parallel: false,
    holding: false,
  };
}

/** The held deliveries in the order they are to go out. @throws when one is named that is not held */
export function inOrder(waiting: Delivery[], order: ReleaseOrder, random: Random): Delivery[] {
  if (order === 'first_to_last') {
    return waiting;
  }
  if (order === 'last_to_first') {
    return [...waiting].reverse();
  }
  if (order === 'shuffled') {
    return random.shuffle(waiting);
  }
  return order.map((key) => {
    const found = typeof key === 'number' ? waiting[key] : waiting.find((delivery) => delivery.eventId === key);
    if (!found) {
      throw new Error(`No held delivery ${key}; ${waiting.length} are held.`);
    }
    return found;
  });
}

/** Whether a rule is for events of this type. */
export function inScope(scope: Scope, type: string): boolean {
  return scope.types === undefined || scope.types.includes(type);
}
