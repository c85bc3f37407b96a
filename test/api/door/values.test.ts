import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GraphQLError, type GraphQLScalarType, parseValue, printSchema, valueFromASTUntyped } from 'graphql';
import { TypeID } from 'typeid-js';
import { decimalText, formatMoney, money } from '../../../src/platform/api-types.ts';
import { BoundedMap } from '../../../src/platform/bounded-map.ts';
import { fromGlobalId, idPrefixes, isUuid, newId, parseGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import {
  decodeCursor,
  encodeCursor,
  type Ordering,
  type PageArguments,
  planPage,
  toPage,
} from '../../../src/platform/pagination.ts';
import {
  BigIntScalar,
  CountryCodeScalar,
  CurrencyCode,
  DateTimeScalar,
  DecimalScalar,
  EmailAddressScalar,
  JsonScalar,
  LocalDateScalar,
  MetadataScalar,
  TimeZoneScalar,
} from '../../../src/platform/scalars.ts';
import { bookRows, byAdded, librarySchema, readRows } from './schema.ts';

describe('ids', () => {
  test('only grow within a process and are version 7', () => {
    const ids = Array.from({ length: 50_000 }, () => newId());
    expect(ids.filter((id) => !isUuid(id) || id[14] !== '7' || !'89ab'.includes(id[19] ?? ''))).toEqual([]);
    expect(ids.filter((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))).toEqual([]);
  });

  test('of clients are TypeIDs, as the library for them writes them', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.constantFrom(...(Object.keys(idPrefixes) as (keyof typeof idPrefixes)[])),
        (uuid, prefix) => {
          const text = toGlobalId(prefix, uuid);
          expect(text).toBe(TypeID.fromUUID(prefix, uuid).toString());
          expect(fromGlobalId(prefix, text)).toBe(uuid);
          expect(parseGlobalId(text)).toEqual({ prefix, uuid });
        },
      ),
    );
  });

  test('of another kind, another alphabet or another length are none', () => {
    const id = toGlobalId('acc', newId());
    const others = [
      id.toUpperCase(),
      `${id}0`,
      id.slice(0, -1),
      ` ${id}`,
      `${id}\n`,
      id.replace('acc', 'inv'),
      id.replace('acc_', ''),
      'acc_8zzzzzzzzzzzzzzzzzzzzzzzzz',
      'acc_0000000000000000000000000l',
      `acc_${'0'.repeat(10_000)}`,
      '',
      'constructor_00000000000000000000000000',
    ];
    for (const other of others) expect(fromGlobalId('acc', other)).toBeNull();
    expect(parseGlobalId('zzz_00000000000000000000000000')).toBeNull();
  });
});

/** Reads a value as a variable and, where it can be written, as a literal: both must agree. */
function read(scalar: GraphQLScalarType, value: unknown): unknown {
  const asVariable = attempt(() => scalar.parseValue(value));
  const literal = attempt(() => scalar.parseLiteral(parseValue(literalOf(value)), {}));
  expect(literal).toEqual(asVariable);
  if (asVariable instanceof GraphQLError) {
    expect(asVariable.extensions.code).toBe('BAD_USER_INPUT');
    return 'refused';
  }
  return asVariable;
}

function literalOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${literalOf(item)}`)
      .join(', ')}}`;
  }
  return Array.isArray(value) ? `[${value.map(literalOf).join(', ')}]` : JSON.stringify(value);
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

