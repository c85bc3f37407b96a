import 'reflect-metadata';
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { registerEnumType } from 'type-graphql';
import { currencyCodes, findCurrency, minorUnitDigits } from '../rules/currency.ts';
import { countryCodes } from './country-codes.ts';

/** Refusals name what is expected and never what came: inputs may hold secrets, and they end up in logs. */
function refuse(expected: string): never {
  throw new GraphQLError(expected, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * False for text that PostgreSQL cannot store: with a NUL, or with half of a surrogate pair. The door refuses such
 * text wherever it stands in a request, so that no column and no JSON document ever meets it.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}

/** A scalar that travels as text in both directions; `read` refuses what it cannot mean. */
function textScalar<T>(options: {
  name: string;
  description: string;
  read: (text: string) => T;
  write: (value: unknown) => string;
  specifiedByURL?: string;
}): GraphQLScalarType<T, string> {
  const read = (value: unknown) =>
    typeof value === 'string' ? options.read(value) : refuse(`${options.name} must be a string.`);
  return new GraphQLScalarType<T, string>({
    name: options.name,
    description: options.description,
    ...(options.specifiedByURL ? { specifiedByURL: options.specifiedByURL } : {}),
    parseValue: read,
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined),
    serialize: options.write,
  });
}

const smallestBigInt = -(2n ** 63n);
const largestBigInt = 2n ** 63n - 1n;

function readBigInt(text: string): bigint {
  // The door bounds the length of a request; a text beyond 20 characters is never made a number.
  if (!/^-?(0|[1-9][0-9]*)$/.test(text)) {
    refuse('BigInt must be a whole number in decimal digits, without leading zeros.');
  }
  const value = text.length > 20 ? null : BigInt(text);
  if (value === null || value < smallestBigInt || value > largestBigInt) {
    return refuse('BigInt must fit into 64 bits: at most 19 digits, up to about 9.2 quintillion.');
  }
  return value;
}

/** Signed 64-bit whole number; bigint inside, string outside. A JSON number is taken only where it is exact. */
export const BigIntScalar = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description: 'A signed 64-bit whole number. Answered as a string; accepted as a string or as a whole number.',
  parseValue(value) {
    if (typeof value === 'string') return readBigInt(value);
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    return refuse('BigInt must be a string of decimal digits or a whole number below 2^53.');
  },
  parseLiteral(node) {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return readBigInt(node.value);
    return refuse('BigInt must be a string of decimal digits or a whole number below 2^53.');
  },
  serialize(value) {
    if (typeof value === 'bigint') return value.toString();
    throw new TypeError('BigInt fields hold a bigint.');
  },
});

/** Exact decimal as text: at most 20 digits before and 12 after the point. */
export const DecimalScalar = textScalar<string>({
  name: 'Decimal',
  description:
    'An exact decimal number as a string, such as "12.50"; at most 20 digits before the point and 12 after it, no exponent.',
  read: (text) =>
    text.length <= 34 && /^-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,12})?$/.test(text)
      ? text
      : refuse('Decimal must be digits with an optional point, at most 20 before and 12 after it.'),
  write: (value) => (typeof value === 'string' || typeof value === 'bigint' ? String(value) : failToWrite('Decimal')),
});

/** An exact number as text, of any length; a fraction where no decimal ends. Only answered, never asked for. */
export const ExactScalar = textScalar<string>({
  name: 'Exact',
  description:
    'An exact number as a string: a decimal such as "12.5", however long, or a fraction such as "20/3" where no decimal ends.',
  read: (text) =>
    text.length <= 400 && /^-?[0-9]+(\.[0-9]+|\/[0-9]+)?$/.test(text)
      ? text
      : refuse('Exact must be a decimal or a fraction.'),
  write: (value) => (typeof value === 'string' ? value : failToWrite('Exact')),
});

function failToWrite(name: string): never {
  throw new TypeError(`${name}: the value inside is of another kind.`);
}

