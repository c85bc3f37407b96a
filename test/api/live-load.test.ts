import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/platform/id.ts';
import type { Fact } from '../../src/platform/outbox.ts';
import { eventFields, FollowingClient, keyFor, openTestLive, rawSocket, type TestLiveDoor } from '../support/live.ts';
import type { TestOrganization } from '../support/makers.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

const cycles = process.env.PERENNIAL_PROFILE === 'nightly' ? 20_000 : 2_000;
const text = `subscription ($after: ID) { paymentEvents(after: $after) { ${eventFields} } }`;

let world: World;
let live: TestLiveDoor;
let organization: TestOrganization;
let authorization: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  live = await openTestLive(world, { limits: { slowAfterMs: 300 } });
  organization = await world.organization();
  ({ authorization } = await keyFor(organization));
}, 120_000);

afterAll(async () => {
  await live.close();
  await world.close();
});

/** Facts of payments without the payments: what is looked at is the way, not what travels. */
async function announce(count: number): Promise<void> {
  const facts = Array.from({ length: count }, (_, index): Fact => {
    const objectId = newId();
    return {
      type: 'payment.processing',
      organizationId: organization.id,
      objectType: 'payment',
      objectId,
      accountId: null,
      at: new Date('2026-03-01T12:00:00Z'),
      data: {
        paymentId: objectId,
        status: 'processing',
        amount: '100',
        currency: 'EUR',
        attemptNo: 1,
        invoiceIds: Array.from({ length: 60 }, () => newId()),
        failureCode: `no ${index}`,
      },
    };
  });
  await organization.transact(async (work) => {
    for (const fact of facts) work.announce(fact);
  });
  await world.app.relay([organization.id]);
}

async function subscribed(count: number) {
  const raw = await rawSocket(live.url);
  raw.socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await until(() => raw.messages.length === 1, 'the acknowledgement');
  for (let index = 0; index < count; index += 1) {
    raw.socket.send(JSON.stringify({ id: `${index}`, type: 'subscribe', payload: { query: text } }));
  }
  return raw;
}

describe('a client that does not read', () => {
  it('holds up nobody, is cut with 4509, and goes on from its cursor', async () => {
    const { data } = await world.graphql<{ eventCursor: string }>('{ eventCursor }', {}, { as: organization });
    const slow = await subscribed(20);
    const quick = new FollowingClient(live.url, authorization);
    quick.follow('paymentEvents', text, { after: data!.eventCursor });
    await until(() => world.app.facts.watchers === 21, 'everybody listens');
    slow.socket.pause();
    const before = live.door.cut();
    let announced = 0;
    // Until more waits than the kernel keeps on both sides.
    while (live.door.cut() === before) {
      await announce(200);
      announced += 200;
      await until(() => quick.told.length >= announced, 'the quick one hears all');
    }
    expect(live.door.cut()).toBe(before + 1);
    slow.socket.resume();
    expect(await slow.closed).toBe(4509);
    const seen = slow.messages
      .map((message) => JSON.parse(message))
      .filter((message) => message.id === '0')
      .map((message) => message.payload.data.paymentEvents);
    expect(seen.length).toBeLessThan(announced);
    expect(seen.map((event) => event.sequence)).toEqual(
      quick.told.slice(0, seen.length).map((event) => event.sequence),
    );
    const again = new FollowingClient(live.url, authorization);
    again.follow('paymentEvents', text, { after: seen.at(-1)?.cursor ?? data!.eventCursor });
    await until(() => again.told.length === announced - seen.length, 'the rest');
    expect(again.told.map((event) => event.sequence)).toEqual(
      quick.told.slice(seen.length).map((event) => event.sequence),
    );
    await Promise.all([quick.close(), again.close()]);
  });
});

describe(`${cycles} sockets that open, subscribe and are aborted`, () => {
  it('leave no watcher, no listener and no memory behind', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = async () => {
      await until(() => live.door.sockets() === 0 && world.app.facts.watchers === 0, 'nothing is open');
      collect();
      return process.memoryUsage().heapUsed;
    };
    const run = async (count: number) => {
      let opened = 0;
      const one = async () => {
        opened += 1;
        const kind = opened % 3;
        const { socket, closed } = await rawSocket(live.url);
        socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
        const ready = new Promise((done) => socket.once('message', done));
        // Some are gone before they are known, some before they are subscribed, some in the middle of it.
        if (kind !== 0) await ready;
        if (kind !== 0) socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: text } }));
        if (kind === 2) await new Promise((done) => setImmediate(done));
        socket.terminate();
        await closed;
      };
      for (let left = count; left > 0; left -= 20) await Promise.all(Array.from({ length: 20 }, one));
    };
    await run(400);
    const first = await heap();
    await run(cycles);
    const growth = (await heap()) - first;
    // A leak of a socket's state would be several kilobytes each.
    expect(growth / cycles).toBeLessThan(1_000);
    expect(live.door.sockets()).toBe(0);
  }, 600_000);
});
