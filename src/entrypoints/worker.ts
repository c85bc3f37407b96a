import type { App } from '../platform/app-types.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Job } from '../platform/module.ts';
import type { WakeQueue } from '../platform/queue.ts';
import { faultLog } from './fault-log.ts';

export interface Worker {
  /** Takes nothing new, asks what runs to leave off at its next resting place, and waits for that. */
  stop(): Promise<void>;
}

/** Wakes taken from the queue at a time; how many runs of one job that may mean, the job says. */
const wakesAtOnce = 32;
const runsOfAJob = 4;

/** Lets at most so many through at a time; the others wait for their turn in order. */
function turnstile(most: number): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  return async () => {
    if (inside >= most) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    return leave;
  };
}

/**
 * Runs the modules' jobs: when the queue wakes one, and each by its own beat, since a queue may be lost and the tables
 * not. A job that fails is logged and due again at its next beat.
 */
export function startWorker(app: App, queue: WakeQueue, metrics?: Metrics): Worker {
  const tell = faultLog();
  const running = new Set<Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  const turnstiles = new Map<string, () => Promise<() => void>>();
  const ending = new AbortController();
  let stopped = false;
  const failures = metrics?.counter('perennial_job_failures_total', 'Runs of jobs that failed.', ['job']);
  const durations = metrics?.histogram('perennial_job_seconds', 'How long runs of jobs take.', ['job']);

  for (const job of app.jobs.values()) turnstiles.set(job.name, turnstile(job.concurrency ?? runsOfAJob));

  const runInTurn = async (job: Job, data: unknown): Promise<void> => {
    const leave = await turnstiles.get(job.name)!();
    const stop = stopped ? null : durations?.startTimer({ job: job.name });
    try {
      if (!stopped) await job.run(app, data, ending.signal);
    } catch (error) {
      failures?.inc({ job: job.name });
      tell(app.log, error, 'a job failed', { job: job.name });
    } finally {
      stop?.();
      leave();
    }
  };
  const run = (job: Job, data: unknown): Promise<void> => {
    const done: Promise<void> = runInTurn(job, data).finally(() => running.delete(done));
    running.add(done);
    return done;
  };

  const beat = (job: Job) => {
    if (stopped) return;
    const timer: NodeJS.Timeout = setTimeout(async () => {
      timers.delete(timer);
      if (stopped) return;
      await run(job, undefined);
      beat(job);
    }, job.everyMs);
    timers.add(timer);
  };

  for (const job of app.jobs.values()) if (job.everyMs > 0) beat(job);
  const taker = queue.work(async (name, data) => {
    const job = app.jobs.get(name);
    if (job && !stopped) await run(job, data ?? undefined);
  }, wakesAtOnce);

  return {
    stop: async () => {
      stopped = true;
      ending.abort();
      for (const timer of timers) clearTimeout(timer);
      await taker.stop();
      await Promise.allSettled([...running]);
    },
  };
}
