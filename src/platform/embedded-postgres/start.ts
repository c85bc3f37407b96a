import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Credentials, ensureCluster, layout } from './cluster.ts';
import { isLeased, takeLease } from './leases.ts';
import { choosePort, rememberPort } from './port.ts';
import { isServerOf, livePostmaster, removeStalePostmaster } from './postmaster.ts';
import { awaitRunning, launch, type Outcome, shutDown } from './server.ts';
import { homeFor, type ServerUser, serverUser } from './server-user.ts';
import { withStartLock } from './start-lock.ts';

/** How to start an embedded PostgreSQL. */
export type EmbeddedPostgresOptions = {
  /** Folder the database is to live in; made if missing. */
  readonly directory: string;
  /** Port to try first; 0 lets the system choose. Left out: the one of the last start, else the first free one. */
  readonly port?: number;
  /** False gives up safety against power loss for speed, for tests only. */
  readonly durable?: boolean;
  /** True lets the server run on when this process ends without stopping it. */
  readonly outlive?: boolean;
};

/** A running embedded PostgreSQL. */
export type EmbeddedPostgres = {
  /** Connection of the role that owns the database `perennial` and may make roles. */
  readonly ownerUrl: string;
  /** Connection of the role that owns nothing; the role itself is made by the migrations. */
  readonly runtimeUrl: string;
  readonly superuserUrl: string;
  /** Where the database lies; not the wanted folder when the server's user cannot reach that one. */
  readonly directory: string;
  readonly relocated: boolean;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  /** True when the server was found running, left by a killed process or shared with a living one. */
  readonly adopted: boolean;
  /** Stops the server, unless another living process uses it too. Everything else must be closed before. */
  stop(): Promise<void>;
};

type Place = { home: string; user: ServerUser; relocated: boolean };

/**
 * Starts PostgreSQL out of the installed packages, or adopts the one that already runs on this folder. Needs no
 * installed PostgreSQL, no rights and no network; listens on loopback only. Safe to call from several processes.
 *
 * Throws when this platform has no binaries, or the server does not start (with the end of its log).
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { home, user, relocated } = placeOf(options.directory);
  return withStartLock(home, async () => {
    const durable = options.durable ?? true;
    const binaries = findBinaries(user, home);
    const credentials = await ensureCluster(home, binaries, user, durable);
    const { outcome, adopted } = await run(home, binaries, user, credentials, options.port, durable);
    rememberPort(home, outcome.port);
    await ensureDatabase(outcome.port, credentials);
    const url = (role: string, password: string, database = 'perennial') =>
      `postgresql://${role}:${password}@127.0.0.1:${outcome.port}/${database}`;
    return {
      ownerUrl: url('perennial_owner', credentials.ownerPassword),
      runtimeUrl: url('perennial_app', credentials.runtimePassword),
      superuserUrl: url('postgres', credentials.superuserPassword, 'postgres'),
      directory: home,
      relocated,
      port: outcome.port,
      pid: outcome.pid,
      version: binaries.version,
      adopted,
      stop: use(home, outcome.pid, options.outlive ?? false),
    };
  });
}

/** Stops the server of this folder, if it runs, and removes the folder with all its data. */
export async function wipeEmbeddedPostgres(directory: string): Promise<void> {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return;
  const { home } = placeOf(directory);
  await withStartLock(home, async () => {
    const { cluster } = layout(home);
    const running = livePostmaster(cluster);
    if (running !== undefined) await shutDown(running.pid, cluster);
    rmSync(layout(home).instance, { recursive: true, force: true });
  });
  rmSync(home, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
}

function placeOf(directory: string): Place {
  const wanted = resolve(directory);
  const user = serverUser();
  const home = homeFor(user, wanted);
  // PostgreSQL reports real paths, and we compare with them.
  return { home: realpathSync(home), user, relocated: home !== wanted };
}

async function run(
  home: string,
  binaries: Binaries,
  user: ServerUser,
  credentials: Credentials,
  wantedPort: number | undefined,
  durable: boolean,
): Promise<{ outcome: { pid: number; port: number }; adopted: boolean }> {
  const { cluster } = layout(home);
  const taken = new Set<number>();
  let failure = '';
  for (let round = 0; round < 20; round += 1) {
    if (livePostmaster(cluster) !== undefined) {
      const running = settled(await awaitRunning(cluster, credentials.superuserPassword));
      if (running !== undefined) return { outcome: running, adopted: true };
    }
    removeStalePostmaster(cluster);
    const port = await choosePort(home, wantedPort, taken);
    const result = await launch(home, binaries, user, port, credentials.superuserPassword, durable);
    if ('pid' in result) return { outcome: result, adopted: false };
    failure = result.failure;
    if (/could not bind|could not create any TCP/.test(failure)) taken.add(port);
    else if (/pre-existing shared memory|postmaster\.pid/.test(failure)) await quarterSecond();
    else break;
  }
  throw new Error(`PostgreSQL did not start:\n${failure}`);
}

function settled(outcome: Outcome | undefined): { pid: number; port: number } | undefined {
  return outcome !== undefined && 'pid' in outcome ? outcome : undefined;
}

function quarterSecond(): Promise<void> {
  return new Promise((done) => setTimeout(done, 250));
}

/** Registers this process as a user of the server and returns how it stops using it. */
function use(home: string, pid: number, outlive: boolean): () => Promise<void> {
  const { cluster } = layout(home);
  const giveBack = takeLease(home);
  const whenWeDie = () => {
    giveBack();
    if (!outlive && !isLeased(home) && isServerOf(pid, cluster)) process.kill(pid, 'SIGINT');
  };
  process.once('exit', whenWeDie);
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    process.off('exit', whenWeDie);
    // Wiped meanwhile, and stopped with that.
    if (!existsSync(home)) return;
    await withStartLock(home, async () => {
      giveBack();
      if (!isLeased(home)) await shutDown(pid, cluster);
    });
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function ensureDatabase(port: number, credentials: Credentials): Promise<void> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: credentials.superuserPassword,
    database: 'postgres',
  });
  await client.connect();
  try {
    const role = await client.query(`select 1 from pg_roles where rolname = 'perennial_owner'`);
    if (role.rowCount === 0) {
      const password = client.escapeLiteral(credentials.ownerPassword);
      await client.query(`create role perennial_owner login createrole password ${password}`);
    }
    const database = await client.query(`select 1 from pg_database where datname = 'perennial'`);
    if (database.rowCount === 0) await client.query('create database perennial owner perennial_owner');
  } finally {
    await client.end();
  }
}
