import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { documentLimits, measureDocument } from '../../../src/entrypoints/graphql/limits.ts';
import { ran } from './schema.ts';
import { type Answer, startServer, type TestServer } from './server.ts';

/** A fragment that spreads the next one twice under other names, thirty deep: 2^30 fields if it were expanded. */
const fragmentBomb = (depth = 30) => {
  const parts = Array.from(
    { length: depth },
    (_, index) =>
      `fragment F${index} on Query { a${index}: reader b${index}: reader ...F${index + 1} ...F${index + 1} }`,
  );
  return `{ ...F0 } ${parts.join(' ')} fragment F${depth} on Query { reader }`;
};

const nestedBomb = (depth: number) => {
  const parts = Array.from(
    { length: depth },
    (_, index) =>
      `fragment N${index} on Book { similar { ...N${index + 1} } author { name } other: similar { ...N${index + 1} } }`,
  );
  return `{ books { nodes { ...N0 } } } ${parts.join(' ')} fragment N${depth} on Book { title }`;
};

const deep = (levels: number) =>
  `{ books { nodes { ${'similar(limit: 1) { '.repeat(levels)} title ${'} '.repeat(levels)} } } }`;

describe('limits of a request', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ rate: null });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    ran.resolvers = 0;
    server.lookUps.count = 0;
  });

  const expectRefused = (answer: Answer, code = 'QUERY_TOO_COMPLEX') => {
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].extensions.code).toBe(code);
    expect(answer.body.errors[0].extensions.requestId).toEqual(expect.any(String));
    expect(ran.resolvers).toBe(0);
    // The guard comes even before the look-up of the key.
    expect(server.lookUps.count).toBe(0);
  };

  test('twelve levels pass, thirteen do not', async () => {
    expect((await server.ask('{ node(id: "x") { ... on Book { similar { similar { title } } } } }')).status).toBe(200);
    const twelve = await server.ask(deep(9));
    expect(twelve.status).toBe(200);
    ran.resolvers = 0;
    server.lookUps.count = 0;
    expectRefused(await server.ask(deep(10)));
  });

  test('very deep documents are refused, whatever they nest', async () => {
    expectRefused(await server.ask(deep(400)));
    expectRefused(await server.ask(`{ ${'... { '.repeat(900)} reader ${'} '.repeat(900)} }`));
    const lists = await server.ask(`{ sum(of: ${'['.repeat(1900)}1${']'.repeat(1900)}) }`);
    expect(lists.status).toBe(400);
    expect(ran.resolvers).toBe(0);
  });

  test('thirty aliases pass, thirty-one and thousands do not, those of __typename too', async () => {
    const aliased = (count: number, field = 'title') =>
      `{ books(first: 1) { nodes { ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} } } }`;
    expect((await server.ask(aliased(30))).status).toBe(200);
    ran.resolvers = 0;
    server.lookUps.count = 0;
    expectRefused(await server.ask(aliased(31)));
    expectRefused(await server.ask(aliased(31, '__typename')));
    expectRefused(await server.ask(aliased(1_200)));
  });

  test('thirty aliased root fields pass, and fifty of them in all', async () => {
    const roots = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: reader`).join(' ');
    const answer = await server.ask(`{ ${roots(30)} }`);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.data)).toHaveLength(30);
    expect((await server.ask(`{ ${roots(30)} ${'reader '.repeat(20)} }`)).status).toBe(200);
    ran.resolvers = 0;
    server.lookUps.count = 0;
    expectRefused(await server.ask(`{ ${roots(30)} ${'reader '.repeat(21)} }`));
    expectRefused(await server.ask(`{ ${roots(31)} }`));
  });

  test('a document over 4,000 tokens is not even read to its end', async () => {
    const answer = await server.ask(`{ ${'reader '.repeat(52_000)} }`);
    expectRefused(answer, 'GRAPHQL_PARSE_FAILED');
  });

  test('root fields and repeats of a field are counted', async () => {
    const spread = Array.from({ length: 51 }, (_, index) => `... { reader } ...${index % 2 ? 'A' : 'B'}`);
    expectRefused(
      await server.ask(`{ ${spread.join(' ')} } fragment A on Query { reader } fragment B on Query { reader }`),
    );
    expectRefused(await server.ask(`{ ${'reader '.repeat(3_000)} }`));
    expectRefused(await server.ask(`{ ${'... { reader } '.repeat(900)} }`));
  });

  test('fragment bombs are refused', async () => {
    expectRefused(await server.ask(fragmentBomb()));
    expectRefused(await server.ask(nestedBomb(40)));
    expectRefused(await server.ask(nestedBomb(8)));
  });

  test('fragments that spread themselves are refused by validation', async () => {
    const answer = await server.ask('{ ...A } fragment A on Query { reader ...B } fragment B on Query { ...A }');
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(ran.resolvers).toBe(0);
  });

  test('root fields are known by operation, each as often as it stands there', () => {
    const text =
      'mutation A { a: x b: x ...F ... { z } } query B { __schema { types { name } } } fragment F on M { y x }';
    const measure = measureDocument(parse(text), documentLimits);
    expect(measure.rootFields.get('A')).toEqual(['x', 'x', 'y', 'x', 'z']);
    expect([...measure.introspective]).toEqual(['B']);
  });

  test('measuring looks at each selection once, however much it expands to', () => {
    for (const text of [
      fragmentBomb(),
      nestedBomb(40),
      `{ ${'...A '.repeat(1_000)} } fragment A on Query { reader }`,
    ]) {
      const document = parse(text);
      const written = (text.match(/\.\.\.|[a-z0-9]+: |reader|similar|author|name|title|books|nodes/g) ?? []).length;
      expect(measureDocument(document, documentLimits).visited).toBeLessThanOrEqual(written);
    }
  });

  test('a hostile document costs the guard no more steps than it has selections', () => {
    const spreads = Array.from(
      { length: 60 },
      (_, index) => `fragment S${index} on Query { ${'...S0 '.repeat(20)}${`...S${index + 1} `.repeat(20)} }`,
    );
    const text = `{ ...S0 } ${spreads.join(' ')} fragment S60 on Query { reader }`;
    const measure = measureDocument(parse(text), documentLimits);
    expect(measure.visited).toBeLessThanOrEqual(60 * 40 + 2);
  });

  test('cost is sizes multiplied, and too much of it is refused', async () => {
    const cheap = await server.ask('{ books(first: 2) { nodes { title } } }');
    expect(cheap.body.extensions.cost).toMatchObject({ requested: 2 });
    const usual = await server.ask('{ books { nodes { title } } }');
    expect(usual.body.extensions.cost.requested).toBe(25);
    const nested = await server.ask(
      'query ($n: Int) { books(first: $n) { nodes { similar(limit: 2) { author { name } } } } }',
      {
        variables: { n: 10 },
      },
    );
    // Ten books, each with two similar ones, each with an author.
    expect(nested.body.extensions.cost.requested).toBe(10 * (1 + 2 * (1 + 1)));
    ran.resolvers = 0;
    server.lookUps.count = 0;
    const size = 'similar(limit: 100)';
    expectRefused(await server.ask(`{ books(first: 100) { nodes { ${size} { title } } } }`));
    expectRefused(
      await server.ask(`query ($n: Int) { books(first: $n) { nodes { similar(limit: $n) { title } } } }`, {
        variables: { n: 100 },
      }),
    );
    const through = 'fragment C on BookConnection { nodes { ...B } } fragment B on Book { similar(limit: 100) { id } }';
    expectRefused(await server.ask(`{ books(last: 100) { ...C } } ${through}`));
  });

  test('the cost of one operation is not taken for another with other sizes', async () => {
    const query = 'query ($n: Int) { books(first: $n) { nodes { title } } }';
    const costs: number[] = [];
    for (const n of [3, 50, 3, 7]) {
      costs.push((await server.ask(query, { variables: { n } })).body.extensions.cost.requested);
    }
    expect(costs).toEqual([3, 50, 3, 7]);
  });

  test('aliases that could reach for prototypes are refused', async () => {
    expectRefused(await server.ask('{ __proto__: reader }'));
  });

  test('deep and unstorable variables are refused', async () => {
    const query = 'query ($m: Metadata) { scalars(metadata: $m) { metadata } }';
    const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expectRefused(await server.send(`{"query":"${query}","variables":{"m":${nested}}}`), 'BAD_USER_INPUT');
    expectRefused(await server.ask(query, { variables: { m: { a: 'x\u0000y' } } }), 'BAD_USER_INPUT');
    expectRefused(await server.ask(query, { variables: { m: { a: '\ud800' } } }), 'BAD_USER_INPUT');
    expectRefused(await server.ask('{ refused(code: "a\\u0000b") }'), 'BAD_USER_INPUT');
    expectRefused(await server.ask('{ refused(code: "a\ud800b") }'), 'GRAPHQL_PARSE_FAILED');
  });

  test('introspection: the standard query passes, nested ones do not', async () => {
    const options = { descriptions: true, inputValueDeprecation: true, oneOf: true, specifiedByUrl: true };
    const standard = await server.ask(getIntrospectionQuery(options));
    expect(standard.status).toBe(200);
    expect(standard.body.data.__schema.types.length).toBeGreaterThan(20);
    server.lookUps.count = 0;
    const loop = '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }';
    expectRefused(await server.ask(loop));
    const chain = `{ __type(name: "Book") { ${'ofType { '.repeat(17)} name ${'} '.repeat(17)} } }`;
    expectRefused(await server.ask(chain));
  });
});

describe('points', () => {
  test('are taken by cost, restored by time, and refused with 429 when they are used up', async () => {
    const server = await startServer({ rate: { capacity: 60, restoreRate: 1 } });
    try {
      const query = '{ books(first: 50) { nodes { title similar(limit: 1) { id } } } }';
      const tooMuch = await server.ask(query);
      expect(tooMuch.status).toBe(429);
      const small = '{ books(first: 50) { nodes { title } } }';
      const first = await server.ask(small);
      expect(first.body.extensions.cost).toEqual({
        requested: 50,
        actual: 50,
        available: expect.any(Number),
        restoreRate: 1,
      });
      expect(first.body.extensions.cost.available).toBeLessThanOrEqual(11);
      ran.resolvers = 0;
      const second = await server.ask(small);
      expect(second.status).toBe(429);
      const [error] = second.body.errors;
      expect(error.extensions).toMatchObject({ code: 'RATE_LIMITED', requestId: expect.any(String) });
      expect(error.extensions.retryAfter).toBeGreaterThan(30);
      expect(second.headers.get('retry-after')).toBe(String(error.extensions.retryAfter));
      expect(ran.resolvers).toBe(0);
      // Another key has points of its own.
      expect((await server.ask(small, { token: 'good-other' })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  test('that were not needed are given back', async () => {
    const server = await startServer({ rate: { capacity: 100, restoreRate: 1 } });
    try {
      const query = '{ node(id: "plan_nothing") { ... on Book { similar(limit: 90) { id } } } }';
      for (let round = 0; round < 5; round += 1) {
        const answer = await server.ask(query);
        expect(answer.status).toBe(200);
        expect(answer.body.extensions.cost).toMatchObject({ requested: 91, actual: 1 });
      }
    } finally {
      await server.close();
    }
  });

  test('of callers without credentials are few and counted by address', async () => {
    const server = await startServer({ anonymousRate: { capacity: 3, restoreRate: 1 } });
    try {
      const statuses: number[] = [];
      for (let round = 0; round < 5; round += 1)
        statuses.push((await server.ask('{ reader }', { token: null })).status);
      expect(statuses.slice(0, 3)).toEqual([200, 200, 200]);
      expect(statuses).toContain(429);
    } finally {
      await server.close();
    }
  });
});
