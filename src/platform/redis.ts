import { Redis } from 'ioredis';

/**
 * A connection to Redis. `retriesPerRequest`: how often a command is sent anew before it fails; null waits for as long as it
 * takes. Let go of while its server is away, the driver would keep the process for two seconds more, by a timer for a
 * socket that has long been closed.
 */
export function connectRedis(url: string, retriesPerRequest: number | null, more: { commandTimeout?: number } = {}) {
  return new Redis(url, { maxRetriesPerRequest: retriesPerRequest, disconnectTimeout: 100, ...more });
}
