import { createPostgresBackend, Queue, type QueueOptions, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Logger } from 'pino';

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
  /** Begins to hand out jobs to this process; `run` must be safe to repeat. */
  work(run: (job: string, data: unknown) => Promise<void>, concurrency: number): void;
  /** Jobs waiting, for the metrics. */
  waiting(): Promise<number>;
  ready(): Promise<void>;
  close(): Promise<void>;
}

interface Wake {
  job: string;
  data: unknown;
  key: string | undefined;
  delayMs: number;
}

interface Backend {
  queue: Pick<Queue, 'addBulk' | 'getWaitingCount' | 'waitUntilReady' | 'close'>;
  worker(
    run: (job: { name: string; data: unknown }) => Promise<void>,
    concurrency: number,
  ): Pick<Worker, 'close' | 'on'>;
  end(): Promise<void>;
}

/** Wakes of a few milliseconds travel together: one statement for all of them, and one job for those with the same key. */
const gatherMs = 4;

export function openQueue(options: QueueOptionsOf): WakeQueue {
  const name = options.name ?? 'perennial';
  const backend = options.redisUrl ? redisBackend(name, options.redisUrl) : postgresBackend(name, options.databaseUrl);
  const { log } = options;
  let gathered: Wake[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<unknown> = Promise.resolve();
  let worker: Pick<Worker, 'close' | 'on'> | null = null;

  const send = () => {
    timer = null;
    const wakes = unique(gathered);
    gathered = [];
    sending = backend.queue.addBulk(wakes.map(toJob)).catch((error: unknown) => {
      // The tables know what is due and the worker looks by itself: a wake that could not be left is only a delay.
      log.warn({ err: error, wakes: wakes.length }, 'wakes could not be queued');
    });
  };

  return {
    wake: (job, data, { key, delayMs = 0 } = {}) => {
      gathered.push({ job, data, key, delayMs });
      timer ??= setTimeout(send, gatherMs);
    },
    work: (run, concurrency) => {
      worker = backend.worker(({ name: job, data }) => run(job, data), concurrency);
      worker.on('error', (error: Error) => log.warn({ err: error }, 'the queue can not be reached'));
    },
    waiting: () => backend.queue.getWaitingCount(),
    ready: async () => {
      await backend.queue.waitUntilReady();
    },
    close: async () => {
      if (timer) {
        clearTimeout(timer);
        send();
      }
      await sending;
      await worker?.close();
      await backend.queue.close();
      await backend.end();
    },
  };
}

function unique(wakes: readonly Wake[]): Wake[] {
  const kept = new Map<string, Wake>();
  for (const [index, wake] of wakes.entries()) {
    kept.set(wake.key === undefined ? `#${index}` : `${wake.job} ${wake.key}`, wake);
  }
  return [...kept.values()];
}

function toJob({ job, data, key, delayMs }: Wake) {
  return {
    name: job,
    data: data ?? null,
    opts: {
      removeOnComplete: true,
      removeOnFail: { count: 200 },
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      // A wake that comes while its job runs is kept: what it announces may be newer than what the run has seen.
      ...(key === undefined ? {} : { deduplication: { id: `${job} ${key}`, keepLastIfActive: true } }),
    },
  };
}

function postgresBackend(name: string, databaseUrl: string): Backend {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 6,
    options: '-c search_path="bullmq"',
    application_name: 'perennial queue',
  });
  pool.on('error', () => undefined);
  const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);
  const connection = { connectionString: databaseUrl, schema: 'bullmq', skipMigrations: true, max: 6 };
  const queue = new PostgresQueue(name, { connection: pool });
  queue.on('error', () => undefined);
  return {
    queue: queue as unknown as Backend['queue'],
    worker: (run, concurrency) =>
      new PostgresWorker(name, (job) => run(job), { connection, concurrency, autorun: true }) as unknown as Worker,
    end: () => pool.end(),
  };
}

function redisBackend(name: string, redisUrl: string): Backend {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null, lazyConnect: false });
  connection.on('error', () => undefined);
  const queue = new Queue(name, { connection } as QueueOptions);
  queue.on('error', () => undefined);
  return {
    queue,
    worker: (run, concurrency) => new Worker(name, (job) => run(job), { connection, concurrency }),
    end: async () => {
      await connection.quit().catch(() => undefined);
    },
  };
}
