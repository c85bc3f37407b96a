import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  type WatchEvents,
  wipeEmbeddedPostgres,
} from '../../src/platform/embedded-postgres/index.ts';
import { livePostmaster } from '../../src/platform/embedded-postgres/postmaster.ts';
import { processStart } from '../../src/platform/embedded-postgres/processes.ts';
import { watchServer } from '../../src/platform/embedded-postgres/watch.ts';
import { query } from '../support/database.ts';
import { testRunFolder } from '../support/test-run.ts';
import { until } from '../support/until.ts';

const RUNNER = fileURLToPath(new URL('../support/run-postgres.js', import.meta.url));
/** Longer than the watch takes to notice a loss: for showing that nothing comes. */
const longEnoughMs = 1_500;
const children: ChildProcess[] = [];
const servers: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});

test('a server that is killed answers again on its port, with its data, as often as it is killed', async () => {
  const server = await start({ durable: true });
  const told = notes();
  server.watch(told.events);
  await query(server.ownerUrl, 'create table kept (id int)');
  for (const round of [1, 2]) {
    await query(server.ownerUrl, `insert into kept values (${round})`);
    const before = server.pid;
    process.kill(before, 'SIGKILL');
    await until(() => told.words.length === 2 * round, 'the server is back');
    expect(server.pid).not.toBe(before);
    expect(await query(server.ownerUrl, 'select count(*)::int as count from kept')).toEqual([{ count: round }]);
  }
  expect(told.words).toEqual(['lost', 'back', 'lost', 'back']);
  const { pid } = server;
  await server.stop();
  expect(processStart(pid)).toBeUndefined();
}, 60_000);

test('a stop of our own is no loss, nor is one before which the server was killed', async () => {
  const stopped = await start();
  const killed = await start();
  const told = notes();
  for (const server of [stopped, killed]) server.watch(told.events);
  process.kill(killed.pid, 'SIGKILL');
  await Promise.all([stopped.stop(), killed.stop()]);
  await pause(longEnoughMs);
  expect(told.words).toEqual([]);
  for (const server of [stopped, killed]) {
    expect(livePostmaster(`${server.directory}/instance/cluster`)).toBeUndefined();
  }
}, 60_000);

test('one that is left alone stays where it is', async () => {
  const server = await start();
  const told = notes();
  server.watch(told.events)();
  process.kill(server.pid, 'SIGKILL');
  await pause(longEnoughMs);
  expect(told.words).toEqual([]);
  expect(livePostmaster(`${server.directory}/instance/cluster`)).toBeUndefined();
}, 60_000);

test('three processes that watch one folder go on with one server', async () => {
  const directory = freshFolder();
  const first = await startChild(directory);
  const others = await Promise.all([startChild(directory), startChild(directory)]);
  const all = [first, ...others];
  const { pid, ownerUrl, port } = first.said[0]!;
  process.kill(pid, 'SIGKILL');
  await until(() => all.every(({ said }) => said.length === 2), 'all of them have it back');
  const now = all.map(({ said }) => said[1]!);
  expect(new Set(now.map((server) => server.pid)).size).toBe(1);
  expect(now[0]).toMatchObject({ port, ownerUrl });
  expect(now[0]!.pid).not.toBe(pid);
  expect(await query(ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  for (const { child } of all) {
    child.stdin?.end();
    await once(child, 'exit');
  }
  expect(processStart(now[0]!.pid)).toBeUndefined();
}, 60_000);

test('as long as its port is taken it is tried again, and not started anywhere else', async () => {
  const server = await start();
  const told = notes();
  server.watch(told.events);
  process.kill(server.pid, 'SIGKILL');
  const squatter = await squat(server.port);
  await until(() => told.words.length === 1, 'the loss was told');
  await pause(longEnoughMs);
  expect(told.words).toEqual(['lost']);
  squatter.close();
  await until(() => told.words.length === 2, 'the server is back');
  expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
}, 60_000);

test('where its data was removed nothing is made in its place', async () => {
  const server = await start();
  const told = notes();
  server.watch(told.events);
  await wipeEmbeddedPostgres(server.directory);
  await until(() => told.words.length === 2, 'the end was told');
  expect(told.words[0]).toBe('lost');
  expect(told.words[1]).toMatch(/^gone: The embedded database in .* was removed while it was used/);
  expect(() => readFileSync(`${server.directory}/instance/credentials.json`)).toThrow(/ENOENT/);
}, 60_000);

describe('a server that can not be started', () => {
  test('is tried again with growing pauses, then given up with the reason', async () => {
    const tries: number[] = [];
    const told = notes();
    const startAgain = async () => {
      tries.push(performance.now());
      throw new Error('no space left');
    };
    watchServer({ isAlive: () => false, startAgain }, told.events, 2_000);
    await until(() => told.words.length === 2, 'it is given up');
    expect(told.words[1]).toBe(
      'gone: The embedded database has stopped and could not be started again for 2 seconds: no space left',
    );
    const pauses = tries.slice(1).map((at, index) => at - tries[index]!);
    // 250, 500, 1000 ms; the next one would have been too late.
    expect(pauses.map((length) => Math.floor(Math.log2((length + 5) / 250)))).toEqual([0, 1, 2]);
  });
});

function notes(): { words: string[]; events: WatchEvents } {
  const words: string[] = [];
  const events: WatchEvents = {
    lost: () => void words.push('lost'),
    back: () => void words.push('back'),
    gone: (error) => void words.push(`gone: ${error.message}`),
  };
  return { words, events };
}

function freshFolder(): string {
  return `${testRunFolder()}/postgresql-${randomBytes(4).toString('hex')}`;
}

async function start({ durable } = { durable: false }): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory: freshFolder(), port: 0, durable });
  servers.push(server);
  return server;
}

async function startChild(directory: string): Promise<{ child: ChildProcess; said: EmbeddedPostgres[] }> {
  const child = spawn(process.execPath, [RUNNER, directory, 'watch'], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const said: EmbeddedPostgres[] = [];
  let text = '';
  child.stdout.on('data', (part) => {
    const lines = `${text}${part}`.split('\n');
    text = lines.pop()!;
    said.push(...lines.map((line) => JSON.parse(line) as EmbeddedPostgres));
  });
  await until(() => said.length > 0, 'it has started');
  return { child, said };
}

/** Takes a port as soon as whoever has it lets go. */
async function squat(port: number): Promise<{ close(): void }> {
  for (;;) {
    const server = createServer().listen(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(server, 'listening').then(() => true),
      new Promise<boolean>((done) => server.once('error', () => done(false))),
    ]);
    if (outcome) return server;
  }
}
