import type { EntityMetadata } from '@mikro-orm/core';
import { BoundedMap } from './bounded-map.ts';

/**
 * Many rows in one statement. Columns travel as arrays and come back as rows with `unnest`, so the text of the
 * statement depends on the columns and not on how many rows there are: it is prepared once and serves one row and
 * thousands.
 */
export interface WritePart {
  sql: string;
  values: unknown[];
}

type Encode = (value: unknown) => string;

const needsEscape = /["\\]/;
const quoted: Encode = (value) => {
  const text = String(value);
  return needsEscape.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`;
};
const plain: Encode = (value) => String(value);
/** JSON holds no raw control characters, so quoting it once more as JSON is quoting it as an array wants it. */
const quotedJson: Encode = (value) => JSON.stringify(JSON.stringify(value));
const encoders: Record<string, Encode> = {
  uuid: plain,
  bigint: plain,
  int: plain,
  numeric: plain,
  date: plain,
  boolean: (value) => (value ? 't' : 'f'),
  timestamptz: (value) => `"${(value as Date).toISOString()}"`,
  jsonb: quotedJson,
  json: quotedJson,
  bytea: (value) => `"\\\\x${(value as Buffer).toString('hex')}"`,
  text: quoted,
};

export interface Column {
  key: string;
  name: string;
  type: string;
}

/** The columns of an entity that a row brings, in the order of its keys. Unknown keys are a fault of the caller. */
export function columnsOf(meta: EntityMetadata, keys: readonly string[]): Column[] {
  return keys.map((key) => {
    const property = meta.properties[key as never] as { fieldNames: string[]; columnTypes: string[] } | undefined;
    if (!property) throw new Error(`${meta.className} has no column for ${key}`);
    return { key, name: property.fieldNames[0]!, type: property.columnTypes[0]! };
  });
}

function arrayOf(column: Column, rows: readonly Record<string, unknown>[]): string {
  const encode = encoders[column.type];
  if (!encode) throw new Error(`no way to write a column of type ${column.type}`);
  const { key } = column;
  // Rows of a batch share instants, issuers and derivations: each is put into words once.
  const known = new Map<unknown, string>();
  let last: unknown = null;
  let part = 'NULL';
  let text = '{';
  for (const row of rows) {
    const value = row[key] ?? null;
    if (value !== last) {
      last = value;
      part = wordOf(value, encode, known);
    }
    text += text.length === 1 ? part : `,${part}`;
  }
  return `${text}}`;
}

function wordOf(value: unknown, encode: Encode, known: Map<unknown, string>): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'object') return encode(value);
  const name = value instanceof Date ? value.getTime() : value;
  const before = known.get(name);
  if (before !== undefined) return before;
  const word = encode(value);
  known.set(name, word);
  return word;
}

function unnest(columns: readonly Column[], firstParameter: number): string {
  return `unnest(${columns.map((column, index) => `$${firstParameter + index}::${column.type}[]`).join(', ')})`;
}

interface InsertText {
  columns: readonly Column[];
  sql: string;
}

/** Rows of a table nearly always have the same columns: what is said of them is put together once. */
const insertTexts = new BoundedMap<string, InsertText>(1_000);

function insertText(meta: EntityMetadata, keys: readonly string[], firstParameter: number): InsertText {
  const name = `${meta.className} ${firstParameter} ${keys.join()}`;
  const known = insertTexts.get(name);
  if (known) return known;
  const columns = columnsOf(meta, keys);
  const names = columns.map((column) => `"${column.name}"`).join(', ');
  const sql = `insert into "${meta.tableName}" (${names}) select * from ${unnest(columns, firstParameter)}`;
  const made = { columns, sql };
  insertTexts.set(name, made);
  return made;
}

/** `insert into t (…) select * from unnest(…)`. */
export function insertPart(
  meta: EntityMetadata,
  keys: readonly string[],
  rows: readonly Record<string, unknown>[],
  firstParameter: number,
): WritePart {
  const { columns, sql } = insertText(meta, keys, firstParameter);
  return { sql, values: columns.map((column) => arrayOf(column, rows)) };
}

/** `update t set … from unnest(…)`, one row of values for each primary key. */
export function updatePart(
  meta: EntityMetadata,
  keys: readonly string[],
  rows: readonly Record<string, unknown>[],
  firstParameter: number,
): WritePart {
  const primary = meta.primaryKeys as string[];
  const columns = columnsOf(meta, [...primary, ...keys]);
  const names = columns.map((column) => `"${column.name}"`);
  const set = names.slice(primary.length).map((name) => `${name} = v.${name}`);
  const on = names.slice(0, primary.length).map((name) => `t.${name} = v.${name}`);
  return {
    sql: `update "${meta.tableName}" t set ${set.join(', ')} from ${unnest(columns, firstParameter)} as v(${names.join(', ')}) where ${on.join(' and ')}`,
    values: columns.map((column) => arrayOf(column, rows)),
  };
}
