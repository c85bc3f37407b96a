import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, wipeEmbeddedPostgres } from '../../../src/platform/embedded-postgres/index.ts';
import { migrate } from '../../../src/platform/migrate.ts';
import { cpuSeconds } from './cpu.ts';

/** One database of the bench's server. */
export interface BenchDatabase {
  readonly name: string;
  /** The role the product runs as. */
  readonly runtimeUrl: string;
  readonly ownerUrl: string;
  /** Passes every policy: loaders and limits are bare. */
  readonly superuserUrl: string;
}

/** A durable PostgreSQL of this run's own, with one migrated database to begin with. */
export interface BenchServer {
  readonly first: BenchDatabase;
  readonly version: string;
  /** A copy of a database to which nothing is connected: product and limit begin with the same rows and pages. */
  copy(from: BenchDatabase, name: string): Promise<BenchDatabase>;
  drop(database: BenchDatabase): Promise<void>;
  /** Writes everything dirty, so that no round pays for the one before. */
  checkpoint(): Promise<void>;
  /** Processor time of this process and of the server so far, in seconds; null where the system does not tell. */
  cpuSeconds(): number | null;
  stop(): Promise<void>;
}

/**
 * Starts the server in a temporary folder; `stop` removes it, and so does a signal that ends the bench. Durability is on,
 * as in production.
 */
export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
  // The server's user, which is not root, must reach it.
  chmodSync(folder, 0o711);
  const starting = startEmbeddedPostgres({ directory: `${folder}/postgresql`, port: 0, durable: true });
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      await (await starting).stop();
      await wipeEmbeddedPostgres(`${folder}/postgresql`);
    })().finally(() => rmSync(folder, { recursive: true, force: true }));
    return stopping;
  };
  const forget = stopOnSignals(stop);
  const server = await starting;
  await migrate({ ownerUrl: server.ownerUrl, runtimeUrl: server.runtimeUrl });
  const databaseOf = (name: string): BenchDatabase => ({
    name,
    runtimeUrl: withDatabase(server.runtimeUrl, name),
    ownerUrl: withDatabase(server.ownerUrl, name),
    superuserUrl: withDatabase(server.superuserUrl, name),
  });
  const [shown] = await runSql<{ data_directory: string }>(server.superuserUrl, 'show data_directory');
  const dataDirectory = shown!.data_directory;
  const admin = async (sql: string): Promise<void> => void (await runSql(server.superuserUrl, sql));
  return {
    first: databaseOf('perennial'),
    version: server.version,
    copy: async (from, name) => {
      await admin(`create database ${name} owner perennial_owner template ${from.name} strategy file_copy`);
      return databaseOf(name);
    },
    drop: (database) => admin(`drop database if exists ${database.name} with (force)`),
    checkpoint: () => admin('checkpoint'),
    cpuSeconds: () => cpuSeconds(dataDirectory),
    stop: async () => {
      await stop();
      forget();
    },
  };
}

/** Lets go of everything before a signal ends the process; answers how to forget about it. */
function stopOnSignals(stop: () => Promise<void>): () => void {
  const codes = { SIGINT: 130, SIGTERM: 143 } as const;
  const onSignal = (signal: keyof typeof codes) => {
    process.stderr.write(`${signal}: the bench stops and removes its database\n`);
    // What breaks from now on has its cause here and must not end the process before the database is gone.
    process.on('uncaughtException', () => undefined);
    const end = () => process.exit(codes[signal]);
    stop().then(end, end);
  };
  const signals = Object.keys(codes) as (keyof typeof codes)[];
  for (const signal of signals) process.once(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** Runs one text of SQL over a connection of its own. */
export async function runSql<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
