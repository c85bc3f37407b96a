import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { requestErrorCodes } from '../../../src/platform/errors.ts';
import { ran } from './schema.ts';
import { type Answer, read, startServer, type TestServer } from './server.ts';

const secret = 'S3CR3T-hunter2';

describe('requests and their errors', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ anonymousRate: null }, async (app) => {
      app.get('/fault', () => {
        throw new Error(secret);
      });
    });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    ran.resolvers = 0;
    server.logged.length = 0;
  });

  const send = async (init: RequestInit, path = '/graphql'): Promise<Answer> =>
    read(await fetch(server.origin + path, { method: 'POST', ...init }));
  const json = { 'content-type': 'application/json', authorization: 'Bearer good' };

  const expectError = (answer: Answer, status: number, code: string) => {
    expect([answer.status, answer.body.errors?.[0]?.extensions?.code]).toEqual([status, code]);
    expect(requestErrorCodes).toContain(code);
    expect(answer.body.errors[0].extensions.requestId).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
  };

  test('broken JSON, wrong charset, wrong type, broken UTF-8 and compressed bodies are refused in JSON', async () => {
    expectError(await send({ headers: json, body: '{' }), 400, 'BAD_REQUEST');
    expectError(await send({ headers: json, body: '' }), 400, 'BAD_REQUEST');
    expectError(await send({ headers: json, body: '"text"' }), 400, 'BAD_REQUEST');
    const prototype = await send({ headers: json, body: '{"query":"{reader}","variables":{"a":{"__proto__":"v"}}}' });
    expectError(prototype, 400, 'BAD_REQUEST');
    expect(prototype.body.errors[0].message).toBe('The key "__proto__" is not allowed anywhere in the body.');
    expectError(await send({ headers: json, body: new Uint8Array([0x7b, 0xff, 0x7d]) }), 400, 'BAD_REQUEST');
    const utf16 = { ...json, 'content-type': 'application/json; charset=utf-16' };
    expectError(await send({ headers: utf16, body: '{"query":"{reader}"}' }), 415, 'BAD_REQUEST');
    const xml = { ...json, 'content-type': 'text/xml' };
    expectError(await send({ headers: xml, body: '<a/>' }), 415, 'BAD_REQUEST');
    expectError(await send({ headers: { ...json, 'content-encoding': 'gzip' }, body: 'x' }), 415, 'BAD_REQUEST');
    expect(ran.resolvers).toBe(0);
  });

  test('more than a megabyte is refused', async () => {
    const body = JSON.stringify({ query: '{ reader }', variables: { x: 'y'.repeat(1_100_000) } });
    expectError(await send({ headers: json, body }), 413, 'PAYLOAD_TOO_LARGE');
  });

  test('batches are refused', async () => {
    expectError(await send({ headers: json, body: '[{"query":"{reader}"},{"query":"{reader}"}]' }), 400, 'BAD_REQUEST');
    expect(ran.resolvers).toBe(0);
  });

  test('requests that a page of another site could send are refused', async () => {
    const url = `${server.url}?query=${encodeURIComponent('{ reader }')}`;
    expectError(await read(await fetch(url)), 400, 'BAD_REQUEST');
    const form = await send({ headers: { authorization: 'Bearer good' }, body: '{"query":"{reader}"}' });
    expect([400, 415]).toContain(form.status);
    expect(ran.resolvers).toBe(0);
    // Credentials in their header are sent by nobody unasked.
    expect((await read(await fetch(url, { headers: { authorization: 'Bearer good' } }))).body.data).toEqual({
      reader: 'good',
    });
  });

  test('GET runs queries and answers mutations with 405', async () => {
    const get = async (query: string) =>
      read(await fetch(`${server.url}?query=${encodeURIComponent(query)}`, { headers: json }));
    expect((await get('{ reader }')).body.data).toEqual({ reader: 'good' });
    ran.resolvers = 0;
    const answer = await get('mutation { lendBook(input: { book: { title: "Book 1" } }) { userErrors { code } } }');
    expectError(answer, 405, 'BAD_REQUEST');
    expect(answer.headers.get('allow')).toBe('POST');
    expect(ran.resolvers).toBe(0);
    expectError(await read(await fetch(server.url, { method: 'DELETE', headers: json })), 405, 'BAD_REQUEST');
  });

  test('persisted queries are remembered by hash', async () => {
    const query = '{ reader again: reader }';
    const sha256Hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const byHash = () => send({ headers: json, body: JSON.stringify({ extensions }) });
    const unknown = await byHash();
    expect(unknown.body.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    await send({ headers: json, body: JSON.stringify({ query, extensions }) });
    expect((await byHash()).body.data).toEqual({ reader: 'good', again: 'good' });
    // What is known by its hash is guarded like what is sent.
    const anonymous = await send({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ extensions: { persistedQuery: { version: 2, sha256Hash } } }),
    });
    expectError(anonymous, 400, 'BAD_REQUEST');
  });

  test('credentials: none open only what is public, wrong ones nothing', async () => {
    expect((await server.ask('{ reader __typename }', { token: null })).body.data.reader).toBe('nobody');
    const closed = await server.ask('{ reader books { totalCount } }', { token: null });
    expectError(closed, 401, 'UNAUTHENTICATED');
    expect(closed.headers.get('www-authenticate')).toBe('Bearer');
    expectError(await server.ask('{ reader }', { token: 'bad' }), 401, 'UNAUTHENTICATED');
    const inside = 'query { ...Q } fragment Q on Query { ... { books { totalCount } } }';
    expectError(await server.ask(inside, { token: null }), 401, 'UNAUTHENTICATED');
  });

  test('the operation that runs is the one that is checked', async () => {
    const query = 'query Open { reader } query Closed { books { totalCount } }';
    expectError(await server.ask(query, { token: null, operationName: 'Closed' }), 401, 'UNAUTHENTICATED');
    expect((await server.ask(query, { token: null, operationName: 'Open' })).status).toBe(200);
    expectError(await server.ask(query, { operationName: 'Other' }), 400, 'OPERATION_RESOLUTION_FAILURE');
    expectError(await server.ask(query), 400, 'OPERATION_RESOLUTION_FAILURE');
  });

  test('faults are masked and logged, refusals keep their reason', async () => {
    for (let round = 0; round < 3; round += 1) {
      const answer = await server.ask('{ broken }');
      expectError(answer, 200, 'INTERNAL_SERVER_ERROR');
      expect(answer.body.errors[0]).toMatchObject({ message: 'Internal server error.', path: ['broken'] });
      expect(answer.text).not.toContain('hunter2');
    }
    expect(server.logged.filter((line) => line.includes('hunter2'))).toHaveLength(3);
    const forbidden = await server.ask('{ refused(code: "FORBIDDEN") }');
    expect(forbidden.body).toMatchObject({ data: { refused: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    const missing = await server.ask('{ refused(code: "other") }');
    expect(missing.body.errors[0]).toMatchObject({ message: 'Nothing here.', extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('mutations answer refusals as userErrors, and only those', async () => {
    const query = `mutation ($input: LendBookInput!) {
      lendBook(input: $input) { book { title } userErrors { code message path } }
    }`;
    const lend = (input: object) => server.ask(query, { variables: { input } });
    expect((await lend({ book: { title: 'Book 3' } })).body.data.lendBook).toEqual({
      book: { title: 'Book 3' },
      userErrors: [],
    });
    expect((await lend({ book: { title: 'No such' } })).body.data.lendBook).toEqual({
      book: null,
      userErrors: [{ code: 'NOT_FOUND', message: 'Nothing was found with this id.', path: ['input', 'book'] }],
    });
    expectError(await lend({ book: { title: 'Book 3' }, fail: 'fault' }), 200, 'INTERNAL_SERVER_ERROR');
    expectError(await lend({ book: { title: 'Book 3' }, fail: 'forbidden' }), 200, 'FORBIDDEN');
    expectError(await lend({ book: { title: 'Book 3', id: 'x' } }), 400, 'BAD_USER_INPUT');
    expectError(await lend({ book: {} }), 400, 'BAD_USER_INPUT');
  });

  test.each([
    ['an enum in a variable', 'query ($x: CurrencyCode) { scalars(currency: $x) { currency } }', secret],
    ['a number in a variable', 'query ($x: [Int!]!) { sum(of: $x) }', [1, secret]],
    ['a string in a variable', 'query ($x: String!) { refused(code: $x) }', { [secret]: secret }],
    ['a scalar in a variable', 'query ($x: DateTime) { scalars(dateTime: $x) { dateTime } }', secret],
    ['an e-mail in a variable', 'query ($x: EmailAddress) { scalars(email: $x) { email } }', secret],
    [
      'an enum with tricks',
      'query ($x: CurrencyCode) { scalars(currency: $x) { currency } }',
      `a"; ${secret}; at "b"; `,
    ],
    [
      'a wrong field',
      'mutation ($x: LendBookInput!) { lendBook(input: $x) { userErrors { code } } }',
      { book: secret },
    ],
    ['an enum in the text', `{ scalars(currency: "${secret}") { currency } }`, null],
    ['a number in the text', `{ sum(of: "${secret}") }`, null],
    ['a scalar in the text', `{ scalars(bigInt: "${secret}") { bigInt } }`, null],
    ['an object in the text', `{ sum(of: {a: "${secret}"}) }`, null],
    ['a string where a name belongs', `{ reader "${secret}" }`, null],
    ['an operation', '{ reader }', null],
  ])('never repeats the value of %s', async (_name, query, x) => {
    const answer = await server.ask(query, { variables: { x }, operationName: query === '{ reader }' ? secret : '' });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(secret);
  });

  test('a wrong variable is named by its path and by what is expected', async () => {
    const query = 'mutation ($input: LendBookInput!) { lendBook(input: $input) { userErrors { code } } }';
    const input = { book: { title: 'x' }, deposit: { amountMinor: 'ten', currency: 'EUR' } };
    const answer = await server.ask(query, { variables: { input } });
    expect(answer.body.errors[0].message).toBe(
      'Variable "$input" got an invalid value at "input.deposit.amountMinor". BigInt must be a whole number in decimal digits, without leading zeros.',
    );
  });

  test('names of the schema are not suggested', async () => {
    expect((await server.ask('{ readr }')).text).not.toMatch(/Did you mean/);
    expect((await server.ask('{ scalars(currency: EURO) { currency } }')).text).not.toMatch(/Did you mean/);
  });

  test('a sane request id is kept, another is replaced', async () => {
    const kept = await server.ask('{ broken }', { headers: { 'x-request-id': 'trace-1.2:3' } });
    expect(kept.body.errors[0].extensions.requestId).toBe('trace-1.2:3');
    const replaced = await server.ask('{ broken }', { headers: { 'x-request-id': 'a b"<script>' } });
    expect(replaced.body.errors[0].extensions.requestId).toMatch(/^req_[0-9a-f-]{36}$/);
  });

  test('other paths answer with problem+json, headers are strict and name no product', async () => {
    const missing = await send({ headers: json, body: '{}' }, '/nowhere');
    expect([missing.status, missing.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    const fault = await read(await fetch(`${server.origin}/fault`));
    expect(fault.body).toMatchObject({ status: 500, code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) });
    expect(fault.text).not.toContain(secret);
    const { headers } = await server.ask('{ reader }');
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('what is no HTTP gets JSON and a closed socket; an odd Host a refusal', async () => {
    const { hostname, port } = new URL(server.origin);
    const raw = (text: string) =>
      new Promise<string>((resolve) => {
        let got = '';
        const socket = connect(Number(port), hostname, () => socket.end(text));
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('close', () => resolve(got));
      });
    expect(await raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"BAD_REQUEST"/);
    const odd =
      'POST /graphql HTTP/1.1\r\nHost: [;:\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';
    expect(await raw(odd)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"BAD_REQUEST"/);
  });

  test('subscriptions over HTTP are sent to the websocket', async () => {
    expectError(await server.ask('subscription { reader }'), 400, 'BAD_REQUEST');
  });

  test('the request log holds no document and no variables', async () => {
    await read(
      await fetch(`${server.url}?query=${encodeURIComponent(`{ refused(code: "${secret}") }`)}`, { headers: json }),
    );
    expect(server.logged.some((line) => line.includes('"route":"/graphql"'))).toBe(true);
    expect(server.logged.join('')).not.toContain(secret);
  });
});

describe('introspection', () => {
  const query = '{ __schema { queryType { name } } }';
  const nested = 'query { ...I } fragment I on Query { ... { __type(name: "Book") { name } } }';

  test.each([
    ['auth', 200, 401],
    ['off', 400, 401],
    ['on', 200, 200],
  ] as const)('under the policy %s', async (introspection, known, unknown) => {
    const server = await startServer({ introspection });
    try {
      for (const text of [query, nested]) {
        expect((await server.ask(text)).status).toBe(known);
        expect((await server.ask(text, { token: null })).status).toBe(unknown);
      }
    } finally {
      await server.close();
    }
  });
});