const dateTimePattern =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;
const earliestInstant = Date.UTC(1970, 0, 1);
const endOfInstants = Date.UTC(2201, 0, 1);
const dateTimeExpected = 'DateTime must be RFC 3339 with a zone, such as 2026-01-31T09:30:00Z.';

/**
 * Reads RFC 3339 with Z or an offset. Refuses days that do not exist, second 60, hour 24, lower case and years
 * outside 1970–2200; digits below the millisecond are dropped, as instants are kept to the millisecond.
 */
export function readDateTime(text: string): Date {
  const match = text.length <= 35 ? dateTimePattern.exec(text) : null;
  if (!match) return refuse(dateTimeExpected);
  const part = (index: number) => Number(match[index] ?? 0);
  if (!isDayOfCalendar(part(1), part(2), part(3))) return refuse('DateTime names a day that does not exist.');
  if (part(4) > 23 || part(5) > 59 || part(6) > 59 || part(9) > 23 || part(10) > 59) return refuse(dateTimeExpected);
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offset = (match[8] === '-' ? -1 : 1) * (part(9) * 60 + part(10)) * 60_000;
  const instant = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6), milliseconds) - offset;
  if (instant < earliestInstant || instant >= endOfInstants) {
    return refuse('DateTime must lie in the years 1970 to 2200.');
  }
  return new Date(instant);
}

function isDayOfCalendar(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day <= days;
}

/** Instant; a Date inside as plain carrier, RFC 3339 in UTC outside. */
export const DateTimeScalar = textScalar<Date>({
  name: 'DateTime',
  description:
    'An instant in RFC 3339. Answered in UTC with Z and milliseconds; accepted with Z or an offset, in the years 1970 to 2200.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  read: readDateTime,
  write: (value) => (value instanceof Date ? value.toISOString() : failToWrite('DateTime')),
});

/** Reads a calendar day `YYYY-MM-DD` that exists, in the years 1970 to 2200; the text is the value. */
export function readLocalDate(text: string): string {
  const match = text.length === 10 ? /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) : null;
  if (!match) return refuse('Date must be a day such as 2026-01-31.');
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (!isDayOfCalendar(year, month, day)) return refuse('Date names a day that does not exist.');
  if (year < 1970 || year > 2200) return refuse('Date must lie in the years 1970 to 2200.');
  return text;
}

/** Calendar day without time or zone; `YYYY-MM-DD` inside and outside. */
export const LocalDateScalar = textScalar<string>({
  name: 'Date',
  description: 'A day of the calendar without time and zone, as YYYY-MM-DD, in the years 1970 to 2200.',
  read: readLocalDate,
  write: (value) => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : failToWrite('Date')),
});

const zones = new Map(Intl.supportedValuesOf('timeZone').map((zone) => [zone.toLowerCase(), zone]));

/** Reads an IANA zone name; fixed offsets are refused, since they know no daylight saving time. */
export function readTimeZone(text: string): string {
  const expected = 'TimeZone must be an IANA name such as Europe/Vienna.';
  if (text.length > 64 || !/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,3}$/.test(text)) return refuse(expected);
  const known = zones.get(text.toLowerCase());
  if (known) return known;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return refuse(expected);
  }
}

/** IANA time zone name. */
export const TimeZoneScalar = textScalar<string>({
  name: 'TimeZone',
  description: 'A time zone by its IANA name, such as Europe/Vienna. Offsets are not accepted.',
  read: readTimeZone,
  write: (value) => (typeof value === 'string' ? value : failToWrite('TimeZone')),
});

const countries = new Set<string>(countryCodes);

/** ISO 3166-1 alpha-2 country code. */
export const CountryCodeScalar = textScalar<string>({
  name: 'CountryCode',
  description: 'A country by its two-letter code of ISO 3166-1, in capitals.',
  read: (text) =>
    countries.has(text) ? text : refuse('CountryCode must be a two-letter ISO 3166-1 code in capitals.'),
  write: (value) => (typeof value === 'string' ? value : failToWrite('CountryCode')),
});

