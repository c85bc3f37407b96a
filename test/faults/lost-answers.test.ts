import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { once } from '../../src/platform/idempotency.ts';
import { createSubscription } from '../../src/selling/subscriptions/index.ts';
import { query, type TestDatabase, testDatabase } from '../support/database.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import type { TestOrganization } from '../support/makers.ts';
import { bill, sellPlan } from '../support/selling.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

let database: TestDatabase;
let proxy: FaultProxy;
let world: World;
let organization: TestOrganization;
let planId: string;

beforeAll(async () => {
  database = await testDatabase();
  proxy = await faultProxy(database.runtimeUrl);
  world = await testWorld({ start: '2026-01-31T10:00:00Z', database, runtimeUrl: proxy.url(database.runtimeUrl) });
  organization = await world.organization({ timezone: 'UTC' });
  planId = (await sellPlan(organization)).planId;
});

afterAll(async () => {
  await world?.close();
  await proxy?.close();
  await database?.drop();
});

/** What an API mutation does: a verb, once for its key. */
function order(accountId: string, key: string) {
  return organization.transact((work) =>
    once(work, { key, operation: 'createSubscription', input: { accountId, planId } }, async () => {
      const made = await createSubscription(work, {
        account: { id: accountId },
        items: [{ plan: { id: planId } }],
        collection: 'manual',
      });
      return { id: made.subscription.id };
    }),
  );
}

/** Subscriptions and invoices of an account. */
async function counts(accountId: string): Promise<{ subscriptions: number; invoices: number }> {
  const [row] = await query<{ subscriptions: number; invoices: number }>(
    database.superuserUrl,
    `select (select count(*)::int from subscriptions where account_id = $1) as subscriptions,
            (select count(*)::int from invoices where account_id = $1) as invoices`,
    [accountId],
  );
  return row!;
}

/** The statements of one order, `begin` apart: nothing can be refused before it has begun. */
async function statementsOfOrder(): Promise<string[]> {
  const account = await organization.account();
  const record = proxy.record();
  await order(account.id, newId());
  return record.map((statement) => statement.text).filter((text) => !/^begin/i.test(text));
}

/** The statement of a transaction that has so many before it, `begin` apart. */
const nth = (position: number) => (statement: { transaction: readonly string[] }) =>
  statement.transaction.length === position + 2;

describe('a conflict that the database reports', () => {
  it.each(['40001', '40P01'])('at any statement of an order is tried again and never told: %s', async (code) => {
    const statements = await statementsOfOrder();
    expect(statements.length).toBeGreaterThan(5);
    for (const position of statements.keys()) {
      const account = await organization.account();
      const fault = proxy.plant({ act: 'refuse', code, when: nth(position) });
      const { result, replayed } = await order(account.id, newId());
      expect({ position, hits: fault.hits.length, replayed }).toEqual({ position, hits: 1, replayed: false });
      expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 1 });
      expect(result.id).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('is tried five times and then given up, with nothing written', async () => {
    const account = await organization.account();
    const commit = (statement: { text: string }) => /^commit/i.test(statement.text);
    const four = proxy.plant({ act: 'refuse', code: '40001', when: commit, times: 4 });
    await order(account.id, newId());
    expect(four.hits).toHaveLength(4);
    expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 1 });

    const other = await organization.account();
    const fault = proxy.plant({ act: 'refuse', code: '40001', when: commit, times: 6 });
    await expect(order(other.id, newId())).rejects.toMatchObject({ code: '40001' });
    expect(fault.hits).toHaveLength(5);
    fault.remove();
    expect(await counts(other.id)).toEqual({ subscriptions: 0, invoices: 0 });
  });
});

describe('a commit whose answer is lost', () => {
  it('is found by the same key: nothing is done twice', async () => {
    const account = await organization.account();
    const key = newId();
    proxy.plant({ act: 'cut', side: 'after', when: ({ text }) => /^commit/i.test(text) });
    await expect(order(account.id, key)).rejects.toThrow();
    expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 1 });
    const again = await order(account.id, key);
    expect(again.replayed).toBe(true);
    const [row] = await query<{ id: string }>(
      database.superuserUrl,
      'select id from subscriptions where account_id = $1',
      [account.id],
    );
    expect(again.result.id).toBe(row!.id);
    expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 1 });
  });

  it('and one that never arrived leaves nothing: the same key does it then', async () => {
    const account = await organization.account();
    const key = newId();
    proxy.plant({ act: 'cut', side: 'before', when: ({ text }) => /^commit/i.test(text) });
    await expect(order(account.id, key)).rejects.toThrow();
    expect(await counts(account.id)).toEqual({ subscriptions: 0, invoices: 0 });
    // Until the database has noticed that nobody is there any more, the first try is still running.
    let answer: Awaited<ReturnType<typeof order>> | null = null;
    await until(async () => {
      answer = await order(account.id, key).catch((error: { code?: string }) => {
        if (error.code !== 'IDEMPOTENCY_IN_PROGRESS') throw error;
        return null;
      });
      return answer !== null;
    }, 'the session of the lost commit ends');
    expect(answer).toMatchObject({ replayed: false });
    expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 1 });
  });

  it('of a billing run bills nothing twice', async () => {
    const account = await organization.account();
    await order(account.id, newId());
    world.clock.advance({ days: 29 });
    const billed = proxy.plant({
      act: 'cut',
      side: 'after',
      when: ({ text, transaction }) => /^commit/i.test(text) && transaction.some((one) => /billed_periods/.test(one)),
    });
    await bill(world.app, organization).catch(() => undefined);
    expect(billed.hits).toHaveLength(1);
    await bill(world.app, organization);
    expect(await counts(account.id)).toEqual({ subscriptions: 1, invoices: 2 });
  });
});

describe('a connection that breaks', () => {
  it.each([
    ['before its transaction', 'before', /^begin/i],
    ['before a statement', 'before', /pg_try_advisory_xact_lock/],
    ['before a commit', 'before', /^commit/i],
    ['after a commit', 'after', /^commit/i],
  ] as const)('%s gives its place in the pool back', async (_when, side, text) => {
    const { pool } = world.app.database;
    const account = await organization.account();
    const places = pool.options.max ?? 10;
    for (let round = 0; round < places + 2; round += 1) {
      proxy.plant({ act: 'cut', side, when: (statement) => text.test(statement.text) });
      await expect(order(account.id, newId())).rejects.toThrow();
    }
    expect(pool.totalCount - pool.idleCount).toBe(0);
    await order(account.id, newId());
  });
});

describe('a pool that is too small', () => {
  it('makes requests wait and never lock each other out', async () => {
    const small = await testWorld({
      start: world.clock.now().toISOString(),
      database,
      runtimeUrl: database.runtimeUrl,
      connections: 2,
    });
    try {
      const accounts = await Promise.all(Array.from({ length: 20 }, () => organization.account()));
      const asked = accounts.map((account) =>
        small.graphql(
          'mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { name } userErrors { code } } }',
          { input: { id: toGlobalId('acc', account.id), name: `Renamed ${account.id.slice(-4)}` } },
          { as: organization },
        ),
      );
      for (const answer of await Promise.all(asked)) {
        expect(answer.errors).toBeUndefined();
        expect(answer.data?.updateAccount).toMatchObject({ userErrors: [] });
      }
    } finally {
      await small.close();
    }
  });
});
