import { createHash } from 'node:crypto';
import type { App } from '../platform/app-types.ts';
import { BoundedMap } from '../platform/bounded-map.ts';
import { DomainError } from '../platform/errors.ts';

const mostTries = 10;
const windowSeconds = 15 * 60;
const mostRemembered = 100_000;

type Tries = BoundedMap<string, { count: number; from: number }>;
const triesByApp = new WeakMap<App, Tries>();

/**
 * Counts a try to log in with an e-mail address, whether anybody has it or not; at most ten in fifteen minutes.
 * RATE_LIMITED beyond, with the seconds to wait. Each process counts for itself.
 */
export function countLoginTry(app: App, email: string): void {
  const tries = triesOf(app);
  const key = keyOf(email);
  const now = app.clock.now().getTime();
  const known = tries.get(key);
  const current = known && now - known.from < windowSeconds * 1000 ? known : { count: 0, from: now };
  if (current.count >= mostTries) {
    const retryAfter = Math.ceil(windowSeconds - (now - current.from) / 1000);
    throw new DomainError('RATE_LIMITED', 'Too many tries to log in; wait before the next one.', { retryAfter });
  }
  tries.set(key, { ...current, count: current.count + 1 });
}

/** Forgets the tries of an address after one that succeeded. */
export function forgetLoginTries(app: App, email: string): void {
  triesOf(app).delete(keyOf(email));
}

function triesOf(app: App): Tries {
  const known = triesByApp.get(app);
  if (known) return known;
  const made: Tries = new BoundedMap(mostRemembered);
  triesByApp.set(app, made);
  return made;
}

function keyOf(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('base64url');
}