describe('scalars', () => {
  test('BigInt is exact over 64 bits and nothing else', () => {
    expect(read(BigIntScalar, '9223372036854775807')).toBe(9223372036854775807n);
    expect(read(BigIntScalar, '-9223372036854775808')).toBe(-9223372036854775808n);
    expect(read(BigIntScalar, 12)).toBe(12n);
    for (const wrong of [
      '9223372036854775808',
      '-9223372036854775809',
      '01',
      '+1',
      '-0x1',
      '1e3',
      '1.0',
      '',
      ' 1',
      '1\n',
      1.5,
      true,
      null,
      [1],
      '9'.repeat(100_000),
    ]) {
      expect(read(BigIntScalar, wrong)).toBe('refused');
    }
    expect(attempt(() => BigIntScalar.parseValue(2 ** 53))).toBeInstanceOf(GraphQLError);
    expect(BigIntScalar.serialize(5n)).toBe('5');
    expect(() => BigIntScalar.serialize(5)).toThrow();
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(BigIntScalar.parseValue(BigIntScalar.serialize(value))).toBe(value);
      }),
    );
  });

  test('Decimal is digits with a point', () => {
    for (const right of ['0', '-1.50', '99999999999999999999.123456789012'])
      expect(read(DecimalScalar, right)).toBe(right);
    for (const wrong of [
      '.5',
      '5.',
      '1e5',
      '00',
      '1,5',
      '١',
      '1.1234567890123',
      '100000000000000000000',
      1,
      1.5,
      null,
      'NaN',
    ]) {
      expect(read(DecimalScalar, wrong)).toBe('refused');
    }
  });

  test('DateTime is an instant of RFC 3339 with a zone', () => {
    const iso = (text: string) => (read(DateTimeScalar, text) as Date).toISOString?.() ?? 'refused';
    expect(iso('2026-01-31T09:30:00Z')).toBe('2026-01-31T09:30:00.000Z');
    expect(iso('2026-01-31T09:30:00.1239+05:45')).toBe('2026-01-31T03:45:00.123Z');
    expect(iso('2024-02-29T00:00:00-00:30')).toBe('2024-02-29T00:30:00.000Z');
    expect(iso('2200-12-31T23:59:59.999Z')).toBe('2200-12-31T23:59:59.999Z');
    for (const wrong of [
      '2026-02-29T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2016-12-31T23:59:60Z',
      '2026-01-01T24:00:00Z',
      '2026-01-01t00:00:00z',
      '2026-01-01 00:00:00Z',
      '2026-01-01T00:00:00',
      '2026-01-01',
      '2026-01-01T00:00Z',
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:00:00+01:00',
      '2201-01-01T00:00:00Z',
      '+002026-01-01T00:00:00Z',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00+1:00',
      '2026-01-01T00:00:00.Z',
      ' 2026-01-01T00:00:00Z',
      1767225600000,
      null,
    ]) {
      expect(read(DateTimeScalar, wrong)).toBe('refused');
    }
    expect(DateTimeScalar.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(() => DateTimeScalar.serialize('2026-01-01')).toThrow();
    expect(() => DateTimeScalar.serialize(new Date(Number.NaN))).toThrow();
  });

  test('Date is a day that exists', () => {
    for (const right of ['2024-02-29', '1970-01-01', '2200-12-31']) expect(read(LocalDateScalar, right)).toBe(right);
    for (const wrong of [
      '2026-02-29',
      '2100-02-29',
      '2026-2-1',
      '2026-06-31',
      '1969-12-31',
      '2201-01-01',
      '20260101',
      '2026-01-01T00:00:00Z',
      5,
    ]) {
      expect(read(LocalDateScalar, wrong)).toBe('refused');
    }
  });

  test('TimeZone is a name of the IANA database', () => {
    expect(read(TimeZoneScalar, 'Europe/Vienna')).toBe('Europe/Vienna');
    expect(read(TimeZoneScalar, 'europe/vienna')).toBe('Europe/Vienna');
    expect(read(TimeZoneScalar, 'UTC')).toBe('UTC');
    expect(read(TimeZoneScalar, 'America/Argentina/Buenos_Aires')).toBe('America/Argentina/Buenos_Aires');
    for (const wrong of ['+01:00', 'Mars/Olympus', '', 'Europe/', '../etc', 'x'.repeat(10_000), 'Europe/Vienna\n', 1]) {
      expect(read(TimeZoneScalar, wrong)).toBe('refused');
    }
  });

  test('CountryCode, CurrencyCode and EmailAddress know their bounds', () => {
    expect(read(CountryCodeScalar, 'AT')).toBe('AT');
    for (const wrong of ['at', 'XX', 'UK', 'AUT', '', 1]) expect(read(CountryCodeScalar, wrong)).toBe('refused');
    expect(Object.keys(CurrencyCode)).toEqual(expect.arrayContaining(['EUR', 'JPY', 'KWD', 'USD', 'XCG']));
    for (const wrong of ['XXX', 'XAU', 'DEM', 'eur']) expect(CurrencyCode[wrong]).toBeUndefined();
    for (const right of ['a@b.co', "o'neil+tag@mail.example.com", 'ü@müller.example'])
      expect(read(EmailAddressScalar, right)).toBe(right);
    for (const wrong of [
      'a',
      '@b.co',
      'a@',
      'a@b',
      'a b@c.de',
      'a@b..co',
      '.a@b.co',
      'a.@b.co',
      'a@-b.co',
      `${'a'.repeat(65)}@b.co`,
      `a@${'b'.repeat(250)}.co`,
      'a@b.co\r\nBcc: c@d.co',
      'a@b.co, c@d.co',
      5,
    ]) {
      expect(read(EmailAddressScalar, wrong)).toBe('refused');
    }
  });

  test('Metadata is a small map of text', () => {
    expect(read(MetadataScalar, { a: 'b', c: '' })).toEqual({ a: 'b', c: '' });
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
    expect(Object.keys(read(MetadataScalar, many(50)) as object)).toHaveLength(50);
    for (const wrong of [
      many(51),
      { k: 1 },
      { k: null },
      { k: { a: 'b' } },
      { constructor: 'x' },
      { prototype: 'x' },
      JSON.parse('{"__proto__": "x"}'),
      [],
      'text',
      5,
    ]) {
      expect(read(MetadataScalar, wrong)).toBe('refused');
    }
    expect(attempt(() => JsonScalar.parseValue({}))).toBeInstanceOf(GraphQLError);
    expect(valueFromASTUntyped(parseValue('{a: 1}'))).toEqual({ a: 1 });
  });

  test('money is exact at any size', () => {
    expect(decimalText(-5n, 'EUR')).toBe('-0.05');
    expect(decimalText(123456n, 'JPY')).toBe('123456');
    expect(decimalText(1n, 'KWD')).toBe('0.001');
    expect(money(9223372036854775807n, 'USD').decimal).toBe('92233720368547758.07');
    expect(formatMoney(9223372036854775807n, 'USD', 'en')).toBe('$92,233,720,368,547,758.07');
    expect(() => formatMoney(1n, 'EUR', 'not a locale')).toThrow('BCP 47');
    expect(() => formatMoney(1n, 'EUR', 'x'.repeat(100))).toThrow('BCP 47');
  });
});

