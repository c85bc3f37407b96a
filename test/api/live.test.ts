import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { revokeApiKey } from '../../src/accounts/index.ts';
import type { Identity } from '../../src/platform/context.ts';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import { eventFields, FollowingClient, keyFor, openTestLive, rawSocket, type TestLiveDoor } from '../support/live.ts';
import type { TestOrganization } from '../support/makers.ts';
import { owing, paymentsOf } from '../support/payments.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let live: TestLiveDoor;
let organization: TestOrganization;
let key: { id: string; authorization: string };
const clients: FollowingClient[] = [];

const allPayments = `subscription ($after: ID, $filter: PaymentEventFilter) {
  paymentEvents(after: $after, filter: $filter) { ${eventFields} amount { amountMinor currency } } }`;
const ofAccount = `subscription ($after: ID, $id: ID) { paymentStatusChanged(after: $after, accountId: $id) { ${eventFields} } }`;
const ofInvoice = `subscription ($after: ID, $id: ID!) {
  invoiceUpdated(after: $after, id: $id) { id type cursor sequence status invoiceId invoice { id status amountPaid { amountMinor } } } }`;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  live = await openTestLive(world);
});

beforeEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  organization = await world.organization();
  key = await keyFor(organization);
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await live.close();
  await world.close();
});

function client(authorization = key.authorization, url = live.url): FollowingClient {
  const made = new FollowingClient(url, authorization);
  clients.push(made);
  return made;
}

/** The cursor as a client reads it before it reads the objects. */
async function cursorNow(as = organization): Promise<string> {
  const { data } = await world.graphql<{ eventCursor: string }>('{ eventCursor }', {}, { as });
  return data!.eventCursor;
}

describe('events of payments', () => {
  it('come in their order, with what was true at their time', async () => {
    const after = await cursorNow();
    const follower = client();
    follower.follow('paymentEvents', allPayments, { after });
    const { account, invoice } = await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.told.length === 3, 'three events');
    const [payment] = await paymentsOf(world, account.id);
    expect(follower.told).toMatchObject([
      { type: 'PAYMENT_STARTED', status: 'PENDING', attemptNo: null },
      { type: 'PAYMENT_ATTEMPTED', attemptNo: 1 },
      {
        type: 'PAYMENT_SUCCEEDED',
        status: 'SUCCEEDED',
        paymentId: toGlobalId('pay', payment!.id),
        accountId: toGlobalId('acc', account.id),
        invoiceIds: [toGlobalId('inv', invoice.id)],
        amount: { amountMinor: '5000', currency: 'EUR' },
        failureCode: null,
      },
    ]);
    const sequences = follower.told.map((event) => BigInt(event.sequence));
    expect([...sequences].sort((left, right) => Number(left - right))).toEqual(sequences);
    expect(new Set(follower.told.map((event) => event.id)).size).toBe(3);
    expect(follower.errors).toEqual([]);
  });

  it('come with the payment as it is now, read under the scope of who listens', async () => {
    const after = await cursorNow();
    const { account } = await owing(world, organization, 'success');
    await world.settle();
    const follower = client();
    const text = `subscription ($after: ID) { paymentEvents(after: $after) { type cursor sequence status payment { id status } } }`;
    follower.follow('paymentEvents', text, { after });
    await until(() => follower.told.length === 3, 'three events');
    const [payment] = await paymentsOf(world, account.id);
    const shown = { id: toGlobalId('pay', payment!.id), status: 'SUCCEEDED' };
    expect(follower.told.map((event) => event.type)).toContain('PAYMENT_STARTED');
    expect(follower.told).toMatchObject([{ payment: shown }, { payment: shown }, { payment: shown }]);
  });

  it('from a cursor are told again, the same, whoever asks', async () => {
    const after = await cursorNow();
    await owing(world, organization, 'card_declined');
    await world.settle();
    const [first, second] = [client(), client()];
    first.follow('paymentEvents', allPayments, { after });
    await until(() => first.told.length >= 3, 'the events of the past');
    second.follow('paymentEvents', allPayments, { after: first.told[0]!.cursor });
    await until(() => second.told.length >= first.told.length - 1, 'those after the first');
    expect(second.told).toEqual(first.told.slice(1));
    expect(first.told.at(-1)).toMatchObject({ type: 'PAYMENT_FAILED', failureCode: 'generic_decline' });
  });

  it('are told by account, by invoice, by payment, by type', async () => {
    const after = await cursorNow();
    const mine = await owing(world, organization, 'success');
    await owing(world, organization, 'success');
    await world.settle();
    const [payment] = await paymentsOf(world, mine.account.id);
    const paymentId = toGlobalId('pay', payment!.id);
    const ask: [string, string, Record<string, unknown>][] = [
      ['paymentStatusChanged', ofAccount, { id: toGlobalId('acc', mine.account.id) }],
      ['paymentEvents', allPayments, { filter: { invoiceId: toGlobalId('inv', mine.invoice.id) } }],
      ['paymentEvents', allPayments, { filter: { paymentId } }],
    ];
    for (const [field, text, variables] of ask) {
      const follower = client();
      follower.follow(field, text, { after, ...variables });
      await until(() => follower.told.length === 3, `events of one payment by ${JSON.stringify(variables)}`);
      expect(new Set(follower.told.map((event) => event.paymentId))).toEqual(new Set([paymentId]));
    }
    const ends = client();
    ends.follow('paymentEvents', allPayments, { after, filter: { types: ['PAYMENT_SUCCEEDED'] } });
    await until(() => ends.told.length === 2, 'two successes');
    expect(ends.told.map((event) => event.type)).toEqual(['PAYMENT_SUCCEEDED', 'PAYMENT_SUCCEEDED']);
  });

  it('of an invoice come with the invoice as it is now', async () => {
    const { invoice } = await owing(world, organization, 'success');
    const follower = client();
    const cursor = await cursorNow();
    follower.follow('invoiceUpdated', ofInvoice, { after: cursor, id: toGlobalId('inv', invoice.id) });
    await world.settle();
    await until(() => follower.told.some((event) => event.type === 'INVOICE_PAID'), 'the invoice is paid');
    expect(follower.told.at(-1)).toMatchObject({
      status: 'PAID',
      invoice: { id: toGlobalId('inv', invoice.id), status: 'PAID', amountPaid: { amountMinor: '5000' } },
    });
  });

  it('without a cursor begin now: what came before the subscription is not told', async () => {
    await owing(world, organization, 'success');
    await world.settle();
    const follower = client();
    follower.follow('paymentEvents', allPayments, {});
    await until(() => world.app.facts.watchers > 0, 'it is subscribed');
    const { account } = await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.told.length >= 3, 'new events');
    expect(new Set(follower.told.map((event) => (event as never as { accountId: string }).accountId))).toEqual(
      new Set([toGlobalId('acc', account.id)]),
    );
  });
});

