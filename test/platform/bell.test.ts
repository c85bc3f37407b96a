import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import pino from 'pino';
import { type Bell, postgresBell, redisBell } from '../../src/platform/bell.ts';
import { newId } from '../../src/platform/id.ts';
import { query, type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestRedis, testRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
let database: TestDatabase;
let redis: TestRedis | null;
let pool: pg.Pool;
const open: Bell[] = [];

beforeAll(async () => {
  [database, redis] = await Promise.all([testDatabase(), testRedis()]);
  pool = new pg.Pool({ connectionString: database.runtimeUrl, max: 2 });
  pool.on('error', () => undefined);
}, 120_000);

afterEach(async () => {
  for (const bell of open.splice(0)) await bell.close();
});

afterAll(async () => {
  await pool.end();
  await redis?.stop();
  await database.drop();
});

type Place = 'PostgreSQL' | 'Redis';

/** A bell and what it hears; the empty word says that it has begun to hear. */
async function bellIn(place: Place): Promise<{ bell: Bell; heard: string[] }> {
  const bell = place === 'Redis' ? redisBell(redis!.url, log) : postgresBell(database.runtimeUrl, () => pool, log);
  open.push(bell);
  const heard: string[] = [];
  bell.hear((word) => void heard.push(word));
  await until(() => heard.includes(''), 'it can hear');
  return { bell, heard };
}

const listeners = async () =>
  (
    await query(
      database.superuserUrl,
      `select 1 from pg_stat_activity where datname = $1 and application_name = 'perennial bell'`,
      [database.name],
    )
  ).length;

describe.each<Place>(['PostgreSQL', 'Redis'])('a bell over %s', (place) => {
  it('is heard by every process, the one that rings included', async () => {
    if (place === 'Redis' && !redis) return;
    const [one, other] = [await bellIn(place), await bellIn(place)];
    const word = newId();
    one.bell.ring(word);
    await until(() => one.heard.includes(word) && other.heard.includes(word), 'both hear');
  });

  it('carries many words at once, each once', async () => {
    if (place === 'Redis' && !redis) return;
    const [one, other] = [await bellIn(place), await bellIn(place)];
    const words = Array.from({ length: 1_000 }, () => newId());
    for (const word of words) for (let times = 0; times < 3; times += 1) one.bell.ring(word);
    await until(() => new Set(other.heard).size >= words.length + 1, 'all words');
    expect(other.heard.filter((word) => word !== '').sort()).toEqual(words.sort());
  });

  it('that could not hear for a while says so, and hears again', async () => {
    if (place === 'Redis' && !redis) return;
    const [one, other] = [await bellIn(place), await bellIn(place)];
    const before = other.heard.length;
    if (place === 'Redis') await redis!.cut();
    else {
      const cut = await query(
        database.superuserUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`,
        [database.name],
      );
      expect(cut.length).toBeGreaterThanOrEqual(2);
    }
    // The empty word: some may have been missed, so look.
    await until(() => other.heard.slice(before).includes(''), 'it knows that it was away');
    const word = newId();
    await until(() => {
      one.bell.ring(word);
      return other.heard.includes(word);
    }, 'it hears again');
    if (place === 'PostgreSQL') await until(async () => (await listeners()) === 2, 'one connection each');
  });

  it('that is closed lets go of its connections, and rings what it was given before', async () => {
    if (place === 'Redis' && !redis) return;
    const [one, other] = [await bellIn(place), await bellIn(place)];
    const word = newId();
    one.bell.ring(word);
    await one.bell.close();
    await until(() => other.heard.includes(word), 'the last word');
    if (place === 'PostgreSQL') await until(async () => (await listeners()) === 1, 'the other one only');
  });
});
