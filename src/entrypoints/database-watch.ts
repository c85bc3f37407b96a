import type { WatchEvents } from '../platform/embedded-postgres/index.ts';
import type { Logger } from '../platform/log.ts';

/** Log lines written to a file leave in the background. */
const lastLinesMs = 100;

/**
 * What a process does about its embedded database: one line when it is lost, one when it is back. Where it can not be
 * brought back the process ends with code 1, for whoever supervises it; what was under way is done again at the next start.
 */
export function watchDatabase(log: Logger, say: (line: string) => void = () => undefined): WatchEvents {
  return {
    lost: () => {
      log.error('the embedded database has stopped; it is being started again');
      say('The embedded database has stopped; it is being started again …');
    },
    back: () => {
      log.info('the embedded database is back');
      say('The embedded database is back.');
    },
    gone: (error) => {
      log.fatal(error.message);
      process.stderr.write(`${error.message}\n`);
      setTimeout(() => process.exit(1), lastLinesMs);
    },
  };
}
