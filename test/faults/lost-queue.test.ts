import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { query } from '../support/database.ts';
import { openStage, type Stage } from '../support/fault-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, 180_000);

afterAll(async () => {
  await stage?.close();
}, 60_000);

/** Takes everything out of the queue's tables but what its migrations wrote. */
async function wipeQueue(): Promise<number> {
  const tables = await query<{ name: string }>(
    stage.database.superuserUrl,
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema = 'bullmq' and table_type = 'BASE TABLE' and table_name not like '%migration%'`,
  );
  const text = `truncate ${tables.map((table) => table.name).join(', ')} cascade`;
  for (;;) {
    const cause = await query(stage.database.superuserUrl, text).then(
      () => null,
      (error: { code?: string }) => error,
    );
    if (!cause) return tables.length;
    // Whoever works the queue holds its tables in another order: then the database picks one of the two.
    if (cause.code !== '40P01') throw cause;
  }
}

describe('a queue that is lost', () => {
  it('in PostgreSQL costs a little time and nothing else', async () => {
    const worker = await stage.process({ role: 'worker' });
    const wiped: Promise<number>[] = [];
    const fault = stage.proxy.plant({
      act: 'tell',
      side: 'after',
      when: ({ text }) => /from add_flow\(/i.test(text),
      times: 3,
      onHit: () => wiped.push(wipeQueue()),
    });
    const accounts = await stage.due(3);
    expect(await wipeQueue()).toBeGreaterThan(2);
    await stage.quiet();
    expect(fault.hits.length).toBeGreaterThan(0);
    for (const each of await Promise.all(wiped)) expect(each).toBeGreaterThan(2);
    await stage.check(accounts);
    await worker.kill();
  }, 180_000);

  it('in Redis too', async () => {
    const server = await startRedis();
    // Where there is no Redis at hand there is nothing to lose in it.
    if (!server) return;
    const redis = new Redis(server.url);
    try {
      const worker = await stage.process({ role: 'worker', environment: { REDIS_URL: server.url } });
      const accounts = await stage.due(3);
      expect(await redis.flushall()).toBe('OK');
      await stage.quiet();
      expect(await redis.flushall()).toBe('OK');
      const others = await stage.due(1);
      await stage.quiet();
      await stage.check([...accounts, ...others]);
      await worker.kill();
    } finally {
      redis.disconnect();
      await server.stop();
    }
  }, 180_000);
});

async function startRedis(): Promise<{ url: string; stop(): Promise<void> } | null> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const started = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.once('exit', () => resolve(false));
    server.stdout.on('data', (text: Buffer) => text.includes('Ready to accept') && resolve(true));
  });
  if (!started) return null;
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
