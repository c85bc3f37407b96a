import type { Logger } from 'pino';
import type { Wires } from '../../src/app.ts';
import type { RelayLoop } from '../../src/entrypoints/relay.ts';
import type { App } from '../../src/platform/app-types.ts';
import { openWires } from '../../src/platform/wires.ts';

/** The wires of a process as `main` lays them: the relay is nudged here, everything else goes by queue and bell. */
export function realWires(options: { databaseUrl: string; redisUrl: string | undefined; log: Logger }): {
  wires: Wires;
  start(app: App, relay: RelayLoop | null): void;
  stop(): Promise<void>;
} {
  const held: { app?: App; relay?: RelayLoop | null } = {};
  const { queue, bell } = openWires({ ...options, pool: () => held.app!.database.pool });
  return {
    wires: {
      wake: (job, data, how) => (job === 'relay' ? held.relay?.nudge(data as string[]) : queue.wake(job, data, how)),
      ring: (word) => bell.ring(word),
      hear: (heard) => bell.hear(heard),
      close: async () => {
        await queue.close();
        await bell.close();
      },
    },
    start: (app, relay) => {
      held.app = app;
      held.relay = relay;
    },
    stop: async () => {
      await held.relay?.stop();
    },
  };
}
