import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { connectRedis } from './redis.ts';

/** Counts what may be tried ten times in fifteen minutes, for all processes over one database. */
export interface TryCounter {
  /** Counts a try; answers 0, or if it was one too many the milliseconds until the next one may succeed. */
  count(key: string): Promise<number>;
  forget(key: string): Promise<void>;
  close(): Promise<void>;
}

const bounds = { points: 10, duration: 15 * 60, keyPrefix: 'perennial:login' };

/** Where tries are counted: in Redis where one is configured and there, else in the database. Connects at the first try. */
export function openTryCounter(options: { redisUrl: string | undefined; pool: Pool; log: Logger }): TryCounter {
  const { redisUrl, pool, log } = options;
  let redis: Redis | null = null;
  let opening: Promise<{
    limiter: RateLimiterAbstract;
    isRefusal: (error: unknown) => error is RateLimiterRes;
  }> | null = null;
  // Loaded at the first try: a process answers before it has read the library.
  const open = async () => {
    const { RateLimiterPostgres, RateLimiterRedis, RateLimiterRes } = await import('rate-limiter-flexible');
    const isRefusal = (error: unknown) => error instanceof RateLimiterRes;
    // The library sweeps what ended an hour ago, every five minutes, by a timer that keeps no process alive.
    const table = { storeType: 'pool', schemaName: 'limits', tableName: 'login_tries', tableCreated: true };
    const inDatabase = new RateLimiterPostgres({ ...bounds, ...table, storeClient: pool });
    if (!redisUrl) return { limiter: inDatabase, isRefusal };
    redis = connectRedis(redisUrl, 1, { commandTimeout: 1_000 });
    redis.on('error', (error) => log.debug({ err: error }, 'tries are counted in the database: no Redis'));
    const limiter = new RateLimiterRedis({ ...bounds, storeClient: redis, insuranceLimiter: inDatabase });
    return { limiter, isRefusal };
  };
  const opened = () => {
    opening ??= open();
    return opening;
  };
  return {
    count: async (key) => {
      const { limiter, isRefusal } = await opened();
      try {
        await limiter.consume(key);
        return 0;
      } catch (refused) {
        if (isRefusal(refused)) return Math.max(1, refused.msBeforeNext);
        throw refused;
      }
    },
    forget: async (key) => {
      await (await opened()).limiter.delete(key);
    },
    close: async () => {
      redis?.disconnect();
    },
  };
}
