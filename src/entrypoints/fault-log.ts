import { isDatabaseAway } from '../platform/passing-faults.ts';

const seldomMs = 5_000;

/** What a log needs to be able to, for faults. */
interface Log {
  error(fields: object, message: string): void;
}

/** Writes a fault of ours down, with what is known of it. */
export type FaultLog = (log: Log, fault: unknown, message: string, fields?: object) => void;

/**
 * Each fault has its line, except that the database does not answer: every request then fails for the same reason, so
 * that is told every few seconds, with how many answers were like it since.
 */
export function faultLog(everyMs = seldomMs): FaultLog {
  let toldAt = Number.NEGATIVE_INFINITY;
  let quiet = 0;
  return (log, fault, message, fields = {}) => {
    if (!isDatabaseAway(fault)) return log.error({ err: fault, ...fields }, message);
    if (performance.now() - toldAt < everyMs) {
      quiet += 1;
      return;
    }
    log.error({ err: fault, ...fields, alike: quiet }, 'the database does not answer');
    toldAt = performance.now();
    quiet = 0;
  };
}
