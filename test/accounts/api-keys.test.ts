import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKeyText, parseApiKey } from '../../src/accounts/api-key-text.ts';
import {
  authenticate,
  createApiKey,
  forgetCredentials,
  permissionsOfRole,
  revokeApiKey,
} from '../../src/accounts/index.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(() => world.close());

interface Created {
  apiKey: { id: string; prefix: string; last4: string; permissions: string[] } | null;
  secret: string | null;
  userErrors: { code: string; path: string[] }[];
}

async function create(input: object, as: Parameters<World['context']>[0] = organization) {
  const answer = await world.graphql<{ createApiKey: Created }>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
      apiKey { id prefix last4 permissions } secret userErrors { code path } } }`,
    { input },
    { as },
  );
  return answer;
}

async function keyOf(input: object = {}, as: TestOrganization = organization): Promise<Created & { secret: string }> {
  const answer = await create({ name: 'Key', permissions: ['invoices:read'], ...input }, as);
  expect(answer.errors).toBeUndefined();
  expect(answer.data!.createApiKey.userErrors).toEqual([]);
  return answer.data!.createApiKey as Created & { secret: string };
}

const bearer = (secret: string) => authenticate(world.app, `Bearer ${secret}`);
const refused = { code: 'UNAUTHENTICATED' };

describe('the text of a key', () => {
  it('is random, says its mode, and betrays a typing mistake', () => {
    const texts = Array.from({ length: 50 }, () => newApiKeyText('live').secret);
    expect(new Set(texts).size).toBe(50);
    for (const text of texts) {
      expect(text).toMatch(/^bk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
      expect(parseApiKey(text)).toEqual({ mode: 'live', keyId: text.slice(8, 16) });
      const at = 20;
      const mistyped = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
      expect(parseApiKey(mistyped)).toBeNull();
    }
    expect(newApiKeyText('sandbox').secret).toMatch(/^bk_test_/);
    for (const text of ['', 'bk_live_', 'sk_live_abc', `${texts[0]} `]) expect(parseApiKey(text)).toBeNull();
  });
});

describe('a key', () => {
  it('is shown once, kept as a hash, and stands for its permissions', async () => {
    const key = await keyOf({
      permissions: ['invoices:read', 'accounts:read', 'invoices:read'],
      idempotencyKey: 'once',
    });
    expect(key.secret.startsWith(`${key.apiKey!.prefix}_`)).toBe(true);
    expect(key.secret.endsWith(key.apiKey!.last4)).toBe(true);
    const again = await create({
      name: 'Key',
      permissions: ['invoices:read', 'accounts:read', 'invoices:read'],
      idempotencyKey: 'once',
    });
    expect(again.data!.createApiKey).toEqual({ ...key, secret: null });
    const identity = await bearer(key.secret);
    expect(identity).toMatchObject({ organizationId: organization.id, mode: 'sandbox', actor: { type: 'api_key' } });
    expect([...identity!.permissions].sort()).toEqual(['accounts:read', 'invoices:read']);
    expect(identity!.rateKey).not.toContain(key.secret.slice(20, 40));
    for (const table of ['api_keys', 'facts', 'idempotency_keys']) {
      const rows = await query<{ text: string }>(world.database.superuserUrl, `select t::text as text from ${table} t`);
      expect(rows.filter(({ text }) => text.includes(key.secret.slice(17, 60)))).toEqual([]);
    }
    const viewer = await world.graphql(
      '{ viewer { permissions apiKey { name } member { id } } }',
      {},
      { as: identity },
    );
    expect(viewer.data).toEqual({
      viewer: { permissions: ['accounts:read', 'invoices:read'], apiKey: { name: 'Key' }, member: null },
    });
  });

  it('may do what it is for and nothing else', async () => {
    const { secret } = await keyOf({ permissions: ['accounts:read'] });
    const as = await bearer(secret);
    await organization.account({ name: 'Paul', email: 'paul@example.com', billingAddress: { country: 'AT' } });
    const read = await world.graphql(
      '{ accounts(first: 1) { nodes { name email billingAddress { country } } } }',
      {},
      { as },
    );
    expect(read.data).toEqual({ accounts: { nodes: [{ name: 'Paul', email: null, billingAddress: null }] } });
    const byEmail = await world.graphql(
      '{ accounts(filter: { email: "paul@example.com" }) { nodes { id } } }',
      {},
      { as },
    );
    expect(byEmail.errors).toEqual([expect.objectContaining({ message: 'This needs the permission personal:read.' })]);
    const write = await world.graphql(
      'mutation { createAccount(input: { name: "No" }) { userErrors { code } } }',
      {},
      { as },
    );
    expect(write.data).toBeNull();
    expect(write.errors).toEqual([expect.objectContaining({ message: 'This needs the permission accounts:write.' })]);
    const another = await create({ name: 'More', permissions: ['accounts:read'] }, as!);
    expect(another.errors).toEqual([expect.objectContaining({ message: 'This needs the permission keys:write.' })]);
  });

  it('can not be given what its maker lacks', async () => {
    const billing = { ...organization.identity, permissions: new Set([...permissionsOfRole('billing'), 'keys:write']) };
    const answer = await create({ name: 'Up', permissions: ['invoices:read', 'members:write'] }, billing);
    expect(answer.data!.createApiKey.userErrors).toEqual([
      { code: 'INVALID_INPUT', path: ['input', 'permissions', '1'] },
    ]);
    for (const permissions of [[], ['everything'], ['*']]) {
      const { userErrors } = (await create({ name: 'Up', permissions })).data!.createApiKey;
      expect(userErrors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT' })]);
    }
  });

  it('says where the permissions are listed when one does not exist', async () => {
    const answer = await world.graphql<{ createApiKey: { userErrors: unknown[] } }>(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { userErrors { code message path } } }',
      { input: { name: 'Up', permissions: ['accounts:read', 'everything'] } },
      { as: organization },
    );
    expect(answer.data!.createApiKey.userErrors).toEqual([
      {
        code: 'INVALID_INPUT',
        path: ['input', 'permissions', '1'],
        message: 'There is no such permission; `viewer { permissions }` lists those that you have and can grant.',
      },
    ]);
  });

  it('ends when it is revoked, here at once', async () => {
    const { secret, apiKey } = await keyOf();
    expect(await bearer(secret)).not.toBeNull();
    const revoke = () =>
      world.graphql<{ revokeApiKey: { apiKey: { revokedAt: string }; userErrors: unknown[] } }>(
        'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { revokedAt } userErrors { code } } }',
        { input: { id: apiKey!.id } },
        { as: organization },
      );
    const first = await revoke();
    expect(first.data!.revokeApiKey).toEqual({
      apiKey: { revokedAt: world.clock.now().toISOString() },
      userErrors: [],
    });
    await expect(bearer(secret)).rejects.toMatchObject(refused);
    world.clock.advance({ minutes: 1 });
    expect((await revoke()).data).toEqual(first.data);
  });

  it('ends in other processes within a few seconds', async () => {
    const made = await organization.transact((work) =>
      createApiKey(work, { name: 'Elsewhere', permissions: ['invoices:read'] }, organization.identity.permissions),
    );
    expect(await bearer(made.secret)).not.toBeNull();
    await organization.transact((work) => revokeApiKey(work, made.key.id));
    const start = performance.now();
    let known = true;
    while (known && performance.now() - start < 10_000) {
      known = await bearer(made.secret).then(
        () => true,
        () => false,
      );
      await query(world.database.superuserUrl, 'select pg_sleep(0.05)');
    }
    expect(known).toBe(false);
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it('ends at its expiry, also while it is believed', async () => {
    const expiresAt = '2026-04-01T00:00:00.000Z';
    const { secret } = await keyOf({ expiresAt });
    expect(await bearer(secret)).not.toBeNull();
    world.clock.set(expiresAt);
    await expect(bearer(secret)).rejects.toMatchObject(refused);
    const late = await create({ name: 'Late', permissions: ['invoices:read'], expiresAt });
    expect(late.data!.createApiKey.userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'expiresAt'] }]);
  });

  it('is refused when it was made up or changed', async () => {
    const { secret } = await keyOf();
    const live = await world.organization({ mode: 'live' });
    const liveKey = await keyOf({}, live);
    expect(liveKey.secret).toMatch(/^bk_live_/);
    // A key with the id of one that exists, a fitting check, and another secret.
    const forged = Array.from({ length: 1 }, () => newApiKeyText('sandbox').secret);
    for (const text of [
      ...forged,
      secret.slice(0, -1),
      `${secret}x`,
      secret.replace('bk_test', 'bk_live'),
      'bk_test_',
    ]) {
      await expect(bearer(text)).rejects.toMatchObject(refused);
    }
  });

  it('costs one statement, and none when it was seen a moment ago', async () => {
    const { secret } = await keyOf();
    let statements = 0;
    const counted = {
      ...world.app,
      sweep: (async (...given: Parameters<typeof world.app.sweep>) => {
        statements += 1;
        return world.app.sweep(...given);
      }) as typeof world.app.sweep,
    };
    await authenticate(counted, `Bearer ${secret}`);
    await authenticate(counted, `Bearer ${secret}`);
    expect(statements).toBe(1);
    await expect(authenticate(counted, 'Bearer bk_test_mistyped')).rejects.toMatchObject(refused);
    expect(statements).toBe(1);
  });

  it('remembers when it was last used, once a minute', async () => {
    const { secret, apiKey } = await keyOf();
    const lastUsed = async () => {
      const answer = await world.graphql<{ apiKey: { lastUsedAt: string | null } }>(
        'query ($id: ID!) { apiKey(id: $id) { lastUsedAt } }',
        { id: apiKey!.id },
        { as: organization },
      );
      return answer.data!.apiKey.lastUsedAt;
    };
    const use = async () => {
      forgetCredentials(world.app);
      await bearer(secret);
      await world.settle();
      return lastUsed();
    };
    expect(await lastUsed()).toBeNull();
    const first = await use();
    expect(first).toBe(world.clock.now().toISOString());
    world.clock.advance({ seconds: 59 });
    expect(await use()).toBe(first);
    world.clock.advance({ seconds: 1 });
    expect(await use()).toBe(world.clock.now().toISOString());
  });
});
