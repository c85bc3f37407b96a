import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  wipeEmbeddedPostgres,
} from '../../src/platform/embedded-postgres/index.ts';
import { processStart } from '../../src/platform/embedded-postgres/processes.ts';
import { canReach } from '../../src/platform/embedded-postgres/server-user.ts';
import { query } from '../support/database.ts';
import { testRunFolder } from '../support/test-run.ts';

const RUNNER = fileURLToPath(new URL('../support/run-postgres.js', import.meta.url));
const isRoot = process.getuid?.() === 0;
const children: ChildProcess[] = [];
const servers: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});

test('data, port and passwords outlast a stop, and nothing listens off loopback', async () => {
  const directory = freshFolder();
  const first = await start(directory);
  await query(first.ownerUrl, 'create table kept (id int)');
  expect(await query(first.superuserUrl, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(statSync(`${first.directory}/instance/credentials.json`).mode & 0o777).toBe(0o600);
  await first.stop();
  expect(processStart(first.pid)).toBeUndefined();

  const second = await start(directory, first.port);
  expect(second).toMatchObject({ ownerUrl: first.ownerUrl, port: first.port, adopted: false });
  expect(await query(second.ownerUrl, 'select * from kept')).toEqual([]);
});

test('durability is on unless it is given up', async () => {
  const server = await startEmbeddedPostgres({ directory: freshFolder(), port: 0 });
  servers.push(server);
  const settings = await query(
    server.superuserUrl,
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`,
  );
  expect(settings.map(({ setting }) => setting)).toEqual(['on', 'on', 'on']);
});

test('a server whose process was killed is adopted, and stopped by whoever adopted it', async () => {
  const directory = freshFolder();
  const { child, server } = await startChild(directory);
  await query(server.ownerUrl, 'create table kept (id int)');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processStart(server.pid)).toBeDefined();

  const adopted = await start(directory);
  expect(adopted).toMatchObject({ adopted: true, pid: server.pid, ownerUrl: server.ownerUrl });
  expect(await query(adopted.ownerUrl, 'select * from kept')).toEqual([]);
  await adopted.stop();
  expect(processStart(server.pid)).toBeUndefined();
});

test('two processes that start one fresh folder at once share one server; the last to stop stops it', async () => {
  const directory = freshFolder();
  const [one, other] = await Promise.all([startChild(directory), startChild(directory)]);
  expect(one.server.pid).toBe(other.server.pid);
  expect(one.server.ownerUrl).toBe(other.server.ownerUrl);
  await end(one.child);
  expect(await query(other.server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  await end(other.child);
  expect(processStart(other.server.pid)).toBeUndefined();
});

test('a start while the server shuts down waits for that and starts anew', async () => {
  const directory = freshFolder();
  const first = await start(directory);
  process.kill(first.pid, 'SIGINT');
  const second = await start(directory);
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

describe('a process file left behind', () => {
  test.each([
    ['by a process that is gone', () => 2_000_000_000],
    ['with a number that belongs to a stranger now', () => stranger()],
  ])('%s does not hinder a start', async (_case, number) => {
    const directory = freshFolder();
    const first = await start(directory);
    const file = `${first.directory}/instance/cluster/postmaster.pid`;
    const left = readFileSync(file, 'utf8').split('\n');
    process.kill(first.pid, 'SIGKILL');
    await gone(first.pid);
    const owner = statSync(`${first.directory}/instance/cluster`);
    writeFileSync(file, [String(number()), ...left.slice(1)].join('\n'), { mode: 0o600 });
    chownSync(file, owner.uid, owner.gid);

    const second = await start(directory);
    expect(second.adopted).toBe(false);
    expect(await query(second.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

test('a database half made by a killed start is made anew', async () => {
  const directory = freshFolder();
  mkdirSync(`${directory}/draft-0123/cluster`, { recursive: true });
  writeFileSync(`${directory}/start.lock`, '2000000000 1 left-behind');
  const server = await start(directory);
  expect(existsSync(`${directory}/draft-0123`)).toBe(false);
  expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a taken port is passed over', async () => {
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const taken = (squatter.address() as { port: number }).port;
  const server = await start(freshFolder(), taken);
  expect(server.port).not.toBe(taken);
  expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  squatter.close();
});

describe('who starts it', () => {
  test.each(callers())('works as $name', async ({ ids }) => {
    const directory = freshFolder();
    mkdirSync(directory);
    if (ids !== undefined) chownSync(directory, ids.uid, ids.gid);
    const { child, server } = await startChild(directory, ids);
    expect(server.user).toBe(ids?.uid ?? process.getuid?.());
    expect(server.relocated).toBe(false);
    expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await end(child);
  });

  test('under a closed home the database lies where its user reaches it, and the start says where', async () => {
    const home = freshFolder();
    mkdirSync(home);
    chmodSync(home, 0o700);
    const directory = `${home}/project/.data/postgresql`;
    const server = await start(directory);
    // PostgreSQL refuses to run as root, so only then another user has to get through.
    expect(server.relocated).toBe(isRoot);
    expect(server.directory.startsWith(home)).toBe(!isRoot);
    expect(await query(server.ownerUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await wipeEmbeddedPostgres(directory);
    expect(existsSync(server.directory)).toBe(false);
    expect(processStart(server.pid)).toBeUndefined();
    rmSync(home, { recursive: true });
  });
});

/** The caller; and when that is root, an ordinary user too, if the project lies where one can read it. */
function callers(): { name: string; ids: { uid: number; gid: number } | undefined }[] {
  const caller = { name: isRoot ? 'root' : 'an ordinary user', ids: undefined };
  if (!isRoot) return [caller];
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const nobody = { uid: ask('-u'), gid: ask('-g') };
  return canReach(nobody, fileURLToPath(new URL('.', import.meta.url)))
    ? [caller, { name: 'an ordinary user', ids: nobody }]
    : [caller];
}

function freshFolder(): string {
  return `${testRunFolder()}/postgresql-${randomBytes(4).toString('hex')}`;
}

async function start(directory: string, port = 0): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, port, durable: false });
  servers.push(server);
  return server;
}

async function startChild(
  directory: string,
  ids?: { uid: number; gid: number },
): Promise<{ child: ChildProcess; server: EmbeddedPostgres & { user: number } }> {
  const child = spawn(process.execPath, [RUNNER, directory], { ...ids, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, server: JSON.parse(String(line)) as EmbeddedPostgres & { user: number } };
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, 'exit');
}

async function gone(pid: number): Promise<void> {
  while (processStart(pid) !== undefined) await new Promise((done) => setImmediate(done));
}

function stranger(): number {
  const child = spawn('sleep', ['60']);
  children.push(child);
  return child.pid as number;
}
