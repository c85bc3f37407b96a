import type { SimulatorClock } from './clock.ts';
import { ApiError, invalidRequest } from './errors.ts';

/** An answer as it goes over the wire. */
export interface Answer {
  status: number;
  body: object;
  headers: Record<string, string>;
}

interface Entry {
  endpoint: string;
  fingerprint: string;
  requestId: string;
  startedAt: number;
  /** Absent while the first request is still being carried out. */
  answer?: Answer;
}

/** Stripe's store of idempotency keys (docs.stripe.com/api/idempotent_requests). */
export interface IdempotencyStore {
  /**
   * Takes the key for a request, or gives the kept answer.
   *
   * @throws ApiError 400 idempotency_error when the key was used differently, 409 while its first request runs.
   */
  begin(
    key: string,
    request: { endpoint: string; fingerprint: string; id: string },
  ): (Answer & { original: string }) | undefined;
  /** Keeps the answer; execution had begun. */
  keep(key: string, answer: Answer): void;
  /** Forgets the key: validation failed or a conflict arose, so the request may be sent again. */
  forget(key: string): void;
}

const KEPT_MILLISECONDS = 24 * 3600 * 1000;
const LONGEST_KEY = 255;

/** A store whose keys expire 24 hours (of simulated time) after their first use. */
export function createIdempotencyStore(clock: SimulatorClock): IdempotencyStore {
  const entries = new Map<string, Entry>();
  return {
    begin: (key, request) => {
      if (key.length > LONGEST_KEY) {
        throw invalidRequest(`Idempotency keys can be at most ${LONGEST_KEY} characters long.`);
      }
      const entry = entries.get(key);
      if (!entry || clock.milliseconds() - entry.startedAt >= KEPT_MILLISECONDS) {
        const { endpoint, fingerprint, id } = request;
        entries.set(key, { endpoint, fingerprint, requestId: id, startedAt: clock.milliseconds() });
        return undefined;
      }
      checkSameUse(key, entry, request);
      if (!entry.answer) {
        throw inUse();
      }
      return { ...entry.answer, original: entry.requestId };
    },
    keep: (key, answer) => {
      const entry = entries.get(key);
      if (entry) {
        entry.answer = answer;
      }
    },
    forget: (key) => {
      entries.delete(key);
    },
  };
}

function checkSameUse(key: string, entry: Entry, request: { endpoint: string; fingerprint: string }): void {
  const retry = `Try using a key other than '${key}' if you meant to execute a different request.`;
  if (entry.endpoint !== request.endpoint) {
    throw new ApiError(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${entry.endpoint}'). ${retry}`,
    });
  }
  if (entry.fingerprint !== request.fingerprint) {
    throw new ApiError(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. ${retry}`,
    });
  }
}

function inUse(): ApiError {
  return new ApiError(409, {
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message:
      'There is currently another in-progress request using this Stripe account with that idempotent key (that probably means you ' +
      'submitted twice, and the other request is still going through). Try again soon.',
  });
}
