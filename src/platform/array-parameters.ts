import { jsonText } from './json-text.ts';

/**
 * A column of rows as one array parameter. Arrays travel in PostgreSQL's binary form (what the `receive` functions of its types
 * read): taking ids, instants and JSON out of one long text costs both sides more than storing them.
 */

/** A binary array; a text for types that have none here; null for nulls alone, which `unnest` makes as many of as are wanted. */
export type ArrayParameter = Buffer | string | null;

/** A type whose values all take the same bytes. `oid`: of the elements, as pg_type has it for good. */
interface FixedType {
  oid: number;
  bytes: number;
  put(value: never, to: Buffer, at: number): void;
}

/** A type whose values are a text, behind a byte for the version of its form where it has one. */
interface TextType {
  oid: number;
  version?: number;
  textOf(value: unknown): string;
}

const fixedTypes: Record<string, FixedType> = {
  uuid: { oid: 2950, bytes: 16, put: putUuid },
  bigint: { oid: 20, bytes: 8, put: (value: bigint, to, at) => void to.writeBigInt64BE(BigInt(value), at) },
  int: { oid: 23, bytes: 4, put: (value: number, to, at) => void to.writeInt32BE(value, at) },
  timestamptz: { oid: 1184, bytes: 8, put: putInstant },
};

const textTypes: Record<string, TextType> = {
  text: { oid: 25, textOf: String },
  json: { oid: 114, textOf: jsonText },
  jsonb: { oid: 3802, version: 1, textOf: jsonText },
};

/** Types that are read best as they are written. */
const plainTypes: Record<string, (value: unknown) => string> = {
  numeric: String,
  date: String,
  boolean: (value) => (value ? 't' : 'f'),
  bytea: (value) => `"\\\\x${(value as Buffer).toString('hex')}"`,
};

/** The values of a column of a type, in the order of their rows. */
export function arrayParameter(type: string, values: readonly unknown[]): ArrayParameter {
  if (values.every((value) => value === null)) return null;
  const fixed = fixedTypes[type];
  if (fixed) return fixedArray(fixed, values);
  const text = textTypes[type];
  if (text) return textArray(text, values);
  const plain = plainTypes[type];
  if (!plain) throw new Error(`no way to write a column of type ${type}`);
  return `{${values.map((value) => (value === null ? 'NULL' : plain(value))).join(',')}}`;
}

/** One dimension, with nulls in it or not, from 1 on; then each value behind the count of its bytes, -1 for null. */
const headerBytes = 20;

function writeHeader(to: Buffer, oid: number, length: number): number {
  return [1, 1, oid, length, 1].reduce((at, word) => to.writeInt32BE(word, at), 0);
}

function fixedArray({ oid, bytes, put }: FixedType, values: readonly unknown[]): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * (4 + bytes));
  let at = writeHeader(buffer, oid, values.length);
  let last: unknown = null;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      last = null;
      continue;
    }
    // Rows of a batch share organizations, instants and zeros: what stands just before is only copied.
    const name = value instanceof Date ? value.getTime() : value;
    if (name === last) {
      buffer.copyWithin(at, at - 4 - bytes, at);
    } else {
      buffer.writeInt32BE(bytes, at);
      put(value as never, buffer, at + 4);
      last = name;
    }
    at += 4 + bytes;
  }
  return buffer.subarray(0, at);
}

function textArray({ oid, version, textOf }: TextType, values: readonly unknown[]): Buffer {
  // Rows of a batch share issuers and derivations: each is put into words once.
  const known = new Map<unknown, string>();
  const words = values.map((value) => (typeof value === 'object' ? wordOf(value, textOf, known) : textOf(value)));
  const prefix = version === undefined ? 0 : 1;
  const room = words.reduce(
    (sum, word) => sum + 4 + (word === null ? 0 : prefix + Buffer.byteLength(word)),
    headerBytes,
  );
  const buffer = Buffer.allocUnsafe(room);
  let at = writeHeader(buffer, oid, words.length);
  for (const word of words) {
    const start = at + 4;
    if (word !== null && version !== undefined) buffer[start] = version;
    const bytes = word === null ? -1 : prefix + buffer.write(word, start + prefix);
    buffer.writeInt32BE(bytes, at);
    at = start + Math.max(bytes, 0);
  }
  return buffer;
}

function wordOf(value: object | null, textOf: (value: unknown) => string, known: Map<unknown, string>): string | null {
  if (value === null) return null;
  const before = known.get(value);
  if (before !== undefined) return before;
  const word = textOf(value);
  known.set(value, word);
  return word;
}

/** What each hexadecimal digit is worth, by its character; -1 for what is none. */
const worthOfDigit = new Int8Array(128).fill(-1);
for (const [worth, digit] of [...'0123456789abcdef'].entries()) worthOfDigit[digit.charCodeAt(0)] = worth;

function putUuid(uuid: string, to: Buffer, start: number): void {
  let at = start;
  let signs = 0;
  for (let place = 0; place < uuid.length; place += 2) {
    if (uuid.charCodeAt(place) === 45) place += 1;
    const high = worthOfDigit[uuid.charCodeAt(place)] ?? -1;
    const low = worthOfDigit[uuid.charCodeAt(place + 1)] ?? -1;
    signs |= high | low;
    to[at] = (high << 4) | low;
    at += 1;
  }
  if (signs < 0 || uuid.length !== 36 || at !== start + 16) throw new Error(`${uuid} is not a uuid`);
}

/** Instants are counted in microseconds since the beginning of 2000. */
const firstInstant = Date.UTC(2000, 0, 1);

function putInstant(instant: Date, to: Buffer, at: number): void {
  to.writeBigInt64BE(BigInt(instant.getTime() - firstInstant) * 1000n, at);
}
