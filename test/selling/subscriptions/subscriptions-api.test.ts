import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphql } from 'graphql';
import { newId, toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { flat, sellPlan, subscribe } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

interface UserError {
  code: string;
  path: string[] | null;
  message: string;
}
interface Answer {
  subscription?: Record<string, unknown> & { id: string };
  tally?: Record<string, number>;
  userErrors: UserError[];
}

const fields = `subscription {
  id status currency currentPeriod { start end } trial { end } endsAt endedAt nextBillingAt externalId metadata netDays collection
  account { name } items { component quantity billing price { amount { decimal } } plan { name } planVersion { version } }
  latestInvoice { number status reason total { decimal } lines { description period { start } subscription { id } subscriptionItem { component } price { id } } }
  invoices { totalCount nodes { number subscriptions { id } } }
  history { field oldValue newValue }
}`;

async function mutate(name: string, input: Record<string, unknown>, options: { key?: string } = {}): Promise<Answer> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`;
  const selected = ['runBilling', 'resumeBilling'].includes(name) ? 'tally { subscriptions invoices parked }' : fields;
  const result = await world.graphql<Record<string, Answer>>(
    `mutation ($input: ${type}) { ${name}(input: $input) { ${selected} userErrors { code path message } } }`,
    { input: options.key ? { ...input, idempotencyKey: options.key } : input },
    { as: organization },
  );
  expect(result.errors).toBeUndefined();
  return result.data![name]!;
}

async function ready(version: Parameters<typeof sellPlan>[1] = {}) {
  const account = await organization.account({ name: 'Buyer' });
  const { planId, versionId } = await sellPlan(organization, version);
  return {
    accountId: account.id,
    planId,
    account: { id: toGlobalId('acc', account.id) },
    plan: { id: toGlobalId('plan', planId) },
    version: { versionId: toGlobalId('plv', versionId) },
  };
}

describe('createSubscription', () => {
  it('refuses a quantity of a plan whose prices are all flat, but for 1', async () => {
    const { account, plan } = await ready();
    const refused = await mutate('createSubscription', { account, items: [{ plan, quantity: '3' }] });
    expect(refused.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'items', '0', 'quantity'] }]);
    const one = await mutate('createSubscription', { account, items: [{ plan, quantity: '1' }], collection: 'MANUAL' });
    expect(one.userErrors).toEqual([]);
  });

  it('answers the subscription with its items and its invoice', async () => {
    const { account, plan } = await ready();
    const { subscription, userErrors } = await mutate('createSubscription', {
      account,
      items: [{ plan }],
      collection: 'MANUAL',
      externalId: 'first',
      metadata: { source: 'web' },
    });
    expect(userErrors).toEqual([]);
    expect(subscription).toMatchObject({
      status: 'ACTIVE',
      currency: 'EUR',
      externalId: 'first',
      metadata: { source: 'web' },
      currentPeriod: { start: '2026-01-31T10:00:00.000Z', end: '2026-02-28T10:00:00.000Z' },
      nextBillingAt: '2026-02-28T10:00:00.000Z',
      account: { name: 'Buyer' },
      items: [
        {
          component: 'base',
          quantity: '1',
          billing: 'ADVANCE',
          price: { amount: { decimal: '10.00' } },
          plan: { name: 'Pro' },
          planVersion: { version: 1 },
        },
      ],
      latestInvoice: {
        status: 'OPEN',
        reason: 'SUBSCRIPTION_CREATED',
        total: { decimal: '10.00' },
        lines: [
          {
            description: 'Pro – Base',
            subscription: { id: subscription!.id },
            subscriptionItem: { component: 'base' },
          },
        ],
      },
      invoices: { totalCount: 1, nodes: [{ subscriptions: [{ id: subscription!.id }] }] },
      history: [{ field: 'status', oldValue: null, newValue: 'active' }],
    });
    const read = await world.graphql(
      'query ($id: ID!) { subscription(externalId: "first") { id } node(id: $id) { id ... on Subscription { status } } }',
      { id: subscription!.id },
      { as: organization },
    );
    expect(read.data).toEqual({
      subscription: { id: subscription!.id },
      node: { id: subscription!.id, status: 'ACTIVE' },
    });
  });

  it('happens once for one idempotency key', async () => {
    const { account, plan, accountId } = await ready();
    const input = { account, items: [{ plan }], collection: 'MANUAL' };
    const first = await mutate('createSubscription', input, { key: 'same' });
    const again = await mutate('createSubscription', input, { key: 'same' });
    expect(again.subscription!.id).toBe(first.subscription!.id);
    const other = await mutate('createSubscription', { ...input, netDays: 3 }, { key: 'same' });
    expect(other.userErrors[0]!.code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await query(url, 'select id from invoices where account_id = $1', [accountId])).toHaveLength(1);
  });

  type Ready = Awaited<ReturnType<typeof ready>>;
  const refusals: [string, (ready: Ready) => Record<string, unknown>, string, string][] = [
    [
      'a plan of nobody',
      () => ({ items: [{ plan: { id: toGlobalId('plan', newId()) } }] }),
      'NOT_FOUND',
      'items.0.plan.id',
    ],
    [
      'an unknown external id of a plan',
      () => ({ items: [{ plan: { externalId: 'nothing' } }] }),
      'NOT_FOUND',
      'items.0.plan.externalId',
    ],
    ['an account of nobody', () => ({ account: { id: toGlobalId('acc', newId()) } }), 'NOT_FOUND', 'account.id'],
    ['an unknown external id', () => ({ account: { externalId: 'nobody' } }), 'NOT_FOUND', 'account.externalId'],
    ['an id of another kind', ({ plan }) => ({ account: { id: plan.id } }), 'NOT_FOUND', 'account.id'],
    ['a currency without prices', () => ({ currency: 'USD' }), 'CURRENCY_MISMATCH', 'items.0.plan'],
    ['no items', () => ({ items: [] }), 'INVALID_INPUT', 'items'],
    ['one plan twice', ({ plan }) => ({ items: [{ plan }, { plan }] }), 'CONFLICT', 'items.1.plan'],
    [
      'an unknown component',
      ({ plan }) => ({ items: [{ plan, components: [{ component: 'none', quantity: '1' }] }] }),
      'INVALID_INPUT',
      'items.0.components.0.component',
    ],
    [
      'half a seat',
      ({ plan }) => ({ items: [{ plan, components: [{ component: 'seats', quantity: '0.5' }] }] }),
      'INVALID_INPUT',
      'items.0.components.0.quantity',
    ],
    [
      'two of a flat price',
      ({ plan }) => ({ items: [{ plan, components: [{ component: 'base', quantity: '2' }] }] }),
      'INVALID_INPUT',
      'items.0.components.0.quantity',
    ],
    ['a negative quantity', ({ plan }) => ({ items: [{ plan, quantity: '-1' }] }), 'INVALID_INPUT', 'items.0.quantity'],
    ['a trial that ends before it begins', () => ({ trialEnd: '2026-01-31T10:00:00Z' }), 'INVALID_INPUT', 'trialEnd'],
    ['two trials', () => ({ trialEnd: '2026-03-31T10:00:00Z', trialDays: 3 }), 'INVALID_INPUT', 'trialEnd'],
    ['a trial too long', () => ({ trialDays: 731 }), 'INVALID_INPUT', 'trialDays'],
    ['a day of the month for an anniversary', () => ({ anchorDayOfMonth: 3 }), 'INVALID_INPUT', 'anchorDayOfMonth'],
    [
      'a day of the month that is none',
      () => ({ anchor: 'CALENDAR', anchorDayOfMonth: 32 }),
      'INVALID_INPUT',
      'anchorDayOfMonth',
    ],
    [
      'a payment method of nobody',
      () => ({ paymentMethodId: toGlobalId('pm', newId()) }),
      'NOT_FOUND',
      'paymentMethodId',
    ],
    ['too long terms', () => ({ netDays: 366 }), 'INVALID_INPUT', 'netDays'],
  ];

  it.each(refusals)('refuses %s and writes nothing', async (_, more, code, path) => {
    const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '1' } } });
    const prepared = await ready({ prices: [flat(), seats] });
    const facts = await query(url, 'select count(*) from facts');
    const input = {
      account: prepared.account,
      items: [{ plan: prepared.plan }],
      collection: 'MANUAL',
      ...more(prepared),
    };
    const { subscription, userErrors } = await mutate('createSubscription', input);
    expect(subscription ?? null).toBeNull();
    expect(userErrors[0]).toMatchObject({ code, path: ['input', ...path.split('.')] });
    expect(await query(url, 'select count(*) from facts')).toEqual(facts);
  });

  it('refuses an amount that does not fit the books, also behind a trial', async () => {
    const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '1000000000000' } } });
    const { account, plan } = await ready({ prices: [seats] });
    for (const more of [{}, { trialDays: 7 }]) {
      const items = [{ plan, quantity: '999999999999' }];
      const { userErrors } = await mutate('createSubscription', { account, items, ...more });
      expect(userErrors).toMatchObject([{ code: 'AMOUNT_TOO_LARGE', path: ['input', 'items'] }]);
    }
  });

  it('refuses plans of different intervals, off sale, or not published', async () => {
    const { account, plan } = await ready();
    const yearly = await ready({ intervalUnit: 'year' });
    const mixed = await mutate('createSubscription', { account, items: [{ plan }, { plan: yearly.plan }] });
    expect(mixed.userErrors[0]).toMatchObject({ code: 'CONFLICT', path: ['input', 'items', '1', 'plan'] });
    const draft = await ready({ publish: false });
    for (const reference of [draft.plan, draft.version]) {
      const refused = await mutate('createSubscription', { account, items: [{ plan: reference }] });
      expect(refused.userErrors[0]).toMatchObject({ code: 'INVALID_STATE', path: ['input', 'items', '0', 'plan'] });
    }
    await query(url, 'update plans set archived_at = now() where id = $1', [yearly.planId]);
    const archived = await mutate('createSubscription', { account, items: [{ plan: yearly.plan }] });
    expect(archived.userErrors[0]).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('refuses a blocked account', async () => {
    const { account, plan, accountId } = await ready();
    await query(url, `update accounts set dunning_status = 'blocked' where id = $1`, [accountId]);
    const { userErrors } = await mutate('createSubscription', { account, items: [{ plan }] });
    expect(userErrors[0]).toMatchObject({ code: 'ACCOUNT_BLOCKED', path: ['input', 'account'] });
  });
});

describe('a subscription through the API', () => {
  it('is changed, ended, kept and found again', async () => {
    const { account, plan, accountId } = await ready();
    const made = await mutate('createSubscription', { account, items: [{ plan }], collection: 'MANUAL' });
    const id = made.subscription!.id;
    const updated = await mutate('updateSubscription', { id, netDays: 14, metadata: { a: 'b' } });
    expect(updated.subscription).toMatchObject({
      netDays: 14,
      metadata: { a: 'b' },
      history: [
        { field: 'status' },
        { field: 'netDays', oldValue: null, newValue: 14 },
        { field: 'metadata', oldValue: {}, newValue: { a: 'b' } },
      ],
    });
    const ending = await mutate('cancelSubscription', { id, at: 'PERIOD_END', reason: 'moved' });
    expect(ending.subscription).toMatchObject({ status: 'ACTIVE', endsAt: '2026-02-28T10:00:00.000Z' });
    expect((await mutate('undoCancelSubscription', { id })).subscription).toMatchObject({ endsAt: null });
    expect((await mutate('cancelSubscription', { id, at: 'NOW' })).subscription).toMatchObject({
      status: 'CANCELED',
      nextBillingAt: null,
    });
    expect((await mutate('cancelSubscription', { id, at: 'NOW' })).userErrors[0]!.code).toBe('INVALID_STATE');
    expect((await mutate('updateSubscription', { id, netDays: 3 })).userErrors[0]!.code).toBe('INVALID_STATE');
    const list = await world.graphql<{ subscriptions: { totalCount: number; nodes: { id: string }[] } }>(
      `query ($filter: SubscriptionFilter) { subscriptions(filter: $filter) { totalCount nodes { id } } }`,
      { filter: { accountId: account.id, status: ['CANCELED'], planId: plan.id, parked: false, metadata: { a: 'b' } } },
      { as: organization },
    );
    expect(list.data!.subscriptions).toEqual({ totalCount: 1, nodes: [{ id }] });
    const [{ count } = { count: 0 }] = await query<{ count: number }>(
      url,
      `select count(*)::int as count from facts where object_id in (select id from subscriptions where account_id = $1)`,
      [accountId],
    );
    expect(count).toBe(5);
  });

  it('is billed by a run and resumed after it was parked', async () => {
    const { account, plan, accountId } = await ready();
    await mutate('createSubscription', { account, items: [{ plan }], collection: 'MANUAL' });
    expect((await mutate('resumeBilling', { accountId: account.id })).userErrors[0]!.code).toBe('INVALID_STATE');
    world.clock.advance({ days: 31 });
    await query(url, `update subscriptions set timezone = 'Nowhere/Land' where account_id = $1`, [accountId]);
    const due = await mutate('runBilling', { dryRun: true });
    expect(due.tally!.subscriptions).toBeGreaterThan(0);
    expect((await mutate('runBilling', {})).tally).toMatchObject({ parked: 1 });
    const list = await world.graphql<{ subscriptions: { nodes: { parkedReason: string }[] } }>(
      '{ subscriptions(filter: { parked: true }) { nodes { parkedReason } } }',
      {},
      { as: organization },
    );
    expect(list.data!.subscriptions.nodes).toEqual([{ parkedReason: expect.stringMatching(/zone/i) }]);
    await query(url, `update subscriptions set timezone = 'UTC' where account_id = $1`, [accountId]);
    expect((await mutate('resumeBilling', { accountId: account.id })).tally).toEqual({
      subscriptions: 1,
      invoices: 1,
      parked: 0,
    });
  });

  it('cannot be reached by another organization, nor be changed without the permission', async () => {
    const { account, plan } = await ready();
    const made = await mutate('createSubscription', { account, items: [{ plan }], collection: 'MANUAL' });
    const id = made.subscription!.id;
    const other = await world.organization();
    const foreign = await world.graphql(
      'query ($id: ID!) { subscription(id: $id) { id } node(id: $id) { id } }',
      { id },
      { as: other },
    );
    expect(foreign.data).toEqual({ subscription: null, node: null });
    const cancel = await world.graphql<{ cancelSubscription: Answer }>(
      'mutation ($id: ID!) { cancelSubscription(input: { id: $id, at: NOW }) { userErrors { code } } }',
      { id },
      { as: other },
    );
    expect(cancel.data!.cancelSubscription.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
    const reader = { ...organization.identity, permissions: new Set(['subscriptions:read']) };
    const refused = await world.graphql(
      'mutation ($id: ID!) { cancelSubscription(input: { id: $id, at: NOW }) { userErrors { code } } }',
      { id },
      { as: reader },
    );
    expect(JSON.stringify(refused.errors)).toContain('subscriptions:write');
  });

  it('is listed with its relatives by a fixed number of statements', async () => {
    const source = `{ subscriptions(first: 100) { nodes { status account { name } items { component price { amount { decimal } } plan { name } }
      latestInvoice { number lines { amount { decimal } } } history { field } } } }`;
    const count = async () => {
      const context = world.context(organization);
      const result = await graphql({ schema: world.schema, source, contextValue: context });
      expect(result.errors).toBeUndefined();
      const { statements } = context.reader;
      await context.reader.close();
      return statements;
    };
    const before = await count();
    const { planId } = await sellPlan(organization);
    for (let more = 0; more < 5; more += 1) await subscribe(organization, (await organization.account()).id, planId);
    expect(await count()).toBe(before);
    expect(before).toBeLessThanOrEqual(9);
  });

  it('is shown beside the lines of invoices with three statements', async () => {
    const context = world.context(organization);
    const source = '{ invoices(first: 20) { nodes { number lines { description subscription { status } } } } }';
    const result = await graphql({ schema: world.schema, source, contextValue: context });
    expect(result.errors).toBeUndefined();
    expect(context.reader.statements).toBe(3);
    await context.reader.close();
  });
});

describe('a change that was to come', () => {
  it('can be read by its id whatever became of it', async () => {
    const seats = flat(0n, { component: 'seats', model: { perSeat: { unitAmount: '100' } } });
    const { planId } = await sellPlan(organization, { prices: [seats] });
    const { id: accountId } = await organization.account();
    const { subscription } = await subscribe(organization, accountId, planId);
    const id = toGlobalId('sub', subscription.id);
    const ask = async <T>(text: string, variables: object) => {
      const answer = await world.graphql<T>(text, variables as Record<string, unknown>, { as: organization });
      expect(answer.errors).toBeUndefined();
      return answer.data!;
    };
    interface Changed {
      changeSubscription: {
        superseded: { id: string; status: string }[];
        subscription: { pendingChanges: { id: string }[] };
      };
    }
    const change = async (quantity: string) => {
      const answer = await ask<Changed>(
        `mutation ($input: ChangeSubscriptionInput!) { changeSubscription(input: $input) {
          superseded { id status } subscription { pendingChanges { id } } } }`,
        { input: { id, changes: [{ setQuantity: { quantity } }], when: 'PERIOD_END' } },
      );
      return answer.changeSubscription;
    };
    const node = async (of: string) =>
      (
        await ask<{ node: object | null }>(
          'query ($id: ID!) { node(id: $id) { ... on PendingChange { status closedAt parts { items { quantity } } } } }',
          {
            id: of,
          },
        )
      ).node;
    const first = (await change('2')).subscription.pendingChanges[0]!.id;
    expect(await node(first)).toMatchObject({ status: 'PENDING', closedAt: null });
    const { superseded, subscription: after } = await change('3');
    expect(superseded).toMatchObject([{ status: 'SUPERSEDED' }]);
    const at = world.clock.now().toISOString();
    expect(await node(superseded[0]!.id)).toEqual({
      ...{ status: 'SUPERSEDED', closedAt: at },
      parts: [{ items: [{ quantity: '2' }] }],
    });
    const last = after.pendingChanges[0]!.id;
    await ask(
      'mutation ($input: UndoSubscriptionChangeInput!) { undoSubscriptionChange(input: $input) { userErrors { code } } }',
      {
        input: { id: last },
      },
    );
    expect(await node(last)).toMatchObject({ status: 'UNDONE', closedAt: at });
    expect(await node(toGlobalId('sch', newId()))).toBeNull();
  });
});
