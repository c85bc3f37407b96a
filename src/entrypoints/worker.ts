import type { App } from '../platform/app-types.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Job } from '../platform/module.ts';
import type { WakeQueue } from '../platform/queue.ts';

export interface Worker {
  /** Takes nothing new and waits for what runs. */
  stop(): Promise<void>;
}

const jobsAtOnce = 8;

/**
 * Runs the modules' jobs: when the queue wakes one, and each by its own beat, since a queue may be lost and the tables
 * not. A job that fails is logged and due again at its next beat.
 */
export function startWorker(app: App, queue: WakeQueue, metrics?: Metrics): Worker {
  const running = new Set<Promise<void>>();
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  const failures = metrics?.counter('perennial_job_failures_total', 'Runs of jobs that failed.', ['job']);
  const durations = metrics?.histogram('perennial_job_seconds', 'How long runs of jobs take.', ['job']);

  const run = (job: Job, data: unknown): Promise<void> => {
    const stop = durations?.startTimer({ job: job.name });
    const done: Promise<void> = job
      .run(app, data)
      .catch((error: unknown) => {
        failures?.inc({ job: job.name });
        app.log.error({ err: error, job: job.name }, 'a job failed');
      })
      .finally(() => {
        stop?.();
        running.delete(done);
      });
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
  queue.work(async (name, data) => {
    const job = app.jobs.get(name);
    if (job && !stopped) await run(job, data ?? undefined);
  }, jobsAtOnce);

  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled([...running]);
    },
  };
}
