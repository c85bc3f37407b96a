import { existsSync, lstatSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Credentials, ensureCluster, holdsCluster, layout } from './cluster.ts';
import { isLeased, takeLease } from './leases.ts';
import { choosePort, rememberPort } from './port.ts';
import { isServerOf, livePostmaster, removeStalePostmaster } from './postmaster.ts';
import { isSameProcess, processStart } from './processes.ts';
import { awaitRunning, launch, type Outcome, shutDown } from './server.ts';
import { homeFor, type ServerUser, serverUser } from './server-user.ts';
import { withStartLock } from './start-lock.ts';
import { DatabaseRemoved, type WatchEvents, watchServer } from './watch.ts';

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
  /** The server's process; another one after it was brought back. */
  readonly pid: number;
  readonly version: string;
  /** True when the server was found running, left by a killed process or shared with a living one. */
  readonly adopted: boolean;
  /**
   * From now on brings the server back, on its port and with its data, whenever its process is gone. Of several processes
   * that watch one folder the first starts it and the others adopt it. Returns how to leave it alone; stopping does, too.
   */
  watch(tell: WatchEvents): () => void;
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
    const parts = { home, binaries, user, credentials, durable };
    const { outcome, adopted } = await run(parts, { from: options.port });
    rememberPort(home, outcome.port);
    await ensureDatabase(outcome.port, credentials);
    const url = (role: string, password: string, database = 'perennial') =>
      `postgresql://${role}:${password}@127.0.0.1:${outcome.port}/${database}`;
    const use = new Use(home, outcome.pid, options.outlive ?? false);
    return {
      ownerUrl: url('perennial_owner', credentials.ownerPassword),
      runtimeUrl: url('perennial_app', credentials.runtimePassword),
      superuserUrl: url('postgres', credentials.superuserPassword, 'postgres'),
      directory: home,
      relocated,
      port: outcome.port,
      get pid() {
        return use.pid;
      },
      version: binaries.version,
      adopted,
      watch: (tell) => use.watch(tell, () => runAgain(parts, outcome.port, use)),
      stop: () => use.stop(),
    };
  });
}

/** Brings a server back on its port. Throws DatabaseRemoved where its data is not there any more. */
async function runAgain(parts: Parts, port: number, use: Use): Promise<void> {
  const { home, credentials } = parts;
  const removed = () =>
    new DatabaseRemoved(
      `The embedded database in ${home} was removed while it was used; start again to have a new one.`,
    );
  if (!existsSync(home)) throw removed();
  await withStartLock(home, async () => {
    if (use.ended) return;
    if (!holdsCluster(home, credentials)) throw removed();
    const { outcome } = await run(parts, { exactly: port });
    use.runsAs(outcome.pid);
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

type Parts = { home: string; binaries: Binaries; user: ServerUser; credentials: Credentials; durable: boolean };

/** Adopts the server that runs, or starts one: on the first free port from this one on, or on exactly this one. */
async function run(
  parts: Parts,
  where: { from?: number | undefined; exactly?: number },
): Promise<{ outcome: { pid: number; port: number }; adopted: boolean }> {
  const { home, binaries, user, credentials, durable } = parts;
  const { cluster } = layout(home);
  const taken = new Set<number>();
  let failure = '';
  for (let round = 0; round < 20; round += 1) {
    if (livePostmaster(cluster) !== undefined) {
      const running = settled(await awaitRunning(cluster, credentials.superuserPassword));
      if (running !== undefined) return { outcome: checkPort(running, where.exactly), adopted: true };
    }
    removeStalePostmaster(cluster);
    const port = await choosePort(home, where.exactly ?? where.from, taken);
    if (where.exactly !== undefined && port !== where.exactly) throw new Error(`port ${where.exactly} is taken`);
    const result = await launch(home, binaries, user, port, credentials.superuserPassword, durable);
    if ('pid' in result) return { outcome: result, adopted: false };
    failure = result.failure;
    if (/could not bind|could not create any TCP/.test(failure)) taken.add(port);
    else if (/pre-existing shared memory|postmaster\.pid/.test(failure)) await quarterSecond();
    else break;
  }
  throw new Error(`PostgreSQL did not start:\n${failure}`);
}

function checkPort<T extends { port: number }>(running: T, exactly: number | undefined): T {
  if (exactly === undefined || running.port === exactly) return running;
  throw new Error(`another process has started it on port ${running.port} instead of ${exactly}`);
}

function settled(outcome: Outcome | undefined): { pid: number; port: number } | undefined {
  return outcome !== undefined && 'pid' in outcome ? outcome : undefined;
}

function quarterSecond(): Promise<void> {
  return new Promise((done) => setTimeout(done, 250));
}

/** That this process uses the server: noted in its folder until it stops or the process ends. */
class Use {
  /** From its stop on nothing brings the server back. */
  ended = false;
  private process: { pid: number; began: string | undefined };
  private stopping: Promise<void> | undefined;
  private readonly watches: (() => void)[] = [];
  private readonly giveBack: () => void;
  private readonly whenWeDie: () => void;
  private readonly home: string;

  constructor(home: string, pid: number, outlive: boolean) {
    const { cluster } = layout(home);
    this.home = home;
    this.process = { pid, began: processStart(pid) };
    this.giveBack = takeLease(home);
    this.whenWeDie = () => {
      this.giveBack();
      if (!outlive && !isLeased(home) && isServerOf(this.pid, cluster)) process.kill(this.pid, 'SIGINT');
    };
    process.once('exit', this.whenWeDie);
  }

  get pid(): number {
    return this.process.pid;
  }

  runsAs(pid: number): void {
    this.process = { pid, began: processStart(pid) };
  }

  watch(tell: WatchEvents, startAgain: () => Promise<void>): () => void {
    const isAlive = () => isSameProcess(this.process.pid, this.process.began);
    const leave = watchServer({ isAlive, startAgain }, tell);
    this.watches.push(leave);
    return leave;
  }

  stop(): Promise<void> {
    this.ended = true;
    for (const leave of this.watches) leave();
    this.stopping ??= this.stopOnce();
    return this.stopping;
  }

  private async stopOnce(): Promise<void> {
    const { home } = this;
    process.off('exit', this.whenWeDie);
    // Wiped meanwhile, and stopped with that.
    if (!existsSync(home)) return;
    await withStartLock(home, async () => {
      this.giveBack();
      if (!isLeased(home)) await shutDown(this.pid, layout(home).cluster);
    });
  }
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
