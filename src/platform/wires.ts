import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type Bell, postgresBell, redisBell } from './bell.ts';
import { openQueue, type WakeQueue } from './queue.ts';

/** The queue and the bell of a process, over Redis where one is configured, else over the database. */
export function openWires(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  pool: () => Pool;
  log: Logger;
  name?: string;
}): { queue: WakeQueue; bell: Bell } {
  const { databaseUrl, redisUrl, log } = options;
  return {
    queue: openQueue({ databaseUrl, redisUrl, log, ...(options.name ? { name: options.name } : {}) }),
    bell: redisUrl ? redisBell(redisUrl, log) : postgresBell(databaseUrl, options.pool, log),
  };
}
