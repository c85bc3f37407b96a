import { describe, expect, test } from '@jest/globals';
import { type ExecutionResult, type GraphQLError, getIntrospectionQuery, parse, validate } from 'graphql';
import { createExecutor, type Executor } from '../../../src/entrypoints/graphql/executor.ts';
import { bookRows, librarySchema } from './schema.ts';

const schema = librarySchema();
const interpreting = createExecutor({ schema, compile: false });
const compiling = createExecutor({ schema, compile: true, compileAfter: 0 });

const first = 'plan_01j2g00000e00800000000310g';
const fields =
  'fragment Fields on Book { id title addedAt price { amountMinor currency decimal formatted(locale: "de") } }';

interface Case {
  name: string;
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** Everything an operation can be made of: what is compiled must answer it as graphql-js does. */
const corpus: Case[] = [
  {
    name: 'a page',
    query:
      '{ books { edges { cursor node { id } } nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }',
  },
  {
    name: 'aliases',
    query: '{ a: books(first: 1) { x: nodes { t: title __typename } } b: books(first: 2) { nodes { title } } }',
  },
  {
    name: 'fragments',
    query: `{ books(first: 3) { nodes { ...Fields similar(limit: 2) { ...Fields author { name } } } } } ${fields}`,
  },
  {
    name: 'the same field twice',
    query: '{ books(first: 2) { nodes { author { id } author { name } } nodes { title } } }',
  },
  {
    name: 'an interface',
    query:
      '{ node(id: "mem_01j2g00000e00800000000620") { __typename id ... on Book { title } ... on Author { name } } }',
  },
  {
    name: 'an interface of another type',
    query: `query ($id: ID!) { node(id: $id) { __typename ...F } } fragment F on Node { id ... on Book { title price { decimal } } }`,
    variables: { id: first },
  },
  { name: 'null for what is not there', query: '{ node(id: "plan_x") { id } }' },
  { name: 'a field that breaks, not null', query: '{ books(first: 3) { nodes { title fragile } } }' },
  { name: 'a field that breaks, nullable', query: '{ books(first: 4) { nodes { title brittle } } }' },
  { name: 'breaks deep in a list', query: '{ books(first: 2) { edges { node { similar { title fragile } } } } }' },
  {
    name: 'breaks twice',
    query: '{ a: books(first: 3) { nodes { fragile brittle } } b: books(first: 1) { nodes { title } } }',
  },
  { name: 'a fault at the root', query: '{ broken }' },
  { name: 'a fault beside an answer', query: '{ refused(code: "x") reader }' },
  {
    name: 'skip and include, literal',
    query:
      '{ reader @skip(if: true) again: reader @include(if: true) books(first: 1) @include(if: false) { totalCount } }',
  },
  ...[true, false].flatMap((skip) =>
    [true, false].map((include) => ({
      name: `skip ${skip}, include ${include}`,
      query: `query ($s: Boolean!, $i: Boolean!) {
        reader @skip(if: $s) ...A @include(if: $i)
        books(first: 1) { nodes { title @include(if: $i) ... @skip(if: $s) { id author { name } } ...B @include(if: $i) } ... @include(if: $i) { totalCount } }
      } fragment A on Query { other: reader refused(code: "x") @skip(if: $s) } fragment B on Book { addedAt id @skip(if: $s) }`,
      variables: { s: skip, i: include },
    })),
  ),
  { name: 'a variable left to its default', query: 'query ($n: Int = 2) { books(first: $n) { nodes { title } } }' },
  {
    name: 'a variable that is null',
    query: 'query ($n: Int = 2) { books(first: $n) { nodes { id } } }',
    variables: { n: null },
  },
  { name: 'a variable that is not given', query: 'query ($n: Int) { books(first: $n) { nodes { id } } }' },
  {
    name: 'an argument of a nested field',
    query: 'query ($l: Int!) { books(first: 2) { nodes { similar(limit: $l) { id } } } }',
    variables: { l: 1 },
  },
  { name: 'a list in a variable', query: 'query ($of: [Int!]!) { sum(of: $of) }', variables: { of: [1, 2, 3] } },
  { name: 'one value for a list', query: 'query ($of: [Int!]!) { sum(of: $of) }', variables: { of: 5 } },
  { name: 'a variable within a list', query: 'query ($x: Int!) { sum(of: [1, $x, 3]) }', variables: { x: 40 } },
  {
    name: 'scalars in the text',
    query:
      '{ scalars(bigInt: 9223372036854775807, decimal: "1.500", dateTime: "2026-03-01T00:00:00+02:00", date: "2024-02-29", zone: "Asia/Tokyo", currency: JPY, country: "JP", email: "a@b.co", metadata: {a: "b", c: "d"}) { bigInt decimal dateTime date zone currency country email metadata } }',
  },
  {
    name: 'scalars in variables',
    query:
      'query ($a: BigInt, $b: Decimal, $c: DateTime, $d: Date, $e: TimeZone, $f: CurrencyCode, $g: CountryCode, $h: EmailAddress, $i: Metadata) { scalars(bigInt: $a, decimal: $b, dateTime: $c, date: $d, zone: $e, currency: $f, country: $g, email: $h, metadata: $i) { bigInt decimal dateTime date zone currency country email metadata } }',
    variables: {
      a: '-5',
      b: '0.1',
      c: '2026-01-01T00:00:00.123456Z',
      d: '2026-01-01',
      e: 'UTC',
      f: 'EUR',
      g: 'AT',
      h: 'x@y.at',
      i: { k: 'v' },
    },
  },
  { name: 'scalars that are not given', query: '{ scalars(currency: null) { bigInt currency metadata } facts }' },
  ...[
    { f: 'EURO' },
    { f: 5 },
    { a: 1.5 },
    { a: '1e5' },
    { c: '2026-02-30T00:00:00Z' },
    { g: 'XX' },
    { i: { a: 1 } },
    { i: [] },
    { d: '2026-13-01' },
  ].map((variables) => ({
    name: `a variable that is wrong: ${JSON.stringify(variables)}`,
    query:
      'query ($a: BigInt, $c: DateTime, $d: Date, $f: CurrencyCode, $g: CountryCode, $i: Metadata) { scalars(bigInt: $a, dateTime: $c, date: $d, currency: $f, country: $g, metadata: $i) { bigInt } }',
    variables,
  })),
  { name: 'a variable that is missing', query: 'query ($of: [Int!]!) { sum(of: $of) }' },
  {
    name: 'a nested variable that is null',
    query: 'query ($of: [Int!]!) { sum(of: $of) }',
    variables: { of: [1, null] },
  },
  {
    name: 'a mutation',
    query:
      'mutation { lendBook(input: { book: { title: "Book 2" }, deposit: { amountMinor: 5, currency: EUR } }) { book { title author { name } } userErrors { code } } }',
  },
  {
    name: 'several mutations',
    query:
      'mutation { a: lendBook(input: { book: { title: "Book 2" } }) { book { title } } b: lendBook(input: { book: { title: "?" } }) { book { id } userErrors { code path message } } c: lendBook(input: { book: { title: "Book 3" }, fail: "fault" }) { userErrors { code } } d: lendBook(input: { book: { title: "Book 4" } }) { book { title } } }',
  },
  {
    name: 'a one-of variable',
    query: 'mutation ($b: BookReference!) { lendBook(input: { book: $b }) { userErrors { code } } }',
    variables: { b: { title: 'Book 1' } },
  },
  {
    name: 'a one-of variable with two',
    query: 'mutation ($b: BookReference!) { lendBook(input: { book: $b }) { userErrors { code } } }',
    variables: { b: { title: 'a', id: 'b' } },
  },
  {
    name: 'a one-of variable with a null',
    query: 'mutation ($b: BookReference!) { lendBook(input: { book: $b }) { userErrors { code } } }',
    variables: { b: { title: null } },
  },
  { name: 'a cursor that is none', query: '{ books(after: "garbled") { totalCount } }' },
  { name: 'introspection', query: getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true }) },
  {
    name: 'the second of two operations',
    query: 'query A { reader } query B { books(first: 1) { nodes { title } } }',
    operationName: 'B',
  },
  { name: 'an operation that is not there', query: 'query A { reader }', operationName: 'C' },
  { name: 'typename only', query: '{ __typename t: __typename books { __typename nodes { __typename } } }' },
];

