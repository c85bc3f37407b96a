import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { startWorker } from '../../src/entrypoints/worker.ts';
import type { App } from '../../src/platform/app-types.ts';
import { newId } from '../../src/platform/id.ts';
import type { Job } from '../../src/platform/module.ts';
import { openQueue, type WakeQueue } from '../../src/platform/queue.ts';
import { query, type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestRedis, testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let redis: TestRedis | null;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), testRedis()]);
});

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

afterAll(async () => {
  await redis?.stop();
  await database.drop();
});

type Place = 'PostgreSQL' | 'Redis';

/** A queue of its own name in the place; null where there is no Redis, which the start has said. */
function queueIn(place: Place, name = `test-${newId()}`): WakeQueue | null {
  if (place === 'Redis' && !redis) return null;
  const redisUrl = place === 'Redis' ? redis?.url : undefined;
  const queue = openQueue({ databaseUrl: database.runtimeUrl, redisUrl, log, name });
  open.push(queue);
  return queue;
}

async function wipe(place: Place): Promise<void> {
  if (place === 'Redis') return redis?.wipe();
  const tables = await query<{ name: string }>(
    database.superuserUrl,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'bullmq' and tablename <> 'migration'`,
  );
  const truncate = `truncate ${tables.map((table) => table.name).join(', ')}`;
  // Wakes that are just being left take the tables in another order: then the wipe may be the one that has to yield.
  await until(
    () =>
      query(database.runtimeUrl, truncate).then(
        () => true,
        (error: { code?: string }) => {
          if (error.code !== '40P01') throw error;
          return false;
        },
      ),
    'the wipe',
  );
}

/** A door that one run waits at until the test opens it. */
function gate() {
  let enter = () => {};
  const opened = new Promise<void>((done) => {
    enter = done;
  });
  return { opened, open: enter };
}

describe.each<Place>(['PostgreSQL', 'Redis'])('wakes over %s', (place) => {
  it('run once each, with their data', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    const seen: unknown[] = [];
    queue.work(async (job, data) => void seen.push([job, data]), 4);
    queue.wake('look', { organizationId: 'a' });
    queue.wake('look', { organizationId: 'b' });
    queue.wake('tidy', undefined);
    await until(() => seen.length === 3, 'three runs');
    expect(seen).toEqual(
      expect.arrayContaining([
        ['look', { organizationId: 'a' }],
        ['look', { organizationId: 'b' }],
        ['tidy', null],
      ]),
    );
    await until(async () => (await queue.waiting()) === 0, 'an empty queue');
  });

  it('of one key that wait are one run, at once or in rounds', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    for (let round = 0; round < 3; round += 1) {
      for (let count = 0; count < 50; count += 1) queue.wake('look', count, { key: 'a' });
      queue.wake('look', 'other', { key: 'b' });
      await until(async () => (await queue.waiting()) === 2, 'two wakes waiting');
    }
    const seen: unknown[] = [];
    queue.work(async (_job, data) => void seen.push(data), 4);
    await until(() => seen.includes('other') && seen.includes(49), 'both keys have run');
    queue.wake('look', 'after', { key: 'a' });
    await until(() => seen.includes('after'), 'the key is free again');
    // Two rounds may still have been on their way when the first run began.
    expect(seen.length).toBeLessThanOrEqual(3 + 2 * 2);
  });

  it('that come while their job runs are kept: the newest runs afterwards', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    const first = gate();
    const seen: unknown[] = [];
    let running = 0;
    let most = 0;
    queue.work(async (_job, data) => {
      running += 1;
      most = Math.max(most, running);
      seen.push(data);
      if (data === 'first') await first.opened;
      running -= 1;
    }, 4);
    queue.wake('look', 'first', { key: 'a' });
    await until(() => seen.length === 1, 'the first run');
    for (const data of ['second', 'third']) {
      queue.wake('look', data, { key: 'a' });
      // Something with another key overtakes: the wakes before it have arrived.
      queue.wake('mark', data);
      await until(() => seen.includes(data), 'the mark');
    }
    expect(seen).toEqual(['first', 'second', 'third']);
    first.open();
    await until(() => seen.length === 4, 'the run after the run');
    expect(seen[3]).toBe('third');
  });

  it('for later come later, and neither wait for nor swallow those for now', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    const seen: { data: unknown; at: number }[] = [];
    queue.work(async (_job, data) => void seen.push({ data, at: performance.now() }), 4);
    await queue.ready();
    const start = performance.now();
    queue.wake('look', 'later', { key: 'a', delayMs: 700 });
    queue.wake('look', 'now', { key: 'a' });
    await until(() => seen.length === 2, 'both');
    expect(seen.map((one) => one.data)).toEqual(['now', 'later']);
    expect(seen[1]!.at - start).toBeGreaterThanOrEqual(690);
  });

  it('a worker that stops takes nothing more and lets its runs end; another process takes what is left', async () => {
    const name = `test-${newId()}`;
    const queue = queueIn(place, name);
    const other = queueIn(place, name);
    if (!queue || !other) return;
    const first = gate();
    const ended: unknown[] = [];
    const started: unknown[] = [];
    const taker = queue.work(async (_job, data) => {
      started.push(data);
      await first.opened;
      ended.push(data);
    }, 1);
    queue.wake('look', 'a');
    await until(() => started.length === 1, 'a run');
    const stopped = taker.stop();
    queue.wake('look', 'b');
    await until(async () => (await queue.waiting()) === 1, 'the second waits');
    first.open();
    await stopped;
    expect([started, ended]).toEqual([['a'], ['a']]);
    const taken: unknown[] = [];
    other.work(async (_job, data) => void taken.push(data), 1);
    await until(() => taken.length === 1, 'the other process takes it');
    expect(taken).toEqual(['b']);
  });

  it('left just before the end are still left', async () => {
    const name = `test-${newId()}`;
    const queue = queueIn(place, name);
    const other = queueIn(place, name);
    if (!queue || !other) return;
    queue.wake('look', 'last');
    await queue.close();
    expect(await other.waiting()).toBe(1);
  });

  it('a wiped queue only delays: jobs beat, and later wakes arrive', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    const due = new Set(['a', 'b', 'c']);
    let beats = 0;
    let woken = 0;
    const first = gate();
    const job: Job = {
      name: 'look',
      everyMs: 400,
      run: async (_app, data) => {
        if (data === 'hold') await first.opened;
        else if (data) woken += 1;
        else beats += 1;
        due.clear();
      },
    };
    const worker = startWorker(appWith(job), queue);
    open.push({ close: () => worker.stop() });
    queue.wake('look', 'hold', { key: 'held' });
    await until(async () => (await queue.waiting()) === 0, 'the run is under way');
    for (let count = 0; count < 20; count += 1) queue.wake('other', count, { key: `${count}`, delayMs: 60_000 });
    queue.wake('look', 'kept', { key: 'held' });
    await wipe(place);
    await until(() => beats > 0, 'a beat');
    expect(due.size).toBe(0);
    first.open();
    await until(async () => {
      queue.wake('look', 'again', { key: 'held' });
      return woken > 0;
    }, 'wakes arrive after the wipe');
  });

  it('jobs run at most as often at a time as they say, also beside their beat; a failure is no end', async () => {
    const queue = queueIn(place);
    if (!queue) return;
    let running = 0;
    let most = 0;
    let ran = 0;
    const job: Job = {
      name: 'narrow',
      everyMs: 5,
      concurrency: 2,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((done) => setTimeout(done, 3));
        running -= 1;
        ran += 1;
        if (ran % 7 === 0) throw new Error('once in a while');
      },
    };
    const worker = startWorker(appWith(job), queue);
    open.push({ close: () => worker.stop() });
    for (let count = 0; count < 60; count += 1) queue.wake('narrow', count);
    await until(() => ran >= 60, 'all runs');
    expect(most).toBe(2);
    await worker.stop();
    const after = ran;
    await until(async () => (await queue.waiting()) === 0 || ran === after, 'nothing runs any more');
    expect(running).toBe(0);
  });
});

describe('connections that end', () => {
  it('over PostgreSQL: the listening connection is made anew, and wakes arrive', async () => {
    const queue = queueIn('PostgreSQL')!;
    const seen: unknown[] = [];
    queue.work(async (_job, data) => void seen.push(data), 2);
    queue.wake('look', 'before');
    await until(() => seen.length === 1, 'a run before');
    const cut = await query(
      database.superuserUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
      [database.name],
    );
    expect(cut.length).toBeGreaterThan(1);
    // The first wakes may be lost with the connection they left by; that is what beats are for.
    await until(() => {
      queue.wake('look', 'after', { key: 'after' });
      return seen.includes('after');
    }, 'a run after the cut');
  });

  it('over Redis: the same', async () => {
    const queue = queueIn('Redis');
    if (!queue || !redis) return;
    const seen: unknown[] = [];
    queue.work(async (_job, data) => void seen.push(data), 2);
    queue.wake('look', 'before');
    await until(() => seen.length === 1, 'a run before');
    await redis.cut();
    await until(() => {
      queue.wake('look', 'after', { key: 'after' });
      return seen.includes('after');
    }, 'a run after the cut');
  });

  it('a queue that is away throws nothing at who wakes, and lets the process end', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const queue = openQueue({ databaseUrl: database.runtimeUrl, redisUrl: 'redis://127.0.0.1:1', log });
    for (let count = 0; count < 100; count += 1) queue.wake('look', count);
    await expect(queue.waiting()).rejects.toThrow();
    await queue.close();
    const closedAt = performance.now();
    await until(() => timers() <= before, 'no timer of its own is left');
    // The driver would have kept one for two seconds.
    expect(performance.now() - closedAt).toBeLessThan(1_500);
  });
});

function appWith(job: Job): App {
  return { jobs: new Map([[job.name, job]]), log } as unknown as App;
}
