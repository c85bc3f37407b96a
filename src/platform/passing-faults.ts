import { setTimeout as pause } from 'node:timers/promises';
import { sqlState } from './transact.ts';

const passingClasses = new Set(['08', '40', '53', '55', '57', '58']);
/** The server has ended a transaction whose process was away for too long. */
const tookTooLong = '25P03';
const networkCodes = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether a fault says nothing about what was tried: the database was away or overloaded, or locks collided. */
export function isPassing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && networkCodes.has(code)) return true;
  const state = sqlState(error);
  if (state) return state === tookTooLong || passingClasses.has(state.slice(0, 2));
  const message = error instanceof Error ? error.message : '';
  return /connection terminated|timeout exceeded when trying to connect|Client (has encountered|was closed)/i.test(
    message,
  );
}

/** Ended by an operator or by its end, starting up, shut down; too many connections. */
const awayStates = new Set(['57P01', '57P02', '57P03', '57P05', '53300']);
const deepestCause = 4;

/**
 * Whether a fault says that the database does not answer: refused, cut off or out of connections, not just busy with
 * locks. Looked for among what the fault was caused by, too.
 */
export function isDatabaseAway(error: unknown): boolean {
  let fault = error;
  for (let depth = 0; depth < deepestCause && fault; depth += 1) {
    const state = sqlState(fault);
    // What has five characters may be a state or the name of a network fault; the latter are passing.
    if (state ? awayStates.has(state) || state.startsWith('08') || networkCodes.has(state) : isPassing(fault))
      return true;
    fault = (fault as { cause?: unknown }).cause;
  }
  return false;
}

const firstPauseMs = 200;
const mostTries = 6;

/**
 * Tries again, for some seconds, what failed only because the database was away: for what must not be forgotten and may
 * be done twice without harm. Throws the last fault, and any other one at once.
 */
export async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= mostTries || !isPassing(error)) throw error;
      await pause(firstPauseMs * 2 ** (tries - 1));
    }
  }
}
