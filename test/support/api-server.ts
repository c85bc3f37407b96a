import pino from 'pino';
import { type Running, start } from '../../src/main.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { keyFor } from './live.ts';
import { makeOrganization } from './makers.ts';
import { testConfig } from './world.ts';

/** The doors as they are, over a database of their own, and credentials of one organization. */
export interface ApiServer {
  running: Running;
  database: TestDatabase;
  authorization: string;
  close(): Promise<void>;
}

/** Starts the doors without a worker, with this many connections, for a key with these permissions. */
export async function startApiServer(permissions: readonly string[], connections = 5): Promise<ApiServer> {
  const database = await testDatabase();
  const config = testConfig({
    database: { runtimeUrl: database.runtimeUrl, ownerUrl: undefined },
    role: 'api',
    http: { host: '127.0.0.1', port: 0, portIsGiven: true },
  });
  const running = await start({ config, log: pino({ level: 'silent' }), connections });
  const { authorization } = await keyFor(await makeOrganization(running.app), [...permissions]);
  const close = async () => {
    await running.stop();
    await database.drop();
  };
  return { running, database, authorization, close };
}
