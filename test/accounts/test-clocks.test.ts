import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accounts } from '../../src/accounts/accounts.module.ts';
import { AccountEntity, lockAccounts, walkTestClock } from '../../src/accounts/index.ts';
import type { App } from '../../src/platform/app-types.ts';
import { fromGlobalId } from '../../src/platform/id.ts';
import type { Module, Timer } from '../../src/platform/module.ts';
import { audit } from '../../src/reporting/audit/audit.module.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

const dayMs = 24 * 3600 * 1000;
let failNext = false;
let stuck = false;

/** Something that falls due for each account at the instant its metadata names, and then again after some time. */
function toyTimer(name: string, everyMs: number): Timer {
  const dueBy = async (app: App, organizationId: string, clockId: string) => {
    const reader = app.read(organizationId);
    const rows = await reader.rows<{ id: string; due: string }>(
      `select a.id, a.metadata->>$3 as due from accounts a
       where a.organization_id = $1 and a.test_clock_id = $2 and a.metadata ? $3 order by 2, 1`,
      [organizationId, clockId, name],
    );
    await reader.close();
    return rows;
  };
  return {
    name,
    async nextDue(app, { organizationId, clockId }) {
      const [first] = await dueBy(app, organizationId, clockId);
      return first ? new Date(first.due) : null;
    },
    async runDue(app, { organizationId, clockId }, at) {
      if (stuck) return;
      const due = (await dueBy(app, organizationId, clockId)).filter((row) => row.due <= at.toISOString());
      const scope = { organizations: [organizationId], actor: { type: 'system' as const, id: name }, requestId: null };
      await app.transact(scope, async (work) => {
        for (const account of (
          await lockAccounts(
            work,
            due.map((row) => row.id),
          )
        ).values()) {
          const was = account.metadata[name]!;
          const next = new Date(Date.parse(was) + everyMs).toISOString();
          work.update(AccountEntity, {
            organizationId,
            id: account.id,
            metadata: { ...account.metadata, [name]: next },
          });
          work.announce({
            type: `toy.${name}`,
            organizationId,
            objectType: 'account',
            objectId: account.id,
            accountId: account.id,
            at: account.now,
            data: { name: account.name, due: was },
          });
        }
        if (failNext) {
          failNext = false;
          throw new Error('killed on the way');
        }
      });
    },
  };
}

const toy: Module = { name: 'toy', timers: [toyTimer('daily', dayMs), toyTimer('hours36', 1.5 * dayMs)] };
let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z', modules: [accounts, toy, audit] });
  organization = await world.organization();
});

afterAll(() => world.close());

interface Clock {
  id: string;
  status: string;
  now: string;
  target: string | null;
}
interface Answer {
  testClock: Clock | null;
  userErrors: { code: string; path: string[] | null }[];
}

const clockFields = 'id status now target';

async function mutate(name: 'createTestClock' | 'advanceTestClock', input: object, as = organization): Promise<Answer> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const answer = await world.graphql<Record<string, Answer>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { testClock { ${clockFields} } userErrors { code path } } }`,
    { input },
    { as },
  );
  expect(answer.errors).toBeUndefined();
  return answer.data![name]!;
}

async function newClock(frozenTime = '2024-01-30T09:00:00.000Z'): Promise<{ id: string; uuid: string }> {
  const { testClock, userErrors } = await mutate('createTestClock', { frozenTime });
  expect(userErrors).toEqual([]);
  return { id: testClock!.id, uuid: fromGlobalId('clk', testClock!.id)! };
}

async function clockNow(id: string): Promise<Clock> {
  const answer = await world.graphql<{ testClock: Clock }>(
    `query ($id: ID!) { testClock(id: $id) { ${clockFields} } }`,
    { id },
    { as: organization },
  );
  return answer.data!.testClock;
}

async function waitingForLocks(): Promise<number> {
  const [row] = await query<{ waiting: number }>(
    world.database.superuserUrl,
    `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row!.waiting;
}

async function ticks(clockId: string): Promise<string[]> {
  const reader = world.app.read(organization.id);
  const rows = await reader.rows<{ type: string; at: Date; data: { name: string; due: string } }>(
    `select f.type, f.at, f.data from published_facts p
     join facts f on f.organization_id = p.organization_id and f.id = p.fact_id
     join accounts a on a.organization_id = f.organization_id and a.id = f.account_id
     where a.test_clock_id = $1 and f.type like 'toy.%' order by p.sequence`,
    [clockId],
  );
  await reader.close();
  return rows.map(({ type, at, data }) => {
    expect(data.due).toBe(at.toISOString());
    return `${at.toISOString()} ${type} ${data.name}`;
  });
}

