import type { EntityMetadata, EntitySchema } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { type Actor, actorText } from './actor.ts';
import type { RowOf } from './columns.ts';
import { newId } from './id.ts';
import { type Fact, FactEntity, QueuedFactEntity } from './outbox.ts';
import { insertPart, updatePart, type WritePart } from './rows.ts';

/** Runs in the same transaction as the fact it answers, before commit: what must be true at once. */
export type Consequence = (work: Work, facts: readonly Fact[]) => Promise<void>;
export type Consequences = ReadonlyMap<string, readonly Consequence[]>;

type AnyEntity = EntitySchema & { '~entity': unknown };
type Row = Record<string, unknown>;

interface Trx {
  executeQuery(query: unknown): Promise<{ rows: unknown[]; numAffectedRows?: bigint }>;
}

interface Pending {
  meta: EntityMetadata;
  inserts: Map<string, Row>;
  updates: Map<string, Row>;
}

/** Whose transaction this is. */
export interface Scope {
  organizations: readonly string[];
  actor: Actor;
  requestId: string | null;
}

/**
 * One transaction of one verb: what it may see, who does it, when, and what it writes and announces. Writes are
 * gathered and leave in one statement, before the next read or at the end.
 */
export class Work {
  readonly em: SqlEntityManager;
  readonly organizations: readonly string[];
  readonly actor: Actor;
  readonly requestId: string | null;
  /** The wall-clock instant at which this is recorded. What the business calls "now" is the account's own instant. */
  readonly recordedAt: Date;
  readonly facts: Fact[] = [];
  private readonly consequences: Consequences;
  private readonly pending = new Map<string, Pending>();
  private answered = 0;

  constructor(em: SqlEntityManager, scope: Scope, recordedAt: Date, consequences: Consequences) {
    this.em = em;
    this.organizations = scope.organizations;
    this.actor = scope.actor;
    this.requestId = scope.requestId;
    this.recordedAt = recordedAt;
    this.consequences = consequences;
  }

  /** The organization of a work that has just one; a batch over several must name it row by row. */
  get organizationId(): string {
    const [only, ...others] = this.organizations;
    if (!only || others.length > 0) throw new Error('this work is not of one organization');
    return only;
  }

  /** Rows of one statement, after everything gathered so far is written. */
  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    await this.flush();
    return (await this.send(text, values)).rows as T[];
  }

  /** `em.find` inside the transaction and inside the organizations, after everything gathered so far is written. */
  async find<E extends AnyEntity>(entity: E, where: Row, orderBy?: Row): Promise<RowOf<E>[]> {
    await this.flush();
    const found = await this.em.find(entity as never, where as never, {
      ...(orderBy ? { orderBy: orderBy as never } : {}),
      disableIdentityMap: true,
    });
    return found as unknown as RowOf<E>[];
  }

  async findOne<E extends AnyEntity>(entity: E, where: Row): Promise<RowOf<E> | null> {
    const [first] = await this.find(entity, where);
    return first ?? null;
  }

  /** Gathers new rows. A column left out is null: rows say every value themselves. */
  insert<E extends AnyEntity>(entity: E, rows: readonly Partial<RowOf<E>>[]): void {
    if (rows.length === 0) return;
    const pending = this.pendingOf(entity);
    for (const row of rows as readonly Row[]) {
      pending.inserts.set(keyOf(pending.meta, row, pending.inserts.size), { ...row });
    }
  }

  /** Gathers changes of a row named by its primary key; a row that is still to be inserted is changed before. */
  update<E extends AnyEntity>(entity: E, row: Partial<RowOf<E>>): void {
    const pending = this.pendingOf(entity);
    const key = keyOf(pending.meta, row as Row, -1);
    const known = pending.inserts.get(key) ?? pending.updates.get(key);
    if (known) Object.assign(known, row);
    else pending.updates.set(key, { ...(row as Row) });
  }

  /** Announces a fact; it is written, and its consequences run, with this transaction. */
  announce(fact: Fact): void {
    this.facts.push(fact);
  }

  /** Runs the consequences of all facts, also of those that consequences announce, then writes what is left. */
  async finish(): Promise<void> {
    for (let round = 0; this.answered < this.facts.length; round += 1) {
      if (round > 50) throw new Error('consequences do not come to an end');
      const fresh = this.facts.slice(this.answered);
      this.answered = this.facts.length;
      for (const [type, handlers] of this.consequences) {
        const matching = fresh.filter((fact) => fact.type === type);
        if (matching.length === 0) continue;
        for (const handle of handlers) await handle(this, matching);
      }
    }
    this.gatherFacts();
    await this.flush();
  }

  /** Writes everything gathered, in one statement over all tables: foreign keys are checked when it ends. */
  async flush(): Promise<void> {
    const parts: { part: WritePart; updates: number }[] = [];
    let parameter = 1;
    const add = (part: WritePart, updates: number) => {
      parts.push({ part, updates });
      parameter += part.values.length;
    };
    for (const { meta, inserts, updates } of this.pending.values()) {
      if (inserts.size > 0) {
        const rows = [...inserts.values()];
        add(insertPart(meta, keysOf(rows), rows, parameter), 0);
      }
      for (const rows of byColumns(meta, updates).values()) {
        const keys = keysOf(rows).filter((key) => !(meta.primaryKeys as string[]).includes(key));
        add(updatePart(meta, keys, rows, parameter), rows.length);
      }
    }
    this.pending.clear();
    if (parts.length > 0) await this.write(parts);
  }

  private async write(parts: readonly { part: WritePart; updates: number }[]): Promise<void> {
    const steps = parts.map(
      ({ part, updates }, index) => `w${index} as (${part.sql}${updates > 0 ? ' returning 1' : ''})`,
    );
    const counted = parts.flatMap(({ updates }, index) => (updates > 0 ? [{ index, updates }] : []));
    const counts = counted.map(({ index }) => `(select count(*) from w${index}) as w${index}`);
    const text = `with ${steps.join(', ')} select ${counts.length > 0 ? counts.join(', ') : '1'}`;
    const { rows } = await this.send(
      text,
      parts.flatMap(({ part }) => part.values),
    );
    const [row] = rows as Record<string, bigint>[];
    for (const { index, updates } of counted) {
      if (row?.[`w${index}`] !== BigInt(updates)) throw new Error('a row to be updated was not there');
    }
  }

  private send(text: string, values: unknown[]) {
    const trx = this.em.getTransactionContext<Trx>();
    if (!trx) throw new Error('the transaction of this work has ended');
    return trx.executeQuery(CompiledQuery.raw(text, values));
  }

  private pendingOf(entity: AnyEntity): Pending {
    const name = entity.meta.className;
    const known = this.pending.get(name);
    if (known) return known;
    const made = {
      meta: this.em.getMetadata().get(name as never) as EntityMetadata,
      inserts: new Map(),
      updates: new Map(),
    };
    this.pending.set(name, made);
    return made;
  }

  private gatherFacts(): void {
    const rows = this.facts.map((fact) => ({
      organizationId: fact.organizationId,
      id: newId(),
      type: fact.type,
      objectType: fact.objectType,
      objectId: fact.objectId,
      accountId: fact.accountId,
      at: fact.at,
      recordedAt: this.recordedAt,
      actor: actorText(this.actor),
      requestId: this.requestId,
      data: fact.data,
      change: fact.change ?? null,
    }));
    this.insert(FactEntity, rows);
    this.insert(
      QueuedFactEntity,
      rows.map((row) => ({
        organizationId: row.organizationId,
        factId: row.id,
        objectId: row.objectId,
        recordedAt: row.recordedAt,
      })),
    );
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
