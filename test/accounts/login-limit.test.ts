import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMember } from '../../src/accounts/index.ts';
import { countLoginTry, forgetLoginTries } from '../../src/accounts/login-limit.ts';
import type { App } from '../../src/platform/app-types.ts';
import { query } from '../support/database.ts';
import { type TestRedis, testRedis } from '../support/redis.ts';
import { testWorld, type World } from '../support/world.ts';

const password = 'correct horse battery';
let world: World;
let redis: TestRedis | null;

beforeAll(async () => {
  redis = await testRedis();
  world = await testWorld();
});

afterAll(async () => {
  await world.close();
  await redis?.stop();
});

/** Two API processes over the database of the world: each has its own connections and its own memory. */
async function twoApps(redisUrl?: string): Promise<{ apps: [App, App]; close(): Promise<void> }> {
  const worlds = await Promise.all(
    [0, 1].map(() => testWorld({ database: world.database, config: { redisUrl }, connections: 3 })),
  );
  const [first, second] = worlds.map((one) => one.app) as [App, App];
  return { apps: [first, second], close: async () => void (await Promise.all(worlds.map((one) => one.close()))) };
}

/** How many of so many tries at the same moment, in turn at the one and the other, were let through. */
async function storm(apps: readonly App[], email: string, tries = 30): Promise<number> {
  const all = await Promise.allSettled(
    Array.from({ length: tries }, (_, turn) => countLoginTry(apps[turn % apps.length]!, email)),
  );
  for (const one of all) {
    if (one.status === 'fulfilled') continue;
    expect(one.reason).toMatchObject({ code: 'RATE_LIMITED' });
    expect(one.reason.details.retryAfter).toBeGreaterThan(14 * 60);
    expect(one.reason.details.retryAfter).toBeLessThanOrEqual(15 * 60);
  }
  return all.filter((one) => one.status === 'fulfilled').length;
}

const countsInDatabase = () =>
  query<{ key: string }>(world.database.superuserUrl, 'select key from limits.login_tries');

describe.each(['PostgreSQL', 'Redis'])('ten tries of an address, counted in %s', (place) => {
  it('are ten over all processes, and forgotten in all of them', async () => {
    if (place === 'Redis' && !redis) return;
    const { apps, close } = await twoApps(place === 'Redis' ? redis!.url : undefined);
    const email = `grace@${place.toLowerCase()}.example`;
    const before = await countsInDatabase();
    expect(await storm(apps, email)).toBe(10);
    expect(await storm(apps, email.toUpperCase(), 4)).toBe(0);
    expect(await storm(apps, `other-${email}`, 4)).toBe(4);
    await forgetLoginTries(apps[0], email);
    expect(await storm([apps[1]], email, 3)).toBe(3);
    const counts = await countsInDatabase();
    expect(counts.length - before.length).toBe(place === 'Redis' ? 0 : 2);
    for (const { key } of counts) expect(key).not.toContain('grace');
    await close();
  });
});

describe('the limit', () => {
  it('holds when Redis is gone: the database counts', async () => {
    const { apps, close } = await twoApps('redis://127.0.0.1:1');
    expect(await storm(apps, 'grace@nowhere.example')).toBe(10);
    await close();
  });

  it('counts the current password that a change asks for, though the change is undone, with the tries of the login', async () => {
    const shop = await world.organization();
    const email = 'ada@example.com';
    const { id } = await shop.transact((work) => createMember(work, { email, name: 'Ada', role: 'admin', password }));
    const as = { ...shop.identity, actor: { type: 'member' as const, id } };
    const change = (currentPassword: string) =>
      world.graphql(
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }',
        { input: { currentPassword, newPassword: 'another long password' } },
        { as },
      );
    // More at once than the app has connections: none may wait for one while it holds one.
    const all = await Promise.all(Array.from({ length: 12 }, () => change('wrong')));
    const refused = all.filter((one) => one.errors?.[0]?.message.startsWith('Too many tries'));
    expect(refused).toHaveLength(2);
    expect((await change(password)).errors).toHaveLength(1);
    await expect(countLoginTry(world.app, email)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
