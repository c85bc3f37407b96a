import type { Logger } from 'pino';
import { newId } from './id.ts';
import type { QueueBackend } from './queue-backends.ts';

/** Where wakes wait: BullMQ over PostgreSQL, or over Redis where one is configured. */
export interface QueueOptionsOf {
  databaseUrl: string;
  redisUrl: string | undefined;
  log: Logger;
  /** Several products or tests may share a Redis or a database. */
  name?: string;
}

/** Jobs are wakes: they say where to look, never what to do, so each may be lost, doubled or late. */
export interface WakeQueue {
  wake(job: string, data: unknown, options?: { key?: string; delayMs?: number }): void;
  /** Begins to hand out jobs to this process; `run` must be safe to repeat. Answers how to take no more of them. */
  work(run: (job: string, data: unknown) => Promise<void>, concurrency: number): WakeTaker;
  /** Jobs waiting, for the metrics. */
  waiting(): Promise<number>;
  /** How long the oldest of them has waited, in milliseconds; 0 when none waits. */
  lagMs(): Promise<number>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** What hands wakes to this process. */
export interface WakeTaker {
  /** Takes nothing new and waits for the runs under way; what is left waits for another process or for the beat. */
  stop(): Promise<void>;
}

interface Wake {
  job: string;
  data: unknown;
  key: string | undefined;
  delayMs: number;
}

/** Wakes of a few milliseconds travel together: one statement for all of them, and one job for those with the same key. */
const gatherMs = 4;
/** A steady stream of wakes leaves so often: each statement costs the database as much as the work of many. */
const gatherOnMs = 25;
/** A queue that is away is said so often, not for every wake. */
const sayEveryMs = 10_000;
/** Statements that wait for a queue that is away; wakes beyond them are left to the beat. */
const mostSending = 100;
const answerPatienceMs = 2_000;
/** A queue that does not answer must not hold up the end of the process. */
const closePatienceMs = 2_000;

type Say = (error: unknown, what: string) => void;

export function openQueue(options: QueueOptionsOf): WakeQueue {
  const name = options.name ?? 'perennial';
  let opening: Promise<QueueBackend> | null = null;
  // Loaded when first used: a process answers before it has read the library of its queue.
  const backend = () => {
    opening ??= import('./queue-backends.ts').then(({ openBackend }) =>
      openBackend(name, options.databaseUrl, options.redisUrl),
    );
    return opening;
  };
  const say = seldom((error, what) => options.log.warn({ err: error }, what));
  const sender = openSender(async (wakes) => (await backend()).queue.addBulk(wakes.map(toJob)), say);
  const ask = async <T>(question: (queue: QueueBackend['queue']) => Promise<T>) => question((await backend()).queue);
  let taker: WakeTaker | null = null;
  return {
    wake: sender.wake,
    work: (run, concurrency) => {
      const jobs: Parameters<QueueBackend['worker']>[0] = (job) => run(job.name, (job.data as { data: unknown }).data);
      const away = (error: Error) => say(error, 'the queue can not be reached');
      taker = takerOf(backend().then(({ worker }) => worker(jobs, concurrency, away)));
      return taker;
    },
    waiting: () =>
      orFail(
        answerPatienceMs,
        ask((queue) => queue.getWaitingCount()),
      ),
    lagMs: () => orFail(answerPatienceMs, ask(lagOf)),
    ready: async () => {
      await ask((queue) => queue.waitUntilReady());
    },
    close: async () => {
      const sent = sender.close();
      await taker?.stop();
      await atMost(closePatienceMs, sent);
      if (!opening) return;
      const { queue, end } = await opening;
      opening = null;
      await atMost(closePatienceMs, queue.close());
      await end();
    },
  };
}

/** Gathers wakes for a moment and sends them together; after `close` it takes no more, and sends what it has. */
function openSender(add: (wakes: readonly Wake[]) => Promise<unknown>, say: Say) {
  const sending = new Set<Promise<unknown>>();
  let gathered: Wake[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sentAt = Number.NEGATIVE_INFINITY;
  let closed = false;
  const send = () => {
    timer = null;
    sentAt = performance.now();
    const wakes = unique(gathered);
    gathered = [];
    if (sending.size >= mostSending) return say(new Error('the queue does not answer'), 'wakes were dropped');
    const sent: Promise<unknown> = add(wakes)
      // The tables know what is due and the worker looks by itself: a wake that could not be left is only a delay.
      .catch((error: unknown) => say(error, 'wakes could not be queued'))
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };
  const wake: WakeQueue['wake'] = (job, data, { key, delayMs = 0 } = {}) => {
    if (closed) return;
    gathered.push({ job, data, key, delayMs });
    timer ??= setTimeout(send, Math.max(gatherMs, sentAt + gatherOnMs - performance.now()));
  };
  const close = async () => {
    closed = true;
    if (timer) {
      clearTimeout(timer);
      send();
    }
    await Promise.allSettled([...sending]);
  };
  return { wake, close };
}

async function lagOf(queue: QueueBackend['queue']): Promise<number> {
  const [oldest] = await queue.getWaiting(0, 0);
  return oldest ? Math.max(0, performance.timeOrigin + performance.now() - oldest.timestamp) : 0;
}

function takerOf(working: Promise<{ close(): Promise<void> }>): WakeTaker {
  let stopping: Promise<void> | null = null;
  return {
    stop: () => {
      stopping ??= working.then((worker) => worker.close());
      return stopping;
    },
  };
}

function seldom(say: Say): Say {
  const last = new Map<string, number>();
  return (error, what) => {
    const now = performance.now();
    if (now - (last.get(what) ?? -sayEveryMs) < sayEveryMs) return;
    last.set(what, now);
    say(error, what);
  };
}

async function orFail<T>(milliseconds: number, awaited: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('the queue does not answer')), milliseconds);
  });
  awaited.catch(() => undefined);
  return Promise.race([awaited, late]).finally(() => clearTimeout(timer));
}

/** Waits for an end, but no longer than that, whatever becomes of it. */
async function atMost(milliseconds: number, awaited: Promise<unknown>): Promise<void> {
  await orFail(milliseconds, awaited).catch(() => undefined);
}

/** Of wakes that are one, the newest counts. */
function unique(wakes: readonly Wake[]): Wake[] {
  const kept = new Map<string, Wake>();
  for (const [index, wake] of wakes.entries()) kept.set(sameness(wake) ?? `#${index}`, wake);
  return [...kept.values()];
}

/** What makes wakes one. A wake for later must not swallow one for now, so the two are kept apart. */
function sameness({ job, key, delayMs }: Wake): string | undefined {
  return key === undefined ? undefined : `${job} ${delayMs > 0 ? 'later' : 'now'} ${key}`;
}

function toJob(wake: Wake) {
  const { job, data, delayMs } = wake;
  const jobId = newId();
  // BullMQ numbers jobs without such an id by a sequence that it makes, which the runtime role may not.
  const id = sameness(wake) ?? jobId;
  return {
    name: job,
    // Wrapped: not every place keeps a bare null or number as it is.
    data: { data: data ?? null },
    opts: {
      jobId,
      removeOnComplete: true,
      removeOnFail: { count: 200 },
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      // A wake that comes while its job runs is kept: what it announces may be newer than what the run has seen.
      deduplication: { id, keepLastIfActive: true },
    },
  };
}