describe('cursors', () => {
  it.each([
    ['garbled', async () => 'nonsense'],
    ['of another organization', async () => cursorNow(await world.organization())],
    [
      'with one letter changed',
      async () => (await cursorNow()).replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')),
    ],
  ])('%s are refused', async (_kind, make) => {
    const follower = client();
    follower.follow('paymentEvents', allPayments, { after: await make() });
    await until(() => follower.errors.length > 0, 'a refusal');
    expect(follower.errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', argumentPath: ['after'] } });
    await until(() => follower.completed, 'its end');
  });

  it('ahead of all that happened give a GAP, and what follows is told', async () => {
    await owing(world, organization, 'success');
    await world.settle();
    const ahead = await cursorNow();
    const text = `update fact_sequences set last_sequence = last_sequence - 2 where organization_id = $1`;
    const trim = `delete from published_facts where organization_id = $1 and sequence > (select last_sequence from fact_sequences where organization_id = $1)`;
    // As after a restore to an earlier state: the client knows of events that the database does not.
    await query(world.database.superuserUrl, text, [organization.id]);
    await query(
      world.database.superuserUrl,
      `set session_replication_role = replica; ${trim.replaceAll('$1', `'${organization.id}'`)}`,
    );
    const follower = client();
    follower.follow('paymentEvents', allPayments, { after: ahead });
    await until(() => follower.told.length === 1, 'the gap');
    expect(follower.told[0]).toMatchObject({ type: 'GAP', id: null, paymentId: null, status: null, invoiceIds: [] });
    await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.told.some((event) => event.type === 'PAYMENT_SUCCEEDED'), 'what follows');
  });

  it('before history that was removed give a GAP, then the rest', async () => {
    const start = await cursorNow();
    await owing(world, organization, 'success');
    await world.settle();
    const removal = `delete from published_facts where organization_id = '${organization.id}'
      and sequence < (select p.sequence from published_facts p join facts f on f.id = p.fact_id
                      where p.organization_id = '${organization.id}' and f.type = 'payment.succeeded')`;
    await query(world.database.superuserUrl, `set session_replication_role = replica; ${removal}`);
    const follower = client();
    follower.follow('paymentEvents', allPayments, { after: start });
    await until(() => follower.told.length === 2, 'the gap and what is left');
    expect(follower.told.map((event) => event.type)).toEqual(['GAP', 'PAYMENT_SUCCEEDED']);
  });
});

