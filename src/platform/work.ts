import type { MikroORM, SqlEntityManager } from '@mikro-orm/postgresql';
import type { ClientBase, QueryResult } from 'pg';
import { type Actor, actorText } from './actor.ts';
import type { RowOf } from './columns.ts';
import { type AnyEntity, GatheredWrites, type Row } from './gathered-writes.ts';
import { newId } from './id.ts';
import { type Fact, FactEntity, QueuedFactEntity } from './outbox.ts';

/** Runs in the same transaction as the fact it answers, before commit: what must be true at once. */
export type Consequence = (work: Work, facts: readonly Fact[]) => Promise<void>;
export type Consequences = ReadonlyMap<string, readonly Consequence[]>;

/** The connection of a transaction that is being begun. */
export interface Session {
  orm: MikroORM;
  client: ClientBase;
  /** Rejected where the transaction could not begin. */
  begun: Promise<unknown>;
}

interface LastStep {
  changes: readonly AnyEntity[];
  run: () => Promise<void>;
}

/** Whose transaction this is. */
export interface Scope {
  organizations: readonly string[];
  actor: Actor;
  requestId: string | null;
  /** Nothing of it will be kept: it shows what a verb would do. */
  rehearsal?: boolean;
}

/**
 * One transaction of one verb: what it may see, who does it, when, and what it writes and announces. Writes are
 * gathered and leave in one statement, before the next read or at the end.
 */
export class Work {
  readonly organizations: readonly string[];
  readonly actor: Actor;
  readonly requestId: string | null;
  /** Nothing is kept in the end, so nothing needs to be taken that others wait for. */
  readonly rehearsal: boolean;
  /** The wall-clock instant at which this is recorded. What the business calls "now" is the account's own instant. */
  readonly recordedAt: Date;
  readonly facts: Fact[] = [];
  private readonly session: Session;
  private readonly consequences: Consequences;
  private readonly writes: GatheredWrites;
  private readonly lastSteps: LastStep[] = [];
  private settling: Promise<void> | null = null;
  private manager: SqlEntityManager | null = null;
  private answered = 0;
  private fault: unknown;
  private over = false;

  constructor(session: Session, scope: Scope, recordedAt: Date, consequences: Consequences) {
    this.session = session;
    this.organizations = scope.organizations;
    this.actor = scope.actor;
    this.requestId = scope.requestId;
    this.rehearsal = scope.rehearsal ?? false;
    this.recordedAt = recordedAt;
    this.consequences = consequences;
    this.writes = new GatheredWrites(session.orm.getMetadata());
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
    if (this.unsettled) await this.settle();
    const [, { rows }] = await Promise.all([this.flush(), this.send(text, values)]);
    return rows as T[];
  }

  /**
   * The same for a statement that reads only these tables: where nothing is gathered for them, all stays gathered. A rehearsal
   * writes what it is going to read and nothing else.
   */
  async rowsOf<T>(entities: readonly AnyEntity[], text: string, values: unknown[] = []): Promise<T[]> {
    if (!this.writes.concern(entities)) return (await this.send(text, values)).rows as T[];
    if (!this.rehearsal) return this.rows(text, values);
    const [, { rows }] = await Promise.all([this.write(this.writes.takeOf(entities)), this.send(text, values)]);
    return rows as T[];
  }

  /** Writes what is gathered for these tables: what the database refuses of it, as a name that is taken, is refused now. */
  writeOf(entities: readonly AnyEntity[]): Promise<void> {
    return this.write(this.writes.takeOf(entities));
  }

  /** `em.find` inside the transaction and inside the organizations, after everything gathered so far is written. */
  async find<E extends AnyEntity>(entity: E, where: Row, orderBy?: Row): Promise<RowOf<E>[]> {
    if (this.unsettled) await this.settle();
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
    this.writes.insert(entity, rows as readonly Row[]);
  }

  /** Gathers changes of a row named by its primary key; a row that is still to be inserted is changed before. */
  update<E extends AnyEntity>(entity: E, row: Partial<RowOf<E>>): void {
    this.writes.update(entity, row as Row);
  }

  /**
   * Leaves a step for the end: one that locks what others wait for, as the numbers of a series. Before it runs all that is
   * gathered is put into words, but for the tables whose gathered rows it `changes`; after it nothing is left to do but to
   * write and to commit. It reads by `rowsOf`, tables that are not gathered for. A read that needs what is gathered brings
   * it forward.
   */
  atLast(changes: readonly AnyEntity[], run: () => Promise<void>): void {
    this.lastSteps.push({ changes, run });
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

  /** Runs the steps that were left for the end. */
  settle(): Promise<void> {
    if (this.lastSteps.length > 0) this.settling = this.runLastSteps(this.settling);
    return this.settling ?? Promise.resolve();
  }

  /** Nothing is sent from here on: the connection is given back. */
  close(): void {
    this.over = true;
  }

  /**
   * Writes everything gathered, in one statement over all tables: foreign keys are checked when it ends. What was left for
   * the end has to be done.
   */
  async flush(): Promise<void> {
    await this.write(this.writes.take());
  }

  private async write(statement: { text: string; values: unknown[] } | null): Promise<void> {
    if (statement) await this.send(statement.text, statement.values);
  }

  private get unsettled(): boolean {
    return this.lastSteps.length > 0 || this.settling !== null;
  }

  private async runLastSteps(before: Promise<void> | null): Promise<void> {
    await before;
    const steps = this.lastSteps.splice(0);
    this.writes.putIntoWords(steps.flatMap(({ changes }) => changes));
    for (const { run } of steps) await run();
    this.settling = null;
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
