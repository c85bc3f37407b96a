import type { App } from '../platform/app-types.ts';

/** Moves queued facts on: at once when nudged, and once a second by itself. */
export interface RelayLoop {
  /** There are facts of these organizations; without names, of some. */
  nudge(organizations?: readonly string[]): void;
  /** Waits for the run under way and runs once more, so that nothing committed here stays behind. */
  stop(): Promise<void>;
}

const lookMs = 1_000;
const lookSoonMs = 50;
const patienceMs = 2_000;

/** One run at a time in this process; nudges that come meanwhile are one further run. */
export function startRelay(app: App): RelayLoop {
  let running: Promise<void> | null = null;
  let all = false;
  let named = new Set<string>();
  let later: NodeJS.Timeout | null = null;
  let stopped = false;

  const runOnce = async () => {
    const organizations = [...named];
    const everybody = all;
    all = false;
    named = new Set();
    if (everybody) return app.relay();
    // What is named is there for sure and need not be looked for. What had to wait for another process's relay is found
    // by a look a little later.
    later ??= setTimeout(() => {
      later = null;
      nudge();
    }, lookSoonMs);
    return app.relay(organizations, { once: true });
  };
  const run = async () => {
    do {
      try {
        await runOnce();
      } catch (error) {
        // The facts stay queued; the next look takes them.
        if (!stopped) app.log.warn({ err: error }, 'facts could not be published');
      }
    } while ((all || named.size > 0) && !stopped);
    running = null;
  };
  const nudge = (organizations?: readonly string[]) => {
    if (organizations) for (const organization of organizations) named.add(organization);
    else all = true;
    if (!running && !stopped) running = run();
  };
  const timer = setInterval(() => nudge(), lookMs);
  return {
    nudge,
    stop: async () => {
      clearInterval(timer);
      if (later) clearTimeout(later);
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
