import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accounts } from '../../src/accounts/accounts.module.ts';
import { deleteAccount, eraseAccount, permissionsOfRole, updateAccount } from '../../src/accounts/index.ts';
import { eventCursor, publicData } from '../../src/platform/event-text.ts';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { audit } from '../../src/reporting/audit/audit.module.ts';
import type { TestOrganization } from '../support/makers.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;
let anna: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z', modules: [accounts, audit] });
  organization = await world.organization();
  anna = (await organization.account({ name: 'Anna', email: 'anna@example.com' })).id;
  await organization.account({ name: 'Bert' });
  await organization.transact((work) => updateAccount(work, anna, { name: 'Anna Z' }));
  const system = { ...organization.scope, actor: { type: 'system' as const, id: 'test' } };
  await world.app.transact(system, (work) => updateAccount(work, anna, { netDays: 3 }));
  await world.settle();
});

afterAll(() => world.close());

interface Events {
  nodes: { id: string; type: string; sequence: string; cursor: string; change: unknown }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
  totalCount: number;
}

async function ask(
  name: 'events' | 'auditLog',
  variables: object = {},
  as: Parameters<World['context']>[0] = organization,
) {
  return world.graphql<Record<string, Events>>(
    `query ($filter: EventFilter, $first: Int, $after: String, $last: Int, $before: String) {
      ${name}(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id type sequence cursor change } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
    { ...variables },
    { as },
  );
}

async function types(variables: object = {}) {
  const answer = await ask('events', variables);
  expect(answer.errors).toBeUndefined();
  return answer.data!.events!.nodes.map((node) => node.type);
}

const all = ['organization.created', 'account.created', 'account.created', 'account.updated', 'account.updated'];

describe('events', () => {
  it('come in their order, and go on after a cursor', async () => {
    const first = (await ask('events', { first: 2 })).data!.events!;
    expect(first).toMatchObject({
      totalCount: 5,
      nodes: [{ sequence: '1' }, { sequence: '2' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(first.pageInfo.endCursor).toBe(first.nodes[1]!.cursor);
    expect([...first.nodes.map((node) => node.type), ...(await types({ after: first.pageInfo.endCursor }))]).toEqual(
      all,
    );
    expect(await types({ last: 2 })).toEqual(all.slice(3));
    expect(await types({ last: 1, before: eventCursor(organization.id, 4n) })).toEqual(all.slice(2, 3));
    expect(await types({ after: eventCursor(organization.id, 5n) })).toEqual([]);
  });

  it('take the cursors of live updates, and none of another organization', async () => {
    const other = await world.organization();
    const foreign = await ask('events', { after: eventCursor(other.id, 1n) });
    expect(foreign.errors).toMatchObject([{ message: 'This is no cursor of these events.' }]);
    expect((await ask('events', { before: eventCursor(other.id, 1n) })).errors).toHaveLength(1);
  });

  it('are filtered by type, object, account, actor and time', async () => {
    const id = toGlobalId('acc', anna);
    expect(await types({ filter: { types: ['account.updated'] } })).toHaveLength(2);
    expect(await types({ filter: { objectId: id } })).toHaveLength(3);
    expect(await types({ filter: { accountId: id, actorTypes: ['SYSTEM'] } })).toEqual(['account.updated']);
    expect(await types({ filter: { recordedAt: { from: '2026-03-01T12:00:01Z' } } })).toEqual([]);
    expect(await types({ filter: { objectId: 'nonsense' } })).toEqual([]);
  });

  it.each([
    [{ after: 'nonsense' }],
    [{ after: Buffer.from('event 1 or 1=1').toString('base64url') }],
    [{ first: 101 }],
    [{ filter: { types: Array.from({ length: 51 }, () => 'x') } }],
  ])('refuse %j', async (variables) => {
    expect((await ask('events', variables)).errors).toHaveLength(1);
  });

  it('show changes to administrators only, and whole to node', async () => {
    const nodes = (await ask('events')).data!.events!.nodes;
    expect(nodes[3]!.change).toEqual({ name: { old: 'Anna', new: 'Anna Z' } });
    const analyst = { ...organization.identity, permissions: permissionsOfRole('analyst') };
    const seen = (await ask('events', {}, analyst)).data!.events!.nodes;
    expect(seen.map((node) => node.change)).toEqual([null, null, null, null, null]);
    expect((await ask('auditLog', {}, analyst)).errors).toEqual([
      expect.objectContaining({ message: 'This needs the permission audit:read.' }),
    ]);
    const answer = await world.graphql<{ node: object; foreign: null }>(
      `query ($id: ID!) { node(id: $id) { ... on Event { type objectId objectType data requestId occurredAt
        actor { type id } account { name } } } }`,
      { id: nodes[3]!.id },
      { as: organization },
    );
    expect(answer.data!.node).toEqual({
      type: 'account.updated',
      objectId: toGlobalId('acc', anna),
      objectType: 'account',
      data: { accountId: toGlobalId('acc', anna), changed: ['name'] },
      requestId: null,
      occurredAt: '2026-03-01T12:00:00.000Z',
      actor: { type: 'MEMBER', id: toGlobalId('mem', organization.actor.id) },
      account: { name: 'Anna Z' },
    });
  });

  it('are nobody else’s', async () => {
    const other = await world.organization();
    const id = (await ask('events')).data!.events!.nodes[3]!.id;
    const answer = await world.graphql('query ($id: ID!) { node(id: $id) { id } }', { id }, { as: other });
    expect(answer.data).toEqual({ node: null });
    await world.settle();
    expect((await ask('events', {}, other)).data!.events!.totalCount).toBe(1);
  });
});

describe('the audit log', () => {
  it('holds what people and programs did, without what the system did', async () => {
    const log = (await ask('auditLog')).data!.auditLog!;
    expect(log.nodes.map((node) => node.type)).toEqual(all.slice(0, 4));
    expect(log.totalCount).toBe(4);
  });

  it('forgets personal data when an account is erased, and keeps its order', async () => {
    await organization.transact((work) => deleteAccount(work, anna));
    await organization.transact((work) => eraseAccount(work, anna));
    await world.settle();
    const log = (await ask('auditLog', { filter: { accountId: toGlobalId('acc', anna) } })).data!.auditLog!;
    expect(log.nodes.map(({ type, change }) => [type, change])).toEqual([
      ['account.created', null],
      ['account.updated', null],
      ['account.deleted', null],
      ['account.erased', null],
    ]);
  });
});

describe('data of events', () => {
  it('has the ids of the API', () => {
    const [id, other] = [newId(), newId()];
    expect(
      publicData({
        billToAccountId: id,
        invoiceIds: [id, other],
        paymentMethodId: id,
        planVersionId: id,
        attemptId: id,
        amount: '5',
        testClockId: null,
        nested: [{ subscriptionItemId: other }],
        unknownId: id,
      }),
    ).toEqual({
      billToAccountId: toGlobalId('acc', id),
      invoiceIds: [toGlobalId('inv', id), toGlobalId('inv', other)],
      paymentMethodId: toGlobalId('pm', id),
      planVersionId: toGlobalId('plv', id),
      attemptId: toGlobalId('att', id),
      amount: '5',
      testClockId: null,
      nested: [{ subscriptionItemId: toGlobalId('si', other) }],
      unknownId: id,
    });
  });
});
