import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/embedded-postgres/index.ts';
import { processStart } from '../../src/platform/embedded-postgres/processes.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { asSuperuser, OWNER, RUNTIME, type TestServer, testRunFolder, testServer, urlFor } from './test-run.ts';

/** A migrated, empty database of one test file's own. */
export type TestDatabase = {
  readonly name: string;
  /** Connection of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Connection of the role the product runs as. */
  readonly runtimeUrl: string;
  /** Connection that passes every policy, to look behind the scenes. */
  readonly superuserUrl: string;
  /** Ends all connections to the database and removes it. */
  drop(): Promise<void>;
};

/**
 * A fresh copy of the migrated template, in the server all tests of the run share (PostgreSQL 18 in a folder of its
 * own, or the one PERENNIAL_TEST_DATABASE_URL names). Drop it in `afterAll`, after everything connected to it is closed.
 */
export async function testDatabase(): Promise<TestDatabase> {
  return makeDatabase((server) => server.template);
}

/** An unmigrated database of one's own, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(() => 'template0');
}

/** Sessions of the tests themselves, by address: a look behind the scenes costs less than to make a session for it. */
const sessions = new Map<string, pg.Pool>();

async function makeDatabase(template: (server: TestServer) => string): Promise<TestDatabase> {
  const server = await testServer();
  const name = `${server.template}_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asSuperuser(server, [`create database ${name} owner ${OWNER} template ${template(server)}`]);
  const ownerUrl = urlFor(server, OWNER, name);
  const runtimeUrl = urlFor(server, RUNTIME, name);
  const superuserUrl = urlFor(server, undefined, name);
  const urls = [ownerUrl, runtimeUrl, superuserUrl];
  for (const url of urls) sessions.set(url, looker(url));
  const drop = async () => {
    for (const url of urls) {
      await sessions.get(url)?.end();
      sessions.delete(url);
    }
    await asSuperuser(server, [`drop database if exists ${name} with (force)`]);
  };
  return { name, ownerUrl, runtimeUrl, superuserUrl, drop };
}

function looker(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 4, allowExitOnIdle: true });
  // Tests end sessions; the next look takes another one.
  pool.on('error', () => undefined);
  return pool;
}

/** A server of one test's own, to be stopped hard and started again. */
export type CrashableServer = {
  readonly ownerUrl: string;
  readonly runtimeUrl: string;
  readonly superuserUrl: string;
  /** Stops it without a checkpoint (`SIGQUIT`, as `pg_ctl -m immediate`) or kills its main process (`SIGKILL`). */
  crash(signal?: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port; it recovers from its log first. */
  restart(): Promise<void>;
  /** Stops it properly and for good. */
  stop(): Promise<void>;
};

/** A migrated embedded server that may be crashed. Durable unless told otherwise: that is what a crash is to show. */
export async function crashableServer(options: { durable?: boolean } = {}): Promise<CrashableServer> {
  const directory = `${testRunFolder()}/postgresql-${randomBytes(4).toString('hex')}`;
  const durable = options.durable ?? true;
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ directory, port: 0, durable });
  const { ownerUrl, runtimeUrl, port } = server;
  await migrate({ ownerUrl, runtimeUrl });
  const superuser = new URL(server.superuserUrl);
  superuser.pathname = '/perennial';
  return {
    ownerUrl,
    runtimeUrl,
    superuserUrl: superuser.href,
    crash: async (signal = 'SIGQUIT') => {
      process.kill(server.pid, signal);
      while (processStart(server.pid) !== undefined) await new Promise((done) => setImmediate(done));
    },
    restart: async () => {
      const before = server;
      server = await startEmbeddedPostgres({ directory, port, durable });
      if (server.port !== port) throw new Error(`Port ${port} was taken by somebody else meanwhile`);
      if (before.pid === server.pid) throw new Error('The server had not stopped');
    },
    stop: () => server.stop(),
  };
}

/** What leaves nothing behind in its session, nor ends sessions of others. */
const passing = /^\s*(select|with|insert|update|delete)\b(?!.*(set_config|pg_terminate_backend|advisory))/is;

/** Runs one statement and returns its rows: in a session of its own if that could tell the difference. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const known = sessions.get(url);
  if (known && passing.test(sql)) return (await known.query<Row>(sql, values)).rows;
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
