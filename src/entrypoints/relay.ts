import type { App } from '../platform/app-types.ts';

/** Moves queued facts on: at once when nudged, and once a second by itself. */
export interface RelayLoop {
  nudge(): void;
  /** Waits for the run under way and runs once more, so that nothing committed here stays behind. */
  stop(): Promise<void>;
}

const lookMs = 1_000;
const patienceMs = 2_000;

/** One run at a time in this process; nudges that come meanwhile are one further run. */
export function startRelay(app: App): RelayLoop {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const run = async () => {
    do {
      again = false;
      try {
        await app.relay();
      } catch (error) {
        // The facts stay queued; the next look takes them.
        if (!stopped) app.log.warn({ err: error }, 'facts could not be published');
      }
    } while (again && !stopped);
    running = null;
  };
  const nudge = () => {
    if (running) again = true;
    else if (!stopped) running = run();
  };
  const timer = setInterval(nudge, lookMs);
  return {
    nudge,
    stop: async () => {
      clearInterval(timer);
      stopped = true;
      await running;
      const last = app.relay().then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([last, new Promise((done) => setTimeout(done, patienceMs).unref())]);
    },
  };
}