interface Plain {
  data: unknown;
  errors: { path: readonly (string | number)[]; said: string }[];
}

async function answer(executor: Executor, { query, variables = {}, operationName }: Case): Promise<Plain> {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const contextValue = { reader: 'me' };
  return plain(await executor.run({ source: query, document, operationName, variables, contextValue }));
}

/** What a client could tell apart: data as JSON, and errors by path, place and cause, in any order. */
function plain(result: ExecutionResult): Plain {
  const cause = (error: GraphQLError): string => {
    let inner: Error = error;
    while ('originalError' in inner && inner.originalError instanceof Error) inner = inner.originalError;
    return inner.message;
  };
  const errors = (result.errors ?? []).map((error) => ({
    path: error.path ?? [],
    said: JSON.stringify([error.path, error.locations, error.message, cause(error), error.extensions]),
  }));
  return { data: JSON.parse(JSON.stringify(result.data ?? null)), errors };
}

/** Whether a path leads through a null: there the specification lets an executor report one fault or all. */
function leadsThroughNull(data: unknown, path: readonly (string | number)[]): boolean {
  let at = data;
  for (const key of path.slice(0, -1)) {
    if (at === null) return true;
    at = (at as Record<string, unknown>)[key];
  }
  return at === null;
}

function expectSame(compiled: Plain, interpreted: Plain): void {
  expect(compiled.data).toEqual(interpreted.data);
  const said = compiled.errors.map((error) => error.said);
  for (const error of interpreted.errors) expect(said).toContain(error.said);
  const known = new Set(interpreted.errors.map((error) => error.said));
  const more = compiled.errors.filter((error) => !known.has(error.said));
  expect(more.filter((error) => !leadsThroughNull(compiled.data, error.path))).toEqual([]);
  if (interpreted.errors.length === 0) expect(compiled.errors).toEqual([]);
}

