import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attemptPayment } from '../../src/collecting/payments/index.ts';
import { type RelayLoop, startRelay } from '../../src/entrypoints/relay.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import {
  eventFields,
  FollowingClient,
  keyFor,
  openTestLive,
  type TestLiveDoor,
  type ToldEvent,
} from '../support/live.ts';
import type { TestOrganization } from '../support/makers.ts';
import { invoiceOver, sandboxMethod } from '../support/payments.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

const cuts = 1_000;
const accounts = 24;
const leastRounds = 3;
const tokens = ['success', 'card_declined', 'success', 'expired_card', 'success', 'authentication_required'];

let world: World;
let live: TestLiveDoor;
let relay: RelayLoop;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  live = await openTestLive(world);
  relay = startRelay(world.app);
  organization = await world.organization();
}, 120_000);

afterAll(async () => {
  await relay.stop();
  await live.close();
  await world.close();
});

interface Stored {
  id: string;
  status: string;
}

/** What a client knows at the end, by applying each event once, in its order. */
function applied(told: readonly ToldEvent[]) {
  const statuses = new Map<string, string>();
  const known = new Map<string, string>();
  let last = 0n;
  let duplicates = 0;
  for (const event of told) {
    const sequence = BigInt(event.sequence);
    const before = known.get(event.sequence);
    if (before !== undefined) {
      duplicates += 1;
      expect(event.id).toBe(before);
    }
    known.set(event.sequence, event.id!);
    if (sequence <= last) continue;
    last = sequence;
    statuses.set(event.paymentId!, event.status!);
  }
  return { statuses, known, duplicates };
}

describe('a storm of payments while sockets are cut', () => {
  it('leaves every client with what the database has: nothing missed, duplicates recognizable', async () => {
    const { authorization } = await keyFor(organization);
    const { data } = await world.graphql<{ eventCursor: string }>('{ eventCursor }', {}, { as: organization });
    const owners = await makeOwners();
    const first = owners[0]!;
    const clients = [1, 2, 3, 7].map((keepEvery) => {
      const client = new FollowingClient(live.url, authorization);
      client.keepEvery = keepEvery;
      client.follow('paymentEvents', `subscription ($after: ID) { paymentEvents(after: $after) { ${eventFields} } }`, {
        after: data!.eventCursor,
      });
      return client;
    });
    const ofOne = new FollowingClient(live.url, authorization);
    const account = `subscription ($after: ID, $id: ID) { paymentStatusChanged(after: $after, accountId: $id) { ${eventFields} } }`;
    ofOne.follow('paymentStatusChanged', account, { after: data!.eventCursor, id: toGlobalId('acc', first) });
    const all = [...clients, ofOne];

    let cut = 0;
    let charged = 0;
    const storm = chargeAll(
      owners,
      () => cut < cuts,
      () => {
        charged += 1;
      },
    );
    // Some cuts hit while a connection is only being made or resumed: no pause is kept.
    while (cut < cuts || charged < owners.length * leastRounds) {
      if (all[randomInt(all.length)]!.cut()) cut += 1;
      await new Promise((done) => (randomInt(2) === 0 ? setImmediate(done) : setTimeout(done, randomInt(12))));
    }
    await storm;
    await world.settle();

    const published = await query<{ sequence: string; id: string; account_id: string }>(
      world.database.superuserUrl,
      `select p.sequence::text, f.id, f.account_id from published_facts p join facts f on f.organization_id = p.organization_id and f.id = p.fact_id
       where p.organization_id = $1 and f.object_type = 'payment' order by p.sequence`,
      [organization.id],
    );
    const told = new Set(published.map((row) => row.sequence));
    const last = published.at(-1)!.sequence;
    for (const client of clients)
      await until(() => client.told.some((event) => event.sequence === last), 'the last event');
    const stored = await query<Stored>(
      world.database.superuserUrl,
      'select id, upper(status) as status from payments where organization_id = $1',
      [organization.id],
    );
    expect(stored.length).toBeGreaterThanOrEqual(accounts * leastRounds);
    const truth = new Map(stored.map((row) => [toGlobalId('pay', row.id), row.status]));
    let duplicates = 0;
    for (const client of clients) {
      const end = applied(client.told);
      expect(client.errors).toEqual([]);
      expect(new Set(end.known.keys())).toEqual(told);
      expect(end.statuses).toEqual(truth);
      duplicates += end.duplicates;
    }
    // Clients that store their cursor only now and then see events twice; the one that stores each sees none twice.
    expect(duplicates).toBeGreaterThan(0);
    expect(applied(clients[0]!.told).duplicates).toBe(0);
    const mine = new Set(published.filter((row) => row.account_id === first).map((row) => row.sequence));
    await until(() => ofOne.told.length >= mine.size, 'the events of one account');
    expect(new Set(applied(ofOne.told).known.keys())).toEqual(mine);
    expect(all.reduce((sum, client) => sum + client.connected, 0)).toBeGreaterThan(cuts / 2);

    for (const client of all) await client.close();
    await until(() => world.app.facts.watchers === 0 && live.door.sockets() === 0, 'nothing is left behind');
  }, 900_000);
});

/** Accounts with methods of every outcome. */
async function makeOwners(): Promise<string[]> {
  const owners: string[] = [];
  while (owners.length < accounts) {
    const { id } = await organization.account();
    await sandboxMethod(organization, id, tokens[owners.length % tokens.length]!);
    owners.push(id);
  }
  return owners;
}

/** Payment after payment of all accounts, charged as the worker does, for as long as it lasts. */
async function chargeAll(owners: readonly string[], goesOn: () => boolean, done: () => void): Promise<void> {
  for (let round = 0; round < leastRounds || goesOn(); round += 1) {
    for (const owner of owners) {
      await invoiceOver(world, organization, owner, BigInt(1_000 + round));
      const [pending] = await query<{ id: string }>(
        world.database.superuserUrl,
        `select id from payments where organization_id = $1 and account_id = $2 and status = 'pending' order by id desc limit 1`,
        [organization.id, owner],
      );
      await attemptPayment(world.app, { organizationId: organization.id, paymentId: pending!.id });
      relay.nudge();
      done();
    }
  }
}
