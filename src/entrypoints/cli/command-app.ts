import { createApp, type Wires } from '../../app.ts';
import { type Config, loadConfig } from '../../config.ts';
import { modules } from '../../modules.ts';
import type { App } from '../../platform/app-types.ts';
import { wallClock } from '../../platform/clock.ts';
import { openDatabase } from '../../platform/database-session.ts';
import { createLogger } from '../../platform/log.ts';
import { migrate, pendingMigrations } from '../../platform/migrate.ts';

/** A command wakes nobody: what it leaves is found by the next look of a worker, within a second or a few. */
const silentWires: Wires = {
  wake: () => undefined,
  ring: () => undefined,
  hear: () => undefined,
  close: async () => undefined,
};

/** Runs a command's work with an app over the configured database, and lets go of both. Throws if migrations are pending. */
export async function withApp<T>(run: (app: App, config: Config) => Promise<T>): Promise<T> {
  const config = loadConfig('database');
  const session = await openDatabase(config);
  try {
    const { ownerUrl, runtimeUrl } = session;
    if (session.embedded && ownerUrl) await migrate({ ownerUrl, runtimeUrl });
    if ((await pendingMigrations(runtimeUrl)).length > 0) {
      throw new Error('The database is behind. Run: npx perennial migrate');
    }
    const log = createLogger({ level: config.logLevel });
    const parts = { config, databaseUrl: runtimeUrl, connections: 5, clock: wallClock, log, modules };
    const app = await createApp({ ...parts, wires: silentWires });
    try {
      return await run(app, config);
    } finally {
      await app.close();
    }
  } finally {
    await session.close();
  }
}
