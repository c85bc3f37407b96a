import pino from 'pino';
import { createApp, type Wires } from '../../../src/app.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import { modules } from '../../../src/modules.ts';
import type { App } from '../../../src/platform/app-types.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import type { BenchDatabase } from './server.ts';

/** Nothing is woken and nobody is told: what a bench measures it calls itself. */
const silentWires: Wires = {
  wake: () => undefined,
  ring: () => undefined,
  hear: () => undefined,
  close: async () => undefined,
};

/** Settings as of a development start, without a word in the log. */
export function benchConfig(changes: Partial<Config> = {}): Config {
  const secrets = {
    encryptionKey: Buffer.alloc(32, 7).toString('base64'),
    jwtSecret: 'only the benches know this secret, '.repeat(2),
  };
  return Object.freeze({ ...readConfig({ LOG_LEVEL: 'silent' }, () => secrets), ...changes });
}

/** The product's app over one of the bench's databases. */
export function openProduct(database: BenchDatabase, clock: Clock, connections = 10): Promise<App> {
  return createApp({
    config: benchConfig(),
    databaseUrl: database.runtimeUrl,
    connections,
    clock,
    log: pino({ level: 'silent' }),
    modules,
    wires: silentWires,
  });
}