/** E-mail address; bounds of RFC 5321 (64 before the @, 254 in all), no comments, quotes or white space. */
export const EmailAddressScalar = textScalar<string>({
  name: 'EmailAddress',
  description: 'An e-mail address, at most 254 characters.',
  read: (text) =>
    text.length <= 254 && isEmailAddress(text)
      ? text
      : refuse('EmailAddress must be an address such as a@example.com.'),
  write: (value) => (typeof value === 'string' ? value : failToWrite('EmailAddress')),
});

function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64) return false;
  const local = text.slice(0, at);
  if (!/^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]+$/u.test(local) || /^\.|\.\.|\.$/.test(local)) return false;
  const labels = text.slice(at + 1).split('.');
  return (
    labels.length > 1 && labels.every((label) => /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))
  );
}

/** Text as metadata: at most 50 pairs, keys to 40 and values to 500 characters. */
export type Metadata = Record<string, string>;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** The shape. What keys and values may be is for `metadataInput` to say, which names the key. */
function readMetadata(pairs: [string, unknown][]): Metadata {
  if (pairs.length > 50) refuse('Metadata may hold at most 50 pairs.');
  for (const [key, value] of pairs) {
    if (forbiddenKeys.has(key)) refuse('Metadata holds a key that is not allowed.');
    if (typeof value !== 'string') refuse('Metadata values must be strings.');
  }
  return Object.fromEntries(pairs) as Metadata;
}

/** Free pairs of text on any object. */
export const MetadataScalar = new GraphQLScalarType<Metadata, unknown>({
  name: 'Metadata',
  description:
    'Pairs of text of your own, as an object: at most 50, keys of at most 40 and values of at most 500 characters.',
  parseValue(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      refuse('Metadata must be an object of strings.');
    return readMetadata(Object.entries(value as object));
  },
  parseLiteral(node) {
    if (node.kind !== Kind.OBJECT) return refuse('Metadata must be an object of strings.');
    return readMetadata(node.fields.map((field) => [field.name.value, literalText(field.value)]));
  },
  serialize: (value) => (typeof value === 'object' && value !== null ? value : failToWrite('Metadata')),
});

/** Variables inside a literal map are refused: the whole map can be a variable, and then it is checked as one. */
function literalText(node: ValueNode): string | undefined {
  return node.kind === Kind.STRING ? node.value : undefined;
}

/** Structured data of the server's, for reading only. */
export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Structured data as JSON. Only answered, never accepted.',
  parseValue: () => refuse('JSON is not accepted as input.'),
  parseLiteral: () => refuse('JSON is not accepted as input.'),
  serialize: (value) => value,
});

/**
 * Codes an amount can be in: with a minor unit, and in use or withdrawn so lately that documents in them may exist.
 * Whether a code may be used for something new on a day is for the verbs to say.
 */
const moneyCodes = currencyCodes().filter((code) => {
  const until = findCurrency(code)?.activeUntil ?? null;
  return minorUnitDigits(code) !== null && (until === null || until >= '2025-01-01');
});

/** The codes of ISO 4217 as an object, as GraphQL registers them; inside the code is the string itself. */
export const CurrencyCode: Readonly<Record<string, string>> = Object.freeze(
  Object.fromEntries(moneyCodes.map((code) => [code, code])),
);
export type CurrencyCode = string;

registerEnumType(CurrencyCode, {
  name: 'CurrencyCode',
  description: 'A currency by its code of ISO 4217.',
  valuesConfig: Object.fromEntries(moneyCodes.map((code) => [code, { description: describeCurrency(code) }])),
});

function describeCurrency(code: string): string {
  const currency = findCurrency(code);
  const until = currency?.activeUntil ? `, withdrawn on ${currency.activeUntil}` : '';
  return `${currency?.name ?? code}${until}.`;
}
