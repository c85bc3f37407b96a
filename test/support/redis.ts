import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** A Redis of one test file's own, in memory. */
export interface TestRedis {
  readonly url: string;
  /** Forgets everything, as an operator's `FLUSHALL` does. */
  wipe(): Promise<void>;
  /** Cuts all connections but the caller's own; the server lives on. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Redis on a free port, or answers null (and says so) where the machine has no `redis-server`. */
export async function testRedis(): Promise<TestRedis | null> {
  if (!hasRedis()) {
    process.stderr.write('redis-server is not installed: the tests that need it are left out\n');
    return null;
  }
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' },
  );
  process.once('exit', () => server.kill('SIGKILL'));
  await ready(server);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url);
  return {
    url,
    wipe: async () => {
      await client.flushall();
    },
    cut: async () => {
      for (const kind of ['normal', 'pubsub']) await client.call('client', 'kill', 'type', kind, 'skipme', 'yes');
    },
    stop: async () => {
      client.disconnect();
      const gone = new Promise((done) => server.once('exit', done));
      server.kill('SIGKILL');
      await gone;
    },
  };
}

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => done(port));
    });
  });
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    let said = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ready to accept connections')) done();
    });
    server.once('error', failed);
    server.once('exit', (code) => failed(new Error(`redis-server ended (${code}): ${said}`)));
  });
}
