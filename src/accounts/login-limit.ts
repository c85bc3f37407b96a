import { createHmac } from 'node:crypto';
import type { App } from '../platform/app-types.ts';
import { DomainError } from '../platform/errors.ts';

/**
 * Counts a try to log in with an e-mail address, whether anybody has it or not; at most ten in fifteen minutes, over all
 * processes together. RATE_LIMITED beyond, with the seconds to wait.
 */
export async function countLoginTry(app: App, email: string): Promise<void> {
  const waitMs = await app.tries.count(keyOf(app, email));
  if (waitMs === 0) return;
  const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
  throw new DomainError('RATE_LIMITED', 'Too many tries to log in; wait before the next one.', { retryAfter });
}

/** Forgets the tries of an address after one that succeeded. */
export async function forgetLoginTries(app: App, email: string): Promise<void> {
  await app.tries.forget(keyOf(app, email));
}

/** Not the address itself, nor what it could be guessed from: whoever reads the counts learns nothing. */
function keyOf(app: App, email: string): string {
  return createHmac('sha256', app.config.jwtSecret).update(`login ${email.toLowerCase()}`).digest('base64url');
}
