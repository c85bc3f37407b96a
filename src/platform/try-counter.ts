import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { type RateLimiterAbstract, RateLimiterPostgres, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
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
  let limiter: RateLimiterAbstract | null = null;
  const open = (): RateLimiterAbstract => {
    const inDatabase = postgresLimiter(pool);
    if (!redisUrl) return inDatabase;
    redis = connectRedis(redisUrl, 1, { commandTimeout: 1_000 });
    redis.on('error', (error) => log.debug({ err: error }, 'tries are counted in the database: no Redis'));
    return new RateLimiterRedis({ ...bounds, storeClient: redis, insuranceLimiter: inDatabase });
  };
  const opened = () => {
    limiter ??= open();
    return limiter;
  };
  return {
    count: (key) =>
      opened()
        .consume(key)
        .then(
          () => 0,
          (refused: unknown) => {
            if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
            throw refused;
          },
        ),
    forget: async (key) => {
      await opened().delete(key);
    },
    close: async () => {
      redis?.disconnect();
    },
  };
}

/** The library sweeps what ended an hour ago, every five minutes, by a timer that keeps no process alive. */
function postgresLimiter(pool: Pool): RateLimiterPostgres {
  return new RateLimiterPostgres({
    ...bounds,
    storeClient: pool,
    storeType: 'pool',
    schemaName: 'limits',
    tableName: 'login_tries',
    tableCreated: true,
  });
}
