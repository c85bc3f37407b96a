import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pino from 'pino';
import { FactFollower, type Followed } from '../../src/platform/fact-follower.ts';
import { FactStream } from '../../src/platform/fact-stream.ts';
import { newId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld();
}, 120_000);

beforeEach(async () => {
  organization = await world.organization();
  await world.app.relay([organization.id]);
});

// A test that fails half-way must not leave its readers to the next one.
afterEach(async () => {
  for (const leave of leaving.splice(0)) await leave();
});

afterAll(() => world.close());

const leaving: (() => unknown)[] = [];

/** Facts that mean nothing, published. */
async function publish(count: number, type = 'thing.happened', objectId: string | null = null): Promise<void> {
  await organization.transact(async (work) => {
    for (let index = 0; index < count; index += 1) {
      work.announce({
        type,
        organizationId: organization.id,
        objectType: 'thing',
        objectId: objectId ?? newId(),
        accountId: null,
        at: work.recordedAt,
        data: { index },
      });
    }
  });
  await world.app.relay([organization.id]);
}

const all = () => true;

/** Reads on by itself and keeps what it was told. */
function reader(stream: FactStream, after: bigint | null, wanted: (fact: { type: string }) => boolean = all) {
  const follower = new FactFollower(stream, organization.id, after, wanted);
  leaving.push(() => follower.return());
  const told: Followed[] = [];
  const sequences = () => told.map((step) => (step.kind === 'fact' ? step.fact.sequence : step.sequence));
  const ended = (async () => {
    for await (const step of follower) told.push(step);
  })();
  return { follower, told, sequences, ended };
}

const range = (from: bigint, count: number) => Array.from({ length: count }, (_, index) => from + BigInt(index));

