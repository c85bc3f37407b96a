import { afterEach, describe, expect, test } from '@jest/globals';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import pg from 'pg';
import { isDatabaseAway } from '../../../src/platform/passing-faults.ts';
import { startServer, type TestServer } from './server.ts';

const message = 'The database does not answer. Try again in a moment.';
const refused = () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
});

describe('while the database does not answer', () => {
  test('a request whose caller can not be looked up is answered 503, and told when to come again', async () => {
    server = await startServer({ authenticate: () => Promise.reject(refused()) });
    const { status, headers, body } = await server.ask('{ __typename }');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    const requestId = headers.get('x-request-id') ?? expect.any(String);
    expect(body.errors).toEqual([{ message, extensions: { code: 'INTERNAL_SERVER_ERROR', retryAfter: 2, requestId } }]);
    expect(body.data).toBeUndefined();
  });

  test.each(['query', 'mutation'])('a %s of which no field is found is, with one error', async (kind) => {
    server = await startServer({ schema: schema() });
    const { status, headers, body } = await server.ask(`${kind} { lost also: lost }`);
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body.errors).toEqual([
      { message, extensions: { code: 'INTERNAL_SERVER_ERROR', retryAfter: 2, requestId: expect.any(String) } },
    ]);
    expect(body.data).toBeUndefined();
  });

  test('what was done before stays told', async () => {
    server = await startServer({ schema: schema() });
    const { status, body } = await server.ask('mutation { found lost }');
    expect(status).toBe(200);
    expect(body.data).toEqual({ found: 'yes', lost: null });
    expect(body.errors).toMatchObject([{ message, path: ['lost'] }]);
  });

  test('the log has it once in a while, and every other fault each time', async () => {
    server = await startServer({ schema: schema() });
    for (let round = 0; round < 5; round += 1) await server.ask('{ lost also: lost }');
    for (let round = 0; round < 3; round += 1) expect((await server.ask('{ broken }')).status).toBe(200);
    const said = server.logged.map((line) => JSON.parse(line) as { level: number; msg: string });
    const faults = said.filter(({ level }) => level >= 50).map(({ msg }) => msg);
    expect(faults).toEqual(['the database does not answer', 'graphql fault', 'graphql fault', 'graphql fault']);
  });

  test('other routes are answered 503, too', async () => {
    server = await startServer({}, async (app) => {
      app.get('/lost', () => Promise.reject(refused()));
    });
    const answer = await fetch(`${server.origin}/lost`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await answer.json()).toMatchObject({ title: message, code: 'INTERNAL_SERVER_ERROR' });
  });
});

test('what says that the database is away, and what does not', () => {
  const state = (code: string) => Object.assign(new pg.DatabaseError('…', 1, 'error'), { code });
  const away = [
    refused(),
    state('57P01'),
    state('57P03'),
    state('53300'),
    state('08006'),
    Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    new Error('wrapped', { cause: refused() }),
  ];
  expect(away.filter((error) => !isDatabaseAway(error))).toEqual([]);
  const answering = [
    state('40001'),
    state('55P03'),
    state('57014'),
    state('23505'),
    new Error('timeout'),
    null,
    'text',
  ];
  expect(answering.filter((error) => isDatabaseAway(error))).toEqual([]);
});

function schema(): GraphQLSchema {
  const fails = (error: () => Error) => ({ type: GraphQLString, resolve: () => Promise.reject(error()) });
  const fields = {
    found: { type: GraphQLString, resolve: () => 'yes' },
    lost: fails(refused),
    broken: fails(() => new Error('a fault of ours')),
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields }),
    mutation: new GraphQLObjectType({ name: 'Mutation', fields }),
  });
}
