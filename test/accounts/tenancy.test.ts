import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApiKey, createMember, createTestClock } from '../../src/accounts/index.ts';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let mine: TestOrganization;
let theirs: TestOrganization;
/** Their objects, by the prefix of their ids. */
let ids: Record<string, string>;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  [mine, theirs] = [await world.organization(), await world.organization()];
  const account = await theirs.account({ name: 'Theirs', externalId: 'theirs' });
  const made = await theirs.transact(async (work) => ({
    member: await createMember(work, {
      email: 'x@example.com',
      name: 'X',
      role: 'admin',
      password: 'long enough for them',
    }),
    key: (await createApiKey(work, { name: 'K', permissions: ['keys:read'] }, theirs.identity.permissions)).key,
    clock: await createTestClock(work, { frozenTime: new Date('2024-01-01T00:00:00Z') }),
  }));
  ids = {
    org: toGlobalId('org', theirs.id),
    acc: toGlobalId('acc', account.id),
    mem: toGlobalId('mem', made.member.id),
    key: toGlobalId('key', made.key.id),
    clk: toGlobalId('clk', made.clock.id),
  };
});

afterAll(() => world.close());

/** The same question with a foreign id, a missing one, one of another kind and garbage must have the same answer. */
function strangers(prefix: 'org' | 'acc' | 'mem' | 'key' | 'clk'): string[] {
  return [ids[prefix]!, toGlobalId(prefix, newId()), toGlobalId('inv', newId()), 'garbage', ''];
}

describe('another organization’s objects', () => {
  it('are not found by node, nodes or their own fields', async () => {
    for (const prefix of ['org', 'acc', 'mem', 'key', 'clk'] as const) {
      const nodes = await world.graphql(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
        { ids: strangers(prefix) },
        { as: mine },
      );
      expect(nodes.data).toEqual({ nodes: [null, null, null, null, null] });
      const own = await world.graphql('query ($id: ID!) { node(id: $id) { id } }', { id: ids[prefix] }, { as: theirs });
      expect(own.data).toEqual({ node: { id: ids[prefix] } });
    }
    for (const [field, prefix] of [
      ['account', 'acc'],
      ['member', 'mem'],
      ['apiKey', 'key'],
      ['testClock', 'clk'],
    ] as const) {
      for (const id of strangers(prefix)) {
        const answer = await world.graphql(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id }, { as: mine });
        expect(answer).toEqual({ data: { [field]: null }, extensions: {} });
      }
    }
    const external = await world.graphql('{ account(externalId: "theirs") { id } }', {}, { as: mine });
    expect(external.data).toEqual({ account: null });
    const lists = await world.graphql(
      '{ accounts { totalCount } members { totalCount } apiKeys { totalCount } testClocks { totalCount } }',
      {},
      { as: mine },
    );
    expect(lists.data).toEqual({
      accounts: { totalCount: 0 },
      members: { totalCount: 1 },
      apiKeys: { totalCount: 0 },
      testClocks: { totalCount: 0 },
    });
  });

  it('can not be changed, and it is not said that they exist', async () => {
    const before = await snapshot();
    const attempts: [string, 'acc' | 'mem' | 'key' | 'clk', string, object][] = [
      ['updateAccount', 'acc', 'UpdateAccountInput', { name: 'Mine' }],
      ['deleteAccount', 'acc', 'DeleteAccountInput', {}],
      ['eraseAccount', 'acc', 'EraseAccountInput', {}],
      ['updateMember', 'mem', 'UpdateMemberInput', { role: 'ANALYST' }],
      ['removeMember', 'mem', 'RemoveMemberInput', {}],
      ['revokeApiKey', 'key', 'RevokeApiKeyInput', {}],
      ['advanceTestClock', 'clk', 'AdvanceTestClockInput', { to: '2030-01-01T00:00:00Z' }],
    ];
    for (const [name, prefix, type, rest] of attempts) {
      const answers: unknown[] = [];
      for (const id of strangers(prefix)) {
        const source = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code message path } } }`;
        answers.push(await world.graphql(source, { input: { id, ...rest } }, { as: mine }));
      }
      const refusal = { code: 'NOT_FOUND', message: expect.any(String), path: ['input', 'id'] };
      expect(answers[0]).toEqual({ data: { [name]: { userErrors: [refusal] } }, extensions: {} });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
    for (const input of [{ billToAccountId: ids.acc }, { testClockId: ids.clk }]) {
      const answer = await world.graphql<{ createAccount: { userErrors: object[] } }>(
        'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { code path } } }',
        { input: { name: 'A', ...input } },
        { as: mine },
      );
      const path = ['input', Object.keys(input)[0]];
      expect(answer.data!.createAccount.userErrors).toEqual([{ code: 'NOT_FOUND', path }]);
    }
    expect(await snapshot()).toEqual(before);
  });

  it('need credentials to be asked for at all', async () => {
    for (const source of [
      '{ accounts { totalCount } }',
      '{ viewer { mode } }',
      '{ node(id: "acc_01kt0000000000000000000000") { id } }',
    ]) {
      const answer = await world.graphql(source, {}, { as: null });
      expect(answer.errors).toEqual([expect.objectContaining({ message: 'Valid credentials are needed.' })]);
    }
  });
});

async function snapshot(): Promise<unknown[]> {
  const tables = ['organizations', 'members', 'api_keys', 'test_clocks', 'accounts', 'facts', 'idempotency_keys'];
  const parts = tables.map(
    (table) =>
      `select '${table}' as name, md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${table} t`,
  );
  return query(world.database.superuserUrl, parts.join(' union all '));
}