describe('readers with a cursor', () => {
  it('get everything once and in order, whether they begin early, late, or in between', async () => {
    const { facts } = world.app;
    const head = await facts.head(organization.id);
    const early = reader(facts, head);
    await publish(30);
    const between = reader(facts, head + 10n);
    await publish(2_500);
    const late = reader(facts, head);
    const count = 2_530;
    await until(
      () => early.told.length === count && between.told.length === count - 10 && late.told.length === count,
      'all facts',
    );
    expect(early.sequences()).toEqual(range(head + 1n, count));
    expect(between.sequences()).toEqual(range(head + 11n, count - 10));
    expect(late.sequences()).toEqual(range(head + 1n, count));
    for (const one of [early, between, late]) await one.follower.return();
    await Promise.all([early.ended, between.ended, late.ended]);
    expect(facts.watchers).toBe(0);
  });

  it('hear of another process by its bell, and without one by looking', async () => {
    const other = new FactStream(world.app.database, pino({ level: 'silent' }));
    leaving.push(() => other.close());
    const head = await other.head(organization.id);
    const follower = reader(other, head);
    await publish(3);
    other.heard(organization.id);
    await until(() => follower.told.length === 3, 'the bell');
    await publish(2);
    await until(() => follower.told.length === 5, 'its own look');
    await publish(2);
    other.heard('');
    await until(() => follower.told.length === 7, 'the empty word');
    expect(follower.sequences()).toEqual(range(head + 1n, 7));
    await follower.follower.return();
    other.close();
  });

  it('are told in order what arrives twice, late, or while it is being read', async () => {
    const stream = new FactStream(world.app.database, pino({ level: 'silent' }));
    leaving.push(() => stream.close());
    const head = await stream.head(organization.id);
    const follower = reader(stream, head);
    for (let round = 0; round < 20; round += 1) {
      await publish(5);
      stream.heard(organization.id);
      const facts = await world.app.facts.after(organization.id, head + BigInt(round * 5));
      // As its own relay would tell it: now with the look under way, then once more, then with a hole before it.
      stream.published(organization.id, facts);
      stream.published(organization.id, facts);
      stream.published(organization.id, facts.slice(2));
    }
    await until(() => follower.told.length >= 100, 'all facts');
    expect(follower.sequences()).toEqual(range(head + 1n, 100));
    await follower.follower.return();
    stream.close();
  });

  it('of one object are woken by its facts alone, miss none of them, and go on where those stand', async () => {
    const { facts } = world.app;
    const [mine, another] = [newId(), newId()];
    const wanted = (fact: { objectId: string }) => fact.objectId === mine;
    const follower = new FactFollower(facts, organization.id, null, wanted, undefined, mine);
    leaving.push(() => follower.return());
    await follower.begin();
    const told: bigint[] = [];
    const ended = (async () => {
      for await (const step of follower) told.push(step.kind === 'fact' ? step.fact.sequence : -1n);
    })();
    let wakes = 0;
    const stop = facts.watch(organization.id, () => (wakes += 1), mine);
    leaving.push(stop);
    const head = await facts.head(organization.id);
    // The first look wakes everybody, whenever it ends: only what comes after it is counted.
    await until(() => facts.known(organization.id, head) !== null, 'the first look');
    const expected: bigint[] = [];
    // Between two of its own more facts of others than a process keeps.
    for (const [index, count] of [0, 1, 40, 2_500, 700].entries()) {
      if (count > 0) await publish(count, 'thing.happened', another);
      const before = wakes;
      await publish(2, 'thing.happened', mine);
      expected.push((await facts.head(organization.id)) - 1n, await facts.head(organization.id));
      await until(() => told.length === expected.length, `its facts, round ${index}`);
      expect(wakes - before).toBeLessThanOrEqual(2);
    }
    expect(told).toEqual(expected);
    expect(told.at(-1)).toBe(head + 3_251n);
    stop();
    await follower.return();
    await ended;
    expect(facts.watchers).toBe(0);
  });

  it('get only what they want, and end at once though nothing comes', async () => {
    const { facts } = world.app;
    const rare = reader(facts, null, (fact) => fact.type === 'thing.rare');
    await until(() => facts.watchers === 1, 'it watches');
    await rare.follower.begin();
    await publish(50);
    await publish(1, 'thing.rare');
    await publish(50);
    await until(() => rare.told.length === 1, 'the rare one');
    await rare.follower.return();
    await rare.ended;
    expect(facts.watchers).toBe(0);
    expect(await rare.follower.next()).toEqual({ done: true, value: undefined });
  });

  it('are told of a gap where history was removed, and where it is ahead of what there is', async () => {
    const { facts } = world.app;
    const head = await facts.head(organization.id);
    await publish(10);
    await query(
      world.database.superuserUrl,
      `set session_replication_role = replica; delete from published_facts where organization_id = '${organization.id}' and sequence <= ${head + 4n}`,
    );
    const behind = reader(facts, head);
    await until(() => behind.told.length === 7, 'the gap and the rest');
    expect(behind.told[0]).toEqual({ kind: 'gap', sequence: head + 4n });
    expect(behind.sequences()).toEqual([head + 4n, ...range(head + 5n, 6)]);
    const ahead = reader(facts, head + 1_000n);
    await until(() => ahead.told.length === 1, 'the gap');
    await publish(1);
    await until(() => ahead.told.length === 2, 'what comes');
    expect(ahead.sequences()).toEqual([head + 10n, head + 11n]);
    for (const one of [behind, ahead]) await one.follower.return();
  });

  it('a failing look is no end: what was missed comes with the next', async () => {
    const { database } = world.app;
    let broken = false;
    const pool = { connect: () => (broken ? Promise.reject(new Error('away')) : database.pool.connect()) };
    const stream = new FactStream({ ...database, pool } as never, pino({ level: 'silent' }));
    leaving.push(() => stream.close());
    const head = await stream.head(organization.id);
    const follower = reader(stream, head);
    await publish(1);
    stream.heard(organization.id);
    await until(() => follower.told.length === 1, 'the first');
    broken = true;
    await publish(3);
    stream.heard(organization.id);
    broken = false;
    await until(() => follower.told.length === 4, 'those that were missed');
    expect(follower.sequences()).toEqual(range(head + 1n, 4));
    await follower.follower.return();
    stream.close();
  });
});
