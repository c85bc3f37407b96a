import type { EntityMetadata, EntitySchema, MetadataStorage } from '@mikro-orm/core';
import { insertPart, updatePart, type WritePart } from './rows.ts';

export type AnyEntity = EntitySchema & { '~entity': unknown };
export type Row = Record<string, unknown>;

/** New and changed rows of one table. */
interface Gathered {
  meta: EntityMetadata;
  inserts: Row[];
  /** The new rows up to `indexed` by primary key: kept where one was to be changed, which few tables see. */
  placeOf: Map<string, number>;
  indexed: number;
  /** By primary key. */
  updates: Map<string, Row>;
}

/** A part of the statement, in words; `updates`: how many rows it must change. */
interface Worded {
  entity: string;
  part: WritePart;
  updates: number;
}

interface Statement {
  text: string;
  values: unknown[];
}

const namesOf = (entities: readonly AnyEntity[]) => new Set(entities.map((entity) => entity.meta.className));

/** What a transaction is going to write, table by table, until it leaves as one statement. */
export class GatheredWrites {
  private readonly metadata: MetadataStorage;
  private readonly gathered = new Map<string, Gathered>();
  private worded: Worded[] = [];

  constructor(metadata: MetadataStorage) {
    this.metadata = metadata;
  }

  /** New rows; copies are kept. */
  insert(entity: AnyEntity, rows: readonly Row[]): void {
    if (rows.length === 0) return;
    const { inserts } = this.of(entity);
    for (const row of rows) inserts.push({ ...row });
  }

  /** Changes of a row named by its whole primary key; one that is still to be inserted is changed before. */
  update(entity: AnyEntity, row: Row): void {
    const table = this.of(entity);
    const key = keyOf(table.meta, row);
    if (key === null) throw new Error(`${table.meta.className} is updated by its whole primary key`);
    const known = newRow(table, key) ?? table.updates.get(key);
    if (known) Object.assign(known, row);
    else table.updates.set(key, { ...row });
  }

  /** Whether anything is to be written to one of these tables. */
  concern(entities: readonly AnyEntity[]): boolean {
    return entities.some(
      ({ meta: { className } }) =>
        this.gathered.has(className) || this.worded.some((worded) => worded.entity === className),
    );
  }

  /** Puts the rows gathered so far into words, which can not be changed any more, but those of some tables. */
  putIntoWords(but: readonly AnyEntity[] = []): void {
    const spared = namesOf(but);
    this.wordThose((name) => !spared.has(name));
  }

  /** One statement that writes everything, null if there is nothing; nothing is left afterwards. */
  take(): Statement | null {
    this.putIntoWords();
    return this.takeWorded();
  }

  /** The same of these tables, and of what was put into words before; what is gathered for others stays. */
  takeOf(entities: readonly AnyEntity[]): Statement | null {
    const wanted = namesOf(entities);
    this.wordThose((name) => wanted.has(name));
    return this.takeWorded();
  }

  private wordThose(wanted: (name: string) => boolean): void {
    for (const [name, table] of this.gathered) {
      if (!wanted(name)) continue;
      this.gathered.delete(name);
      this.word(name, table);
    }
  }

  private takeWorded(): Statement | null {
    const parts = this.worded;
    if (parts.length === 0) return null;
    this.worded = [];
    const steps = parts.map(
      ({ part, updates }, index) => `w${index} as (${part.sql}${updates > 0 ? ' returning 1' : ''})`,
    );
    const values = parts.flatMap(({ part }) => part.values);
    // Each part that changes rows says how many: the statement fails where one was not there.
    const counts: string[] = [];
    parts.forEach(({ updates }, index) => {
      if (updates > 0) counts.push(`expect_rows((select count(*) from w${index}), $${values.push(updates)})`);
    });
    return { text: `with ${steps.join(', ')} select ${counts.length > 0 ? counts.join(', ') : '1'}`, values };
  }

  private word(entity: string, { meta, inserts, updates }: Gathered): void {
    if (inserts.length > 0) {
      const part = insertPart(meta, keysOf(inserts), inserts, this.nextParameter());
      this.worded.push({ entity, part, updates: 0 });
    }
    for (const rows of byColumns(meta, updates).values()) {
      const keys = keysOf(rows).filter((key) => !(meta.primaryKeys as string[]).includes(key));
      const part = updatePart(meta, keys, rows, this.nextParameter());
      this.worded.push({ entity, part, updates: rows.length });
    }
  }

  private nextParameter(): number {
    return this.worded.reduce((next, { part }) => next + part.values.length, 1);
  }

  private of(entity: AnyEntity): Gathered {
    const name = entity.meta.className;
    const known = this.gathered.get(name);
    if (known) return known;
    const meta = this.metadata.get(name as never) as EntityMetadata;
    const made: Gathered = { meta, inserts: [], placeOf: new Map(), indexed: 0, updates: new Map() };
    this.gathered.set(name, made);
    return made;
  }
}

/** The primary key of a row as one text; null where it does not say all of it. */
function keyOf(meta: EntityMetadata, row: Row): string | null {
  let key = '';
  for (const name of meta.primaryKeys as string[]) {
    const part = row[name];
    if (part === undefined) return null;
    key += `${part} `;
  }
  return key;
}

/** The row of a key that is still to be inserted. */
function newRow(table: Gathered, key: string): Row | undefined {
  const { meta, inserts, placeOf } = table;
  for (; table.indexed < inserts.length; table.indexed += 1) {
    const own = keyOf(meta, inserts[table.indexed]!);
    if (own !== null) placeOf.set(own, table.indexed);
  }
  const place = placeOf.get(key);
  return place === undefined ? undefined : inserts[place];
}

function keysOf(rows: readonly Row[]): string[] {
  const keys = new Set<string>();
  // Nearly all rows have the same keys; `in` walks them without making an array for each row.
  for (const row of rows) for (const key in row) keys.add(key);
  return [...keys].sort();
}

function byColumns(meta: EntityMetadata, updates: ReadonlyMap<string, Row>): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  // Rows made by the same code name their columns in the same order: that is put in order once for all of them.
  const shapes = new Map<string, string>();
  for (const row of updates.values()) {
    let told = '';
    for (const key in row) told += `${key},`;
    let shape = shapes.get(told);
    if (shape === undefined) {
      const keys = Object.keys(row).sort();
      shape = keys.length > (meta.primaryKeys as string[]).length ? keys.join() : '';
      shapes.set(told, shape);
    }
    if (shape === '') continue;
    const group = groups.get(shape);
    if (group) group.push(row);
    else groups.set(shape, [row]);
  }
  return groups;
}