describe('compiled operations', () => {
  test.each(corpus)('answer as interpreted ones do: $name', async (one) => {
    const interpreted = await answer(interpreting, one);
    expectSame(await answer(compiling, one), interpreted);
    // Once more: what was compiled is used with other variables and callers.
    expectSame(await answer(compiling, one), interpreted);
  });

  test('were compiled indeed, and the others interpreted', () => {
    expect(compiling.counts.compiled).toBeGreaterThan(25);
    expect(compiling.counts.compiledRuns).toBeGreaterThan(50);
    expect(interpreting.counts.compiledRuns).toBe(0);
  });

  test('keep callers and variables apart', async () => {
    const query = 'query ($n: Int) { reader books(first: $n) { nodes { title } totalCount } }';
    const document = parse(query);
    const runs = Array.from({ length: 50 }, async (_, index) => {
      const n = (index % 7) + 1;
      const contextValue = { reader: `reader ${index}` };
      const result = await compiling.run({ source: query, document, variables: { n }, contextValue });
      const data = result.data as { reader: string; books: { nodes: unknown[]; totalCount: number } };
      expect(data.reader).toBe(`reader ${index}`);
      expect(data.books.nodes).toHaveLength(n);
      expect(data.books.totalCount).toBe(bookRows.length);
    });
    await Promise.all(runs);
  });

  test('are forgotten in the order of their use, and only made for what comes again', async () => {
    const executor = createExecutor({ schema, compile: true, compileAfter: 1, mostCompiled: 2 });
    const run = (source: string) =>
      executor.run({ source, document: parse(source), variables: {}, contextValue: { reader: 'me' } });
    await run('{ a: reader }');
    expect(executor.counts.compiled).toBe(0);
    await run('{ a: reader }');
    expect(executor.counts.compiled).toBe(1);
    await run('{ b: reader }');
    await run('{ c: reader }');
    await run('{ a: reader }');
    await run('{ a: reader }');
    expect(executor.counts.compiled).toBe(2);
  });
});
