import { createPostgresBackend, Queue, type QueueOptions, Worker, withBackend } from 'bullmq';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { connectRedis } from './redis.ts';

/** What a queue asks of BullMQ. */
export interface QueueBackend {
  queue: Pick<Queue, 'addBulk' | 'getWaitingCount' | 'getWaiting' | 'waitUntilReady' | 'close'>;
  worker(
    run: (job: { name: string; data: unknown }) => Promise<void>,
    concurrency: number,
    onError: (error: Error) => void,
  ): { close(): Promise<void> };
  end(): Promise<void>;
}

/** What a killed process had taken is handed out again after so long: wakes may come twice, so it may be short. */
const taking = { lockDuration: 12_000, stalledInterval: 6_000 };

/** BullMQ over Redis where one is configured, else over PostgreSQL. */
export function openBackend(name: string, databaseUrl: string, redisUrl: string | undefined): QueueBackend {
  return redisUrl ? redisBackend(name, redisUrl) : postgresBackend(name, databaseUrl);
}

function postgresBackend(name: string, databaseUrl: string): QueueBackend {
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
    queue: queue as unknown as QueueBackend['queue'],
    worker: (run, concurrency, onError) =>
      new PostgresWorker(name, (job) => run(job), { connection, concurrency, ...taking, autorun: true }).on(
        'error',
        onError,
      ),
    end: () => pool.end(),
  };
}

function redisBackend(name: string, redisUrl: string): QueueBackend {
  // Who leaves wakes must not wait for a Redis that is away, nor gather what it could not leave; who takes them waits.
  const sender = connectRedis(redisUrl, 2);
  const takers: Redis[] = [];
  sender.on('error', () => undefined);
  const queue = new Queue(name, { connection: sender } as QueueOptions);
  queue.on('error', () => undefined);
  return {
    queue,
    worker: (run, concurrency, onError) => {
      const connection = connectRedis(redisUrl, null);
      connection.on('error', () => undefined);
      takers.push(connection);
      return new Worker(name, (job) => run(job), { connection, concurrency, ...taking }).on('error', onError);
    },
    end: async () => {
      for (const connection of [sender, ...takers]) connection.disconnect();
    },
  };
}
