import type { EntityMetadata, EntitySchema, MetadataStorage } from '@mikro-orm/core';
import { insertPart, updatePart, type WritePart } from './rows.ts';

export type AnyEntity = EntitySchema & { '~entity': unknown };
export type Row = Record<string, unknown>;

/** New and changed rows of one table, by primary key. */
interface Gathered {
  meta: EntityMetadata;
  inserts: Map<string, Row>;
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
    const { meta, inserts } = this.of(entity);
    for (const row of rows) inserts.set(keyOf(meta, row, inserts.size), { ...row });
  }

  /** Changes of a row named by its whole primary key; one that is still to be inserted is changed before. */
  update(entity: AnyEntity, row: Row): void {
    const { meta, inserts, updates } = this.of(entity);
    const key = keyOf(meta, row, -1);
    const known = inserts.get(key) ?? updates.get(key);
    if (known) Object.assign(known, row);
    else updates.set(key, { ...row });
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
    if (inserts.size > 0) {
      const rows = [...inserts.values()];
      this.worded.push({ entity, part: insertPart(meta, keysOf(rows), rows, this.nextParameter()), updates: 0 });
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
    const made = { meta, inserts: new Map(), updates: new Map() };
    this.gathered.set(name, made);
    return made;
  }
}

function keyOf(meta: EntityMetadata, row: Row, position: number): string {
  let key = '';
  for (const name of meta.primaryKeys as string[]) {
    const part = row[name];
    if (part === undefined) {
      if (position < 0) throw new Error(`${meta.className} is updated by its whole primary key`);
      return `#${position}`;
    }
    key += `${part} `;
  }
  return key;
}

function keysOf(rows: readonly Row[]): string[] {
  const keys = new Set<string>();
  // Nearly all rows have the same keys; `in` walks them without making an array for each row.
  for (const row of rows) for (const key in row) keys.add(key);
  return [...keys].sort();
}

function byColumns(meta: EntityMetadata, updates: ReadonlyMap<string, Row>): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of updates.values()) {
    const shape = Object.keys(row).sort().join();
    if (Object.keys(row).length <= (meta.primaryKeys as string[]).length) continue;
    const group = groups.get(shape);
    if (group) group.push(row);
    else groups.set(shape, [row]);
  }
  return groups;
}
