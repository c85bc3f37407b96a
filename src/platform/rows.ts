import type { EntityMetadata } from '@mikro-orm/core';
import { type ArrayParameter, arrayParameter } from './array-parameters.ts';
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

const arrayOf = ({ key, type }: Column, rows: readonly Record<string, unknown>[]): ArrayParameter =>
  arrayParameter(
    type,
    rows.map((row) => row[key] ?? null),
  );

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