describe('pages', () => {
  const rowsOf = (page: PageArguments, ordering: Ordering = byAdded) => {
    const plan = planPage(page, ordering);
    return toPage(plan, readRows(bookRows, plan), (row) => ({ value: row.addedAt, id: row.id }), 60);
  };
  const ascending: Ordering = { ...byAdded, direction: 'asc' };

  test.each([
    ['desc', byAdded],
    ['asc', ascending],
  ] as const)('walk the whole list both ways (%s)', (_name, ordering) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 61 }), (size) => {
        const forward: string[] = [];
        let page = rowsOf({ first: size }, ordering);
        for (;;) {
          forward.push(...page.nodes.map((row) => row.id));
          if (!page.pageInfo.hasNextPage) break;
          page = rowsOf({ first: size, after: page.pageInfo.endCursor }, ordering);
          expect(page.pageInfo.hasPreviousPage).toBe(true);
        }
        const backward: string[] = [];
        page = rowsOf({ last: size }, ordering);
        for (;;) {
          backward.unshift(...page.nodes.map((row) => row.id));
          if (!page.pageInfo.hasPreviousPage) break;
          page = rowsOf({ last: size, before: page.pageInfo.startCursor }, ordering);
        }
        expect(forward).toHaveLength(bookRows.length);
        expect(new Set(forward).size).toBe(bookRows.length);
        expect(backward).toEqual(forward);
      }),
    );
  });

  test('become SQL with numbered parameters', () => {
    const cursor = encodeCursor(byAdded, new Date(0), bookRows[0]?.id ?? '');
    expect(planPage({ first: 10, after: cursor }, byAdded, { firstParameter: 3 })).toMatchObject({
      where: '(added_at, id) < ($3::timestamptz, $4::uuid)',
      orderBy: 'added_at desc, id desc',
      limit: 11,
      parameters: ['1970-01-01T00:00:00.000Z', bookRows[0]?.id],
    });
    expect(planPage({ last: 5, before: cursor }, byAdded, { placeholder: () => '?' })).toMatchObject({
      where: '(added_at, id) > (?::timestamptz, ?::uuid)',
      orderBy: 'added_at asc, id asc',
    });
    expect(planPage({}, byAdded)).toMatchObject({ where: 'true', limit: 26, parameters: [] });
  });

  test.each([{ first: 0 }, { first: 101 }, { last: -1 }, { first: 1, last: 1 }, { first: 1.5 }])(
    'refuse the size %j',
    (page) => {
      expect(() => planPage(page, byAdded)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    },
  );

  test('refuse cursors that are garbled, of another list, another order or another kind', () => {
    const id = bookRows[0]?.id ?? '';
    const made = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const order = 'books.ADDED_AT desc';
    const at = '2026-01-01T00:00:00.000Z';
    const cursors = [
      '',
      '!',
      'abc',
      'x'.repeat(5_000),
      made({}),
      made(null),
      made([2, order, at, id]),
      made([1, 'invoices.ADDED_AT desc', at, id]),
      made([1, order, 'yesterday', id]),
      made([1, order, 5, id]),
      made([1, order, at, "'; drop table"]),
      made([1, order, at, id, 1]),
      encodeCursor(ascending, at, id),
      encodeCursor({ ...byAdded, name: 'x' }, at, id),
    ];
    for (const cursor of cursors) {
      expect(() => planPage({ after: cursor }, byAdded)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
    }
    expect(decodeCursor(made([1, order, at, id]), byAdded, 'after')).toEqual([at, id]);
    const byText: Ordering = { ...byAdded, type: 'text' };
    expect(() => decodeCursor(made([1, order, 'a\u0000', id]), byText, 'after')).toThrow();
    const byNumber: Ordering = { ...byAdded, type: 'bigint' };
    expect(() => decodeCursor(made([1, order, '1e9', id]), byNumber, 'after')).toThrow();
    expect(decodeCursor(encodeCursor(byNumber, -5n, id), byNumber, 'after')).toEqual(['-5', id]);
  });
});

test('a bounded map forgets what was longest unused, by number and by weight', () => {
  const byNumber = new BoundedMap<string, number>(2);
  for (const key of ['a', 'b']) byNumber.set(key, 1);
  byNumber.get('a');
  byNumber.set('c', 1);
  expect(['a', 'b', 'c'].map((key) => byNumber.get(key))).toEqual([1, undefined, 1]);
  const byWeight = new BoundedMap<string, string>(100, { weigh: (text) => text.length, most: 10 });
  byWeight.set('a', '12345');
  byWeight.set('b', '12345');
  byWeight.set('c', '1');
  byWeight.set('d', '12345678901');
  byWeight.set('b', '123456789');
  expect(['a', 'b', 'c', 'd'].map((key) => byWeight.get(key))).toEqual([undefined, '123456789', '1', undefined]);
  byWeight.delete('b');
  byWeight.set('e', '123456789');
  expect(byWeight.size).toBe(2);
});

test('one-of inputs are marked in the schema', () => {
  const printed = printSchema(librarySchema());
  expect(printed).toContain('input BookReference @oneOf');
});