async function twoAccounts(testClockId: string): Promise<void> {
  await organization.account({ name: 'A', testClockId, metadata: { daily: '2024-01-30T10:00:00.000Z' } });
  await organization.account({
    name: 'B',
    testClockId,
    metadata: { daily: '2024-01-31T08:00:00.000Z', hours36: '2024-01-30T10:00:00.000Z' },
  });
}

const expected = [
  '2024-01-30T10:00:00.000Z toy.daily A',
  '2024-01-30T10:00:00.000Z toy.hours36 B',
  '2024-01-31T08:00:00.000Z toy.daily B',
  '2024-01-31T10:00:00.000Z toy.daily A',
  '2024-01-31T22:00:00.000Z toy.hours36 B',
  '2024-02-01T08:00:00.000Z toy.daily B',
];

describe('a test clock', () => {
  it('stands still, and its accounts are made at its time', async () => {
    const clock = await newClock();
    const made = await organization.account({ name: 'Then', testClockId: clock.uuid });
    expect(made.createdAt).toEqual(new Date('2024-01-30T09:00:00Z'));
    world.clock.advance({ days: 1 });
    const locked = await organization.transact(async (work) => (await lockAccounts(work, [made.id])).get(made.id)!);
    expect(locked.now).toEqual(new Date('2024-01-30T09:00:00Z'));
    await world.settle();
    expect(await clockNow(clock.id)).toMatchObject({ status: 'READY', now: '2024-01-30T09:00:00.000Z', target: null });
  });

  it('walks through everything that falls due, in order, at its instant', async () => {
    const clock = await newClock();
    await twoAccounts(clock.uuid);
    const to = '2024-02-01T09:30:00.000Z';
    const answer = await mutate('advanceTestClock', { id: clock.id, to });
    expect(answer.testClock).toMatchObject({ status: 'ADVANCING', now: '2024-01-30T09:00:00.000Z', target: to });
    await world.settle();
    expect(await clockNow(clock.id)).toEqual({ id: clock.id, status: 'READY', now: to, target: null });
    expect(await ticks(clock.uuid)).toEqual(expected);
  });

  it('does the same in two steps as in one, and beside another clock', async () => {
    const [one, two] = [await newClock(), await newClock()];
    for (const clock of [one, two]) await twoAccounts(clock.uuid);
    await mutate('advanceTestClock', { id: one.id, to: '2024-01-31T09:00:00Z' });
    await mutate('advanceTestClock', { id: two.id, to: '2024-02-01T09:30:00Z' });
    await world.settle();
    expect((await clockNow(one.id)).now).toBe('2024-01-31T09:00:00.000Z');
    await mutate('advanceTestClock', { id: one.id, to: '2024-02-01T09:30:00Z' });
    await world.settle();
    expect(await ticks(one.uuid)).toEqual(expected);
    expect(await ticks(two.uuid)).toEqual(expected);
  });

  it('does what was due before its own time at its own time', async () => {
    const clock = await newClock();
    await organization.account({
      name: 'Late',
      testClockId: clock.uuid,
      metadata: { daily: '2024-01-28T10:00:00.000Z' },
    });
    await mutate('advanceTestClock', { id: clock.id, to: '2024-01-30T09:00:01Z' });
    await world.settle();
    const reader = world.app.read(organization.id);
    const rows = await reader.rows<{ at: Date }>(
      `select f.at from facts f join accounts a on a.organization_id = f.organization_id and a.id = f.account_id
       where a.test_clock_id = $1 and f.type = 'toy.daily'`,
      [clock.uuid],
    );
    await reader.close();
    expect(rows.map((row) => row.at.toISOString())).toEqual(['2024-01-30T09:00:00.000Z', '2024-01-30T09:00:00.000Z']);
  });

  it('goes on where it stopped when its walker dies, and has one walker at a time', async () => {
    const clock = await newClock();
    await twoAccounts(clock.uuid);
    await mutate('advanceTestClock', { id: clock.id, to: '2024-02-01T09:30:00Z' });
    failNext = true;
    const name = { organizationId: organization.id, clockId: clock.uuid };
    await expect(walkTestClock(world.app, name)).rejects.toThrow('killed on the way');
    expect(await clockNow(clock.id)).toMatchObject({ status: 'ADVANCING', now: '2024-01-30T10:00:00.000Z' });
    const walks = await Promise.all([1, 2, 3].map(() => walkTestClock(world.app, name)));
    expect(walks.filter(Boolean)).toHaveLength(1);
    expect(await ticks(clock.uuid)).toEqual(expected);
    expect(await walkTestClock(world.app, name)).toBe(true);
    expect(await ticks(clock.uuid)).toEqual(expected);
  });

  it('does what is being made while it is about to move on', async () => {
    const clock = await newClock();
    const account = await organization.account({ name: 'New', testClockId: clock.uuid });
    await mutate('advanceTestClock', { id: clock.id, to: '2024-02-01T09:30:00Z' });
    let walk: Promise<boolean> | null = null;
    await organization.transact(async (work) => {
      await lockAccounts(work, [account.id]);
      walk = walkTestClock(world.app, { organizationId: organization.id, clockId: clock.uuid });
      await until(async () => (await waitingForLocks()) > 0, 'the walk waits for what is being made');
      work.update(AccountEntity, {
        organizationId: organization.id,
        id: account.id,
        metadata: { daily: '2024-01-30T10:00:00.000Z' },
      });
    });
    expect(await walk).toBe(true);
    expect(await ticks(clock.uuid)).toEqual([
      '2024-01-30T10:00:00.000Z toy.daily New',
      '2024-01-31T10:00:00.000Z toy.daily New',
    ]);
  });

  it('stands where it is when its walker is to leave off, and goes on from there', async () => {
    const clock = await newClock();
    await twoAccounts(clock.uuid);
    await mutate('advanceTestClock', { id: clock.id, to: '2024-02-01T09:30:00Z' });
    const name = { organizationId: organization.id, clockId: clock.uuid };
    expect(await walkTestClock(world.app, name, AbortSignal.abort())).toBe(false);
    expect((await clockNow(clock.id)).status).toBe('ADVANCING');
    expect(await ticks(clock.uuid)).toEqual([]);
    expect(await walkTestClock(world.app, name)).toBe(true);
    expect(await ticks(clock.uuid)).toEqual(expected);
  });

  it('gives up for this time, and says so, when something stays due for ever', async () => {
    const clock = await newClock();
    await twoAccounts(clock.uuid);
    stuck = true;
    try {
      await mutate('advanceTestClock', { id: clock.id, to: '2024-02-01T09:30:00Z' });
      const walk = walkTestClock(world.app, { organizationId: organization.id, clockId: clock.uuid });
      await expect(walk).rejects.toThrow('stands still at 2024-01-30T10:00:00.000Z');
    } finally {
      stuck = false;
    }
    expect((await clockNow(clock.id)).status).toBe('ADVANCING');
    await world.settle();
    expect(await ticks(clock.uuid)).toEqual(expected);
  });

  it('goes forward only, one way at a time, and only in sandboxes', async () => {
    const clock = await newClock();
    const refuse = async (input: object, code: string, path: string[] | null, as = organization) => {
      expect((await mutate('advanceTestClock', input, as)).userErrors).toEqual([{ code, path }]);
    };
    await refuse({ id: clock.id, to: '2024-01-30T09:00:00Z' }, 'INVALID_INPUT', ['input', 'to']);
    await refuse({ id: 'clk_01kt0000000000000000000000', to: '2024-02-01T00:00:00Z' }, 'NOT_FOUND', ['input', 'id']);
    await refuse(
      { id: clock.id, to: '2024-02-01T00:00:00Z' },
      'NOT_FOUND',
      ['input', 'id'],
      await world.organization(),
    );
    await mutate('advanceTestClock', { id: clock.id, to: '2024-02-01T00:00:00Z' });
    await refuse({ id: clock.id, to: '2024-02-02T00:00:00Z' }, 'INVALID_STATE', ['input', 'id']);
    const live = await world.organization({ mode: 'live' });
    const refused = await mutate('createTestClock', { frozenTime: '2024-01-01T00:00:00Z' }, live);
    expect(refused.userErrors).toEqual([{ code: 'NOT_ALLOWED_IN_LIVE', path: null }]);
    await world.settle();
  });
});
