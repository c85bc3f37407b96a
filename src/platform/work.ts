import type { EntityMetadata, EntitySchema } from '@mikro-orm/core';
import type { MikroORM, SqlEntityManager } from '@mikro-orm/postgresql';
import type { ClientBase, QueryResult } from 'pg';
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

/** The connection of a transaction that is being begun. */
export interface Session {
  orm: MikroORM;
  client: ClientBase;
  /** Rejected where the transaction could not begin. */
  begun: Promise<unknown>;
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
  readonly organizations: readonly string[];
  readonly actor: Actor;
  readonly requestId: string | null;
  /** The wall-clock instant at which this is recorded. What the business calls "now" is the account's own instant. */
  readonly recordedAt: Date;
  readonly facts: Fact[] = [];
  private readonly session: Session;
  private readonly consequences: Consequences;
  private readonly pending = new Map<string, Pending>();
  private manager: SqlEntityManager | null = null;
  private answered = 0;
  private fault: unknown;
  private over = false;

  constructor(session: Session, scope: Scope, recordedAt: Date, consequences: Consequences) {
    this.session = session;
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

  /**
   * Rows of one statement, after everything gathered so far is written. Statements that do not need each other's answers
   * may be sent together (`Promise.all`): they run in the order they were sent, in one round trip.
   */
  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    const [, { rows }] = await Promise.all([this.flush(), this.send(text, values)]);
    return rows as T[];
  }

  /** The same for a statement that reads only these tables: what is gathered for others stays gathered. */
  async rowsOf<T>(entities: readonly AnyEntity[], text: string, values: unknown[] = []): Promise<T[]> {
    if (entities.some((entity) => this.pending.has(entity.meta.className))) return this.rows(text, values);
    return (await this.send(text, values)).rows as T[];
  }

  /** `em.find` inside the transaction and inside the organizations, after everything gathered so far is written. */
  async find<E extends AnyEntity>(entity: E, where: Row, orderBy?: Row): Promise<RowOf<E>[]> {
    const written = this.flush();
    const found = this.em.find(entity as never, where as never, {
      ...(orderBy ? { orderBy: orderBy as never } : {}),
      disableIdentityMap: true,
    });
    const [, rows] = await Promise.all([written, found]);
    return rows as unknown as RowOf<E>[];
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

  /** Runs the consequences of all facts, also of those that consequences announce, and gathers the facts' rows. */
  async consequencesDone(): Promise<void> {
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
  }

  /** Nothing is sent from here on: the connection is given back. */
  close(): void {
    this.over = true;
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

  /** Each part that changes rows says how many: the statement fails where one was not there. */
  private async write(parts: readonly { part: WritePart; updates: number }[]): Promise<void> {
    const steps = parts.map(
      ({ part, updates }, index) => `w${index} as (${part.sql}${updates > 0 ? ' returning 1' : ''})`,
    );
    const values = parts.flatMap(({ part }) => part.values);
    const counts: string[] = [];
    parts.forEach(({ updates }, index) => {
      if (updates > 0) counts.push(`expect_rows((select count(*) from w${index}), $${values.push(updates)})`);
    });
    await this.send(`with ${steps.join(', ')} select ${counts.length > 0 ? counts.join(', ') : '1'}`, values);
  }

  private async send(text: string, values: unknown[]): Promise<QueryResult> {
    const { begun, client } = this.session;
    // Whoever still runs beside what has failed must not speak into the next transaction of the connection.
    if (this.over) throw this.fault ?? new Error('the transaction of this work has ended');
    try {
      const [, result] = await Promise.all([begun, client.query(text, values)]);
      return result;
    } catch (error) {
      // What was sent behind it fails as well, and may be heard of sooner: only the first fault says what is wrong.
      this.fault ??= error;
      throw this.fault;
    }
  }

  /** An entity manager that reads over this transaction's connection; made when it is first asked for. */
  private get em(): SqlEntityManager {
    if (this.manager) return this.manager;
    const em = this.session.orm.em.fork() as SqlEntityManager;
    em.setFilterParams('tenant', { organizations: [...this.organizations] });
    em.setTransactionContext({
      executeQuery: ({ sql, parameters }: { sql: string; parameters: unknown[] }) => this.send(sql, [...parameters]),
    });
    this.manager = em;
    return em;
  }

  private pendingOf(entity: AnyEntity): Pending {
    const name = entity.meta.className;
    const known = this.pending.get(name);
    if (known) return known;
    const made = {
      meta: this.session.orm.getMetadata().get(name as never) as EntityMetadata,
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