describe('who may hear', () => {
  it('nobody without valid credentials: 4401', async () => {
    for (const authorization of ['', 'Bearer bk_sandbox_no_such_key', 'nonsense']) {
      const { socket, closed } = await rawSocket(live.url);
      socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
      expect(await closed).toBe(4401);
    }
    const { socket, closed } = await rawSocket(live.url);
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: allPayments } }));
    expect(await closed).toBe(4401);
  });

  it('a key that is revoked hears nothing that comes after: the socket is closed with 4401', async () => {
    const follower = client();
    follower.follow('paymentEvents', allPayments, { after: await cursorNow() });
    await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.told.length === 3, 'events while the key is good');
    await organization.transact((work) => revokeApiKey(work, key.id));
    await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.closes.length > 0, 'the close');
    expect(follower.closes).toEqual([4401]);
    expect(follower.told).toHaveLength(3);
    await until(() => world.app.facts.watchers === 0, 'nothing watches any more');
  });

  it('a permission is needed at subscribe, and at each delivery', async () => {
    const without = client((await keyFor(organization, ['invoices:read'])).authorization);
    without.follow('paymentEvents', allPayments, {});
    await until(() => without.errors.length > 0, 'a refusal');
    expect(without.errors[0]).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    // Somebody whose role changes while he listens.
    let permissions = new Set(['payments:read']);
    const identify = async (): Promise<Identity> => ({ ...organization.identity, permissions });
    const other = await openTestLive(world, { identify });
    const follower = client('Bearer whoever', other.url);
    follower.follow('paymentEvents', allPayments, { after: await cursorNow() });
    await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.told.length === 3, 'events while the permission is there');
    permissions = new Set(['invoices:read']);
    await owing(world, organization, 'success');
    await world.settle();
    await until(() => follower.completed, 'the end of the subscription');
    expect(follower.told).toHaveLength(3);
    expect(follower.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await other.close();
  });

  it('events of another organization never arrive', async () => {
    const stranger = await world.organization();
    const theirs = await keyFor(stranger);
    const [ours, foreign, byForeignId] = [client(), client(theirs.authorization), client(theirs.authorization)];
    ours.follow('paymentEvents', allPayments, { after: await cursorNow() });
    foreign.follow('paymentEvents', allPayments, { after: await cursorNow(stranger) });
    const { account } = await owing(world, organization, 'success');
    byForeignId.follow('paymentStatusChanged', ofAccount, {
      after: await cursorNow(stranger),
      id: toGlobalId('acc', account.id),
    });
    await owing(world, stranger, 'card_declined');
    await world.settle();
    await until(() => ours.told.length >= 3 && foreign.told.length >= 3, 'both hear their own');
    const paymentsIn = async (id: string) =>
      (
        await query<{ id: string }>(world.database.superuserUrl, 'select id from payments where organization_id = $1', [
          id,
        ])
      ).map((row) => toGlobalId('pay', row.id));
    expect([...new Set(ours.told.map((event) => event.paymentId))]).toEqual(await paymentsIn(organization.id));
    expect([...new Set(foreign.told.map((event) => event.paymentId))]).toEqual(await paymentsIn(stranger.id));
    expect(byForeignId.told).toEqual([]);
    const message = 'Nothing was found with this id.';
    expect(byForeignId.errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(['accountId', 'invoiceId', 'paymentId', 'id'] as const)(
    'an unknown id and a foreign one are refused alike: %s',
    async (argument) => {
      const stranger = await world.organization();
      const { account, invoice } = await owing(world, stranger, 'success');
      await world.settle();
      const [payment] = await paymentsOf(world, account.id);
      const [field, prefix, foreign] = {
        accountId: ['paymentStatusChanged', 'acc', account.id] as const,
        invoiceId: ['paymentStatusChanged', 'inv', invoice.id] as const,
        paymentId: ['paymentStatusChanged', 'pay', payment!.id] as const,
        id: ['invoiceUpdated', 'inv', invoice.id] as const,
      }[argument];
      const text = `subscription ($id: ID!) { ${field}(${argument}: $id) { type cursor } }`;
      const theirs = client((await keyFor(stranger)).authorization);
      theirs.follow(field, text, { id: toGlobalId(prefix, foreign) });
      for (const id of [foreign, newId()]) {
        const follower = client();
        follower.follow(field, text, { id: toGlobalId(prefix, id) });
        await until(() => follower.errors.length > 0, 'the refusal');
        expect(follower.errors).toMatchObject([
          {
            message: 'Nothing was found with this id.',
            extensions: { code: 'BAD_USER_INPUT', argumentPath: [argument] },
          },
        ]);
      }
      expect(theirs.errors).toEqual([]);
    },
  );
});

describe('what is asked wrongly', () => {
  const operation = (query: string, variables?: object, id = newId()) =>
    JSON.stringify({ id, type: 'subscribe', payload: { query, ...(variables ? { variables } : {}) } });

  async function acknowledged() {
    const raw = await rawSocket(live.url);
    raw.socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: key.authorization } }));
    await until(() => raw.messages.length === 1, 'the acknowledgement');
    return raw;
  }

  it.each([
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', 'subscription { nothing { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no id', 'subscription { paymentStatusChanged { id } }', 'BAD_USER_INPUT'],
    ['two ids', 'subscription { paymentStatusChanged(accountId: "a", invoiceId: "b") { id } }', 'BAD_USER_INPUT'],
    ['an id of another kind', 'subscription { invoiceUpdated(id: "acc_1") { id } }', 'BAD_USER_INPUT'],
    [
      'an operation too large',
      `subscription { ${Array.from({ length: 31 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
      'QUERY_TOO_COMPLEX',
    ],
  ])('%s is refused with its code, and the socket lives on', async (_what, query, code) => {
    const { socket, messages } = await acknowledged();
    socket.send(operation(query));
    await until(() => messages.length >= 2, 'the refusal');
    expect(messages[1]).toContain(`"code":"${code}"`);
    expect(messages[1]).toContain('"requestId":"req_');
    socket.send(operation('{ eventCursor }', undefined, 'still'));
    await until(() => messages.some((message) => message.includes('eventCursor')), 'a query over the same socket');
    socket.terminate();
  });

  it('more than twenty operations at a time over one socket are refused', async () => {
    const { socket, messages } = await acknowledged();
    for (let count = 0; count < 21; count += 1) socket.send(operation(allPayments));
    await until(() => messages.some((message) => message.includes('RATE_LIMITED')), 'a refusal');
    expect(messages.filter((message) => message.includes('RATE_LIMITED'))).toHaveLength(1);
    socket.terminate();
    await until(() => world.app.facts.watchers === 0, 'nothing watches any more');
  });

  it('floods, garbage and oversize messages end their socket only', async () => {
    const codes: number[] = [];
    const flood = await acknowledged();
    for (let count = 0; count < 200; count += 1) flood.socket.send('{"type":"ping"}');
    codes.push(await flood.closed);
    const garbage = await rawSocket(live.url);
    garbage.socket.send('{]');
    codes.push(await garbage.closed);
    const large = await rawSocket(live.url);
    large.socket.send('x'.repeat(70_000));
    codes.push(await large.closed);
    expect(codes).toEqual([4429, 4400, 1009]);
    (await acknowledged()).socket.terminate();
  });

  it('upgrades of other paths are answered 404, odd ones harm nobody', async () => {
    const { port } = new URL(live.url);
    for (const path of ['/', '/graphqlx', '//', '/%zz', '/graphql/..', '*']) {
      const answer = await new Promise<string>((done) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/x`, 'graphql-transport-ws', {
          finishRequest: (request) => {
            (request as unknown as { path: string }).path = path;
            request.end();
          },
        });
        socket.on('unexpected-response', (_request, response) => done(String(response.statusCode)));
        socket.on('error', (error) => done(error.message));
        socket.on('open', () => done('open'));
      });
      expect(answer).not.toBe('open');
    }
    (await acknowledged()).socket.terminate();
  });
});

describe('the end of the door', () => {
  it('tells every client to come again elsewhere, and leaves nothing behind', async () => {
    const other = await openTestLive(world);
    const raws = await Promise.all(Array.from({ length: 20 }, () => rawSocket(other.url)));
    for (const { socket } of raws) {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: key.authorization } }));
    }
    await until(() => raws.every(({ messages }) => messages.length > 0), 'acknowledgements');
    for (const { socket } of raws) {
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: allPayments } }));
    }
    await until(() => world.app.facts.watchers === 20, 'subscriptions');
    expect(other.door.sockets()).toBe(20);
    await other.close();
    expect(await Promise.all(raws.map(({ closed }) => closed))).toEqual(Array.from({ length: 20 }, () => 1001));
    await until(() => world.app.facts.watchers === 0, 'nothing watches any more');
  });
});
