import { spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Binaries } from './binaries.ts';
import { layout, serverEnvironment } from './cluster.ts';
import { isServerOf, livePostmaster } from './postmaster.ts';
import { processStart } from './processes.ts';
import type { ServerUser } from './server-user.ts';

const START_MS = 60_000;
const LOG_BYTES = 10_000_000;

/** What came of one try to start: a server that answers, or why not. */
export type Outcome = { readonly pid: number; readonly port: number } | { readonly failure: string };

/** Starts the server process and waits until it answers. The process outlives us: it is adopted by the next start. */
export async function launch(
  home: string,
  binaries: Binaries,
  user: ServerUser,
  port: number,
  password: string,
  durable: boolean,
): Promise<Outcome> {
  const { cluster, log } = layout(home);
  const from = existsSync(log) && statSync(log).size < LOG_BYTES ? statSync(log).size : 0;
  const output = openSync(log, from === 0 ? 'w' : 'a', 0o600);
  chmodSync(log, 0o600);
  // A group of its own: Ctrl-C reaches every process of the terminal's group, and PostgreSQL must stop last.
  // Its output goes to a file, because a pipe would break when we die and it lives on.
  const child = spawn(binaries.postgres, ['-D', cluster, ...settings(port, durable)], {
    ...user,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.unref();
  const died = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(endOfLog(log, from)));
  });
  const waiting = new AbortController();
  const answered = waitForAnswer(cluster, password, waiting.signal);
  const first = await Promise.race([answered, died]);
  waiting.abort();
  await answered.catch(() => undefined);
  if (typeof first === 'string') return { failure: first };
  return first.pid === child.pid ? first : { failure: 'lock file "postmaster.pid" already exists' };
}

/** What the server said since it was started; it may be stopped, and its folder removed, long after that. */
function endOfLog(log: string, from: number): string {
  try {
    return readFileSync(log, 'utf8').slice(from).trim().slice(-2000);
  } catch {
    return 'the server ended, and its log is gone';
  }
}

/** Waits for a server that runs already to answer, or to be gone; undefined when it is gone. */
export async function awaitRunning(cluster: string, password: string): Promise<Outcome | undefined> {
  const waiting = new AbortController();
  const gone = (async () => {
    while (!waiting.signal.aborted && livePostmaster(cluster) !== undefined) await pause(50);
    return undefined;
  })();
  try {
    return await Promise.race([waitForAnswer(cluster, password, waiting.signal), gone]);
  } finally {
    waiting.abort();
  }
}

/** Ends the server: fast shutdown (open transactions are rolled back, all is written), by force after a minute. */
export async function shutDown(pid: number, cluster: string): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', 60_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isServerOf(pid, cluster)) return;
    process.kill(pid, signal);
    const deadline = performance.now() + patience;
    while (performance.now() < deadline) {
      if (processStart(pid) === undefined) return;
      await pause(10);
    }
  }
}

async function waitForAnswer(
  cluster: string,
  password: string,
  signal: AbortSignal,
): Promise<{ pid: number; port: number }> {
  const deadline = performance.now() + START_MS;
  let reason = 'it is still starting';
  while (!signal.aborted) {
    const found = livePostmaster(cluster);
    if (found !== undefined && found.status === 'ready') {
      const refused = await refusal(found.port, password, cluster);
      if (refused === undefined) return { pid: found.pid, port: found.port };
      reason = refused;
    }
    if (performance.now() > deadline) throw new Error(`PostgreSQL in ${cluster} does not answer: ${reason}`);
    await pause(10);
  }
  throw new Error('Waiting was given up');
}

/** Asks the server on this port for its data folder; the reason when it is not ours or does not answer. */
async function refusal(port: number, password: string, cluster: string): Promise<string | undefined> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
    return rows[0]?.folder === cluster ? undefined : `another server answers on port ${port}`;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    cluster_name: 'perennial',
    max_connections: '200',
    shared_buffers: '128MB',
    max_wal_size: '1GB',
    checkpoint_timeout: '15min',
    // No replica and no archive ever reads this log.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Compiling a plan costs more than our short statements take.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements hold customers' data; they do not belong into a log file.
    log_min_error_statement: 'panic',
  };
  if (!durable) Object.assign(values, { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' });
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
