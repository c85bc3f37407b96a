import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestOrganization } from '../support/makers.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(() => world.close());

const fields = `id externalId name email currency timezone locale taxExempt dunningStatus netDays metadata createdAt
  updatedAt deletedAt erasedAt billingAddress { line1 line2 city region postalCode country } taxIds { type value }
  billToAccount { id } testClock { id }`;

const create = `mutation ($input: CreateAccountInput!) {
  createAccount(input: $input) { account { ${fields} } userErrors { code message path } } }`;

interface Made {
  account: Record<string, unknown> & { id: string };
  userErrors: { code: string; message: string; path: string[] }[];
}

async function mutate<T = Made>(name: string, input: object, as = organization, selection = `account { ${fields} }`) {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const answer = await world.graphql<Record<string, T>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`,
    { input },
    { as },
  );
  expect(answer.errors).toBeUndefined();
  return answer.data![name]!;
}

async function facts(type: string, objectId?: string) {
  const reader = world.app.read(organization.id);
  const rows = await reader.rows<{ data: unknown; change: unknown; actor: string; request_id: string }>(
    'select data, change, actor, request_id from facts where organization_id = $1 and type = $2 order by id',
    [organization.id, type],
  );
  await reader.close();
  return objectId ? rows.filter((row) => JSON.stringify(row.data).includes(objectId)) : rows;
}

describe('createAccount', () => {
  it('keeps everything it is given and answers it', async () => {
    const payer = await mutate('createAccount', { name: 'Payer' });
    const { account, userErrors } = await mutate('createAccount', {
      name: '  Anna Ämter ',
      email: 'anna@example.com',
      externalId: 'crm-1',
      currency: 'USD',
      timezone: 'america/new_york',
      locale: 'DE-at',
      billingAddress: { line1: 'Ring 1', city: 'Wien', postalCode: '1010', country: 'AT' },
      taxIds: [{ type: 'EU_VAT', value: 'ATU12345675' }],
      taxExempt: true,
      netDays: 14,
      billToAccountId: payer.account.id,
      metadata: { tier: 'gold' },
    });
    expect(userErrors).toEqual([]);
    expect(account).toEqual({
      id: expect.stringMatching(/^acc_/),
      externalId: 'crm-1',
      name: 'Anna Ämter',
      email: 'anna@example.com',
      currency: 'USD',
      timezone: 'America/New_York',
      locale: 'de-AT',
      taxExempt: true,
      dunningStatus: 'ACTIVE',
      netDays: 14,
      metadata: { tier: 'gold' },
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-01T12:00:00.000Z',
      deletedAt: null,
      erasedAt: null,
      billingAddress: { line1: 'Ring 1', line2: null, city: 'Wien', region: null, postalCode: '1010', country: 'AT' },
      taxIds: [{ type: 'EU_VAT', value: 'ATU12345675' }],
      billToAccount: { id: payer.account.id },
      testClock: null,
    });
  });

  it('takes what is left out from the organization', async () => {
    const { account } = await mutate('createAccount', { name: 'Plain' });
    expect(account).toMatchObject({ currency: 'EUR', timezone: 'Europe/Vienna', locale: 'en', billingAddress: null });
  });

  const refusals: [string, object, string, string][] = [
    ['an empty name', { name: '  ' }, 'INVALID_INPUT', 'input.name'],
    ['a long name', { name: 'x'.repeat(201) }, 'INVALID_INPUT', 'input.name'],
    ['a card number in a text', { name: 'card 4242 4242 4242 4242' }, 'INVALID_INPUT', 'input.name'],
    [
      'a card number in metadata',
      { name: 'A', metadata: { card: '4242424242424242' } },
      'INVALID_INPUT',
      'input.metadata.card',
    ],
    ['a name that turns its direction', { name: 'a\u202egro.live' }, 'INVALID_INPUT', 'input.name'],
    ['a name that rings', { name: 'a\u0007b' }, 'INVALID_INPUT', 'input.name'],
    ['a name of two lines', { name: 'a\nb' }, 'INVALID_INPUT', 'input.name'],
    ['a locale that is none', { name: 'A', locale: 'not a locale' }, 'INVALID_INPUT', 'input.locale'],
    ['days beyond a year', { name: 'A', netDays: 366 }, 'INVALID_INPUT', 'input.netDays'],
    [
      'a tax id with strange signs',
      { name: 'A', taxIds: [{ type: 'OTHER', value: '<x>' }] },
      'INVALID_INPUT',
      'input.taxIds.0.value',
    ],
    [
      'a payer that is not there',
      { name: 'A', billToAccountId: 'acc_01kt0000000000000000000000' },
      'NOT_FOUND',
      'input.billToAccountId',
    ],
    [
      'a payer of another kind',
      { name: 'A', billToAccountId: 'inv_01kt0000000000000000000000' },
      'NOT_FOUND',
      'input.billToAccountId',
    ],
    [
      'a test clock that is not there',
      { name: 'A', testClockId: 'clk_01kt0000000000000000000000' },
      'NOT_FOUND',
      'input.testClockId',
    ],
  ];
  it.each(refusals)('refuses %s and names its path', async (_what, input, code, path) => {
    const before = (await facts('account.created')).length;
    const { account, userErrors } = await mutate('createAccount', input);
    expect(account).toBeNull();
    expect(userErrors).toEqual([{ code, message: expect.any(String), path: path.split('.') }]);
    expect(JSON.stringify(userErrors)).not.toContain('4242');
    expect(await facts('account.created')).toHaveLength(before);
  });

  it('names every fault of one input', async () => {
    const { userErrors } = await mutate('createAccount', { name: '', netDays: -1, locale: 'xxxxxxxxxxxxx' });
    expect(userErrors.map((error) => error.path.join('.')).sort()).toEqual([
      'input.locale',
      'input.name',
      'input.netDays',
    ]);
  });

  it('refuses an external id that is in use, until the other account is deleted', async () => {
    const first = await mutate('createAccount', { name: 'One', externalId: 'same' });
    const second = await mutate('createAccount', { name: 'Two', externalId: 'same' });
    expect(second.userErrors).toEqual([
      expect.objectContaining({ code: 'ALREADY_EXISTS', path: ['input', 'externalId'] }),
    ]);
    await mutate('deleteAccount', { id: first.account.id });
    expect((await mutate('createAccount', { name: 'Two', externalId: 'same' })).userErrors).toEqual([]);
    const elsewhere = await mutate('createAccount', { name: 'Other', externalId: 'same' }, await world.organization());
    expect(elsewhere.userErrors).toEqual([]);
  });

  it('happens once for one idempotency key, also from the header', async () => {
    const input = { name: 'Once', idempotencyKey: 'k-1' };
    const first = await world.graphql<{ createAccount: Made }>(create, { input }, { as: organization });
    const again = await world.graphql<{ createAccount: Made }>(create, { input }, { as: organization });
    expect(again.data!.createAccount.account.id).toBe(first.data!.createAccount.account.id);
    expect(again.extensions).toEqual({ idempotencyReplayed: true });
    const other = await mutate('createAccount', { ...input, name: 'Twice' });
    expect(other.userErrors).toEqual([expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' })]);
    const header = { as: organization, idempotencyKey: 'h-1' };
    const byHeader = [
      await world.graphql<{ createAccount: Made }>(create, { input: { name: 'H' } }, header),
      await world.graphql<{ createAccount: Made }>(create, { input: { name: 'H' } }, header),
    ];
    expect(byHeader[0]!.data!.createAccount.account.id).toBe(byHeader[1]!.data!.createAccount.account.id);
    const differing = await world.graphql<{ createAccount: Made }>(create, { input }, header);
    expect(differing.data!.createAccount.userErrors).toEqual([
      expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] }),
    ]);
    const alike = { input: { name: 'H', idempotencyKey: 'h-1' } };
    const same = await world.graphql<{ createAccount: Made }>(create, alike, header);
    expect(same.data!.createAccount.account.id).toBe(byHeader[0]!.data!.createAccount.account.id);
    const tooLong = await mutate('createAccount', { name: 'L', idempotencyKey: 'x'.repeat(256) });
    expect(tooLong.userErrors).toEqual([
      expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'] }),
    ]);
  });

  it('leaves a fact with actor, request and what was said', async () => {
    const answer = await world.graphql<{ createAccount: Made }>(
      create,
      { input: { name: 'Traced', email: 'traced@example.com' } },
      { as: organization, requestId: 'request-7' },
    );
    expect(answer.errors).toBeUndefined();
    const [fact] = (await facts('account.created')).slice(-1);
    expect(fact).toMatchObject({
      actor: `member:${organization.actor.id}`,
      request_id: 'request-7',
      change: { email: { old: null, new: 'traced@example.com' } },
    });
    expect(JSON.stringify(fact!.data)).not.toContain('traced');
  });
});

describe('updateAccount', () => {
  it('changes what is given, clears with null, and keeps old and new', async () => {
    const { account } = await mutate('createAccount', {
      name: 'Before',
      email: 'a@example.com',
      netDays: 7,
      metadata: { a: '1' },
    });
    const changed = await mutate('updateAccount', { id: account.id, name: 'After', email: null });
    expect(changed.userErrors).toEqual([]);
    expect(changed.account).toMatchObject({
      name: 'After',
      email: null,
      netDays: 7,
      currency: 'EUR',
      metadata: { a: '1' },
    });
    const [fact] = (await facts('account.updated')).slice(-1);
    expect(fact).toMatchObject({
      data: { changed: ['email', 'name'] },
      change: { name: { old: 'Before', new: 'After' }, email: { old: 'a@example.com', new: null } },
    });
  });

  it('refuses null for what cannot be empty, and changes nothing', async () => {
    const { account } = await mutate('createAccount', { name: 'Full', email: 'full@example.com' });
    const { userErrors } = await mutate('updateAccount', { id: account.id, name: null, currency: null, email: null });
    expect(userErrors).toMatchObject([
      { code: 'INVALID_INPUT', path: ['input', 'name'] },
      { code: 'INVALID_INPUT', path: ['input', 'currency'] },
    ]);
    const unchanged = await mutate('updateAccount', { id: account.id });
    expect(unchanged.account).toMatchObject({ name: 'Full', email: 'full@example.com' });
  });

  it('says nothing when nothing changes', async () => {
    const address = { line1: 'Ring 1', country: 'AT', city: 'Wien' };
    const { account } = await mutate('createAccount', { name: 'Same', billingAddress: address });
    const before = (await facts('account.updated')).length;
    await mutate('updateAccount', { id: account.id, name: 'Same', billingAddress: address });
    expect(await facts('account.updated')).toHaveLength(before);
  });

  it('allows no circle and no chain of payers', async () => {
    const [a, b, c] = [
      (await mutate('createAccount', { name: 'a' })).account.id,
      (await mutate('createAccount', { name: 'b' })).account.id,
      (await mutate('createAccount', { name: 'c' })).account.id,
    ];
    const path = ['input', 'billToAccountId'];
    const point = async (from: string, to: string) =>
      (await mutate('updateAccount', { id: from, billToAccountId: to })).userErrors;
    expect(await point(a, a)).toEqual([expect.objectContaining({ code: 'CONFLICT', path })]);
    expect(await point(a, b)).toEqual([]);
    expect(await point(b, a)).toEqual([expect.objectContaining({ code: 'CONFLICT', path })]);
    expect(await point(b, c)).toEqual([expect.objectContaining({ code: 'CONFLICT', path })]);
    expect(await point(c, a)).toEqual([expect.objectContaining({ code: 'CONFLICT', path })]);
    const both = await Promise.all([point(c, b), point(b, c)]);
    expect(both.flat().map((error) => error.code)).toEqual(['CONFLICT']);
  });
});

describe('deleting and erasing', () => {
  it('hides a deleted account from lists, keeps it by id, and refuses to change it', async () => {
    const { account } = await mutate('createAccount', { name: 'Leaving', externalId: 'leaving' });
    expect((await mutate('deleteAccount', { id: account.id })).account).toMatchObject({
      deletedAt: expect.any(String),
    });
    const { data } = await world.graphql<Record<string, { nodes?: unknown[]; id?: string } | null>>(
      `query ($id: ID!) { account(id: $id) { id } gone: account(externalId: "leaving") { id }
        accounts(filter: { externalId: "leaving" }) { nodes { id } }
        all: accounts(filter: { externalId: "leaving", includeDeleted: true }) { nodes { id } } }`,
      { id: account.id },
      { as: organization },
    );
    expect(data).toEqual({
      account: { id: account.id },
      gone: null,
      accounts: { nodes: [] },
      all: { nodes: [{ id: account.id }] },
    });
    for (const [name, input] of [
      ['updateAccount', { id: account.id, name: 'X' }],
      ['deleteAccount', { id: account.id }],
    ] as const) {
      expect((await mutate(name, input)).userErrors).toEqual([expect.objectContaining({ code: 'NOT_FOUND' })]);
    }
  });

  it('refuses to delete an account that pays for others', async () => {
    const payer = (await mutate('createAccount', { name: 'Payer' })).account.id;
    await mutate('createAccount', { name: 'Child', billToAccountId: payer });
    expect((await mutate('deleteAccount', { id: payer })).userErrors).toEqual([
      expect.objectContaining({ code: 'IN_USE' }),
    ]);
  });

  it('erases personal data everywhere, and only after deletion', async () => {
    const { account } = await mutate('createAccount', {
      name: 'Secret Person',
      email: 'secret.person@example.com',
      externalId: 'secret-ext',
      billingAddress: { line1: 'Secret street', country: 'AT' },
      metadata: { nick: 'secret-nick' },
    });
    await mutate('updateAccount', { id: account.id, name: 'Secret Persona' });
    expect((await mutate('eraseAccount', { id: account.id })).userErrors).toEqual([
      expect.objectContaining({ code: 'INVALID_STATE' }),
    ]);
    await mutate('deleteAccount', { id: account.id });
    await world.settle();
    const erased = await mutate('eraseAccount', { id: account.id });
    expect(erased.account).toMatchObject({
      name: 'Erased account',
      email: null,
      externalId: null,
      metadata: {},
      taxIds: [],
    });
    expect((await mutate('eraseAccount', { id: account.id })).userErrors).toEqual([]);
    const reader = world.app.read(organization.id);
    for (const table of ['accounts', 'facts', 'published_facts', 'idempotency_keys']) {
      const rows = await reader.rows(`select t::text from ${table} t where t::text ilike '%secret%'`);
      expect(rows).toEqual([]);
    }
    await reader.close();
  });
});

describe('lists', () => {
  let shop: TestOrganization;
  const list = `query ($filter: AccountFilter, $orderBy: AccountOrder, $first: Int, $after: String, $last: Int, $before: String) {
    accounts(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`;
  interface List {
    accounts: {
      totalCount: number;
      nodes: { name: string }[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
    };
  }
  const ask = async (variables: Record<string, unknown>) => {
    const answer = await world.graphql<List>(list, variables, { as: shop });
    expect(answer.errors).toBeUndefined();
    return answer.data!.accounts;
  };
  const names = async (filter: object) =>
    (await ask({ filter, orderBy: { field: 'NAME', direction: 'ASC' } })).nodes.map((node) => node.name);

  beforeAll(async () => {
    shop = await world.organization();
    for (const name of ['Delta', 'Alpha', 'Charlie', 'Bravo', '100%_Echo']) {
      const email = name === 'Alpha' ? 'Alpha@Example.com' : undefined;
      await shop.account({
        name,
        email,
        metadata: { first: name[0]!, kind: 'x' },
        currency: name === 'Bravo' ? 'USD' : 'EUR',
      });
      world.clock.advance({ seconds: 1 });
    }
  });

  it('walks forwards and backwards, sorted either way', async () => {
    const orderBy = { field: 'NAME', direction: 'ASC' };
    const first = await ask({ orderBy, first: 2 });
    expect(first).toMatchObject({
      totalCount: 5,
      nodes: [{ name: '100%_Echo' }, { name: 'Alpha' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const second = await ask({ orderBy, first: 2, after: first.pageInfo.endCursor });
    expect(second.nodes.map((node) => node.name)).toEqual(['Bravo', 'Charlie']);
    const back = await ask({ orderBy, last: 2, before: second.pageInfo.startCursor });
    expect(back.nodes).toEqual(first.nodes);
    expect((await ask({})).nodes.map((node) => node.name)).toEqual(['100%_Echo', 'Bravo', 'Charlie', 'Alpha', 'Delta']);
  });

  it('filters by each of its fields', async () => {
    expect(await names({ search: 'LPH' })).toEqual(['Alpha']);
    expect(await names({ search: '0%_' })).toEqual(['100%_Echo']);
    expect(await names({ search: '__' })).toEqual([]);
    expect(await names({ email: 'ALPHA@example.COM' })).toEqual(['Alpha']);
    expect(await names({ currency: 'USD' })).toEqual(['Bravo']);
    expect(await names({ metadata: { first: 'C' } })).toEqual(['Charlie']);
    expect(await names({ dunningStatus: ['BLOCKED'] })).toEqual([]);
    expect(await names({ dunningStatus: ['ACTIVE', 'BLOCKED'], search: 'al' })).toEqual(['Alpha']);
    expect(await names({ createdAt: { from: '2026-03-01T12:00:01Z', before: '2026-03-01T12:00:03Z' } })).toEqual([
      'Alpha',
      'Charlie',
    ]);
    expect(await names({ billToAccountId: 'acc_01kt0000000000000000000000' })).toEqual([]);
    expect(await names({ testClockId: 'nonsense' })).toEqual([]);
  });

  it.each([
    [{ first: 0 }],
    [{ first: 101 }],
    [{ first: 1, last: 1 }],
    [{ after: 'garbage' }],
    [{ filter: { search: 'a' } }],
  ])('refuses %j', async (variables) => {
    const answer = await world.graphql(list, variables, { as: shop });
    expect(answer.errors).toEqual([expect.objectContaining({ message: expect.any(String), path: ['accounts'] })]);
  });

  it('needs one statement for a page and its payers, and one for their count', async () => {
    const context = world.context(shop);
    expect(context.reader.statements).toBe(0);
    const { accountsPage } = await import('../../src/accounts/accounts.queries.ts');
    const page = await accountsPage(context, {}, { field: 'CREATED_AT', direction: 'desc' }, { first: 3 });
    expect(page.nodes).toHaveLength(3);
    expect(context.reader.statements).toBe(1);
    await (page.count as () => Promise<number>)();
    expect(context.reader.statements).toBe(2);
    await context.reader.close();
  });
});
