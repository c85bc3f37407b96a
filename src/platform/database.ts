import type { EntitySchema } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool, PoolClient } from 'pg';
import { DomainError } from './errors.ts';
import { PreparingClient, rowTypes } from './prepared.ts';

/** The one door to PostgreSQL of a process: MikroORM with its pool. */
export interface Database {
  orm: MikroORM;
  pool: Pool;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  entities: readonly EntitySchema[];
  /** The most connections this process holds. */
  connections: number;
}

/** Opens the database of the runtime role. Nothing is read yet; a wrong address shows at the first statement. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const orm = await MikroORM.init({
    clientUrl: options.url,
    entities: [...options.entities],
    pool: { min: 0, max: options.connections, idleTimeoutMillis: 30_000 },
    forceUtcTimezone: true,
    debug: false,
    logger: () => undefined,
    driverOptions: {
      Client: PreparingClient,
      // Statements leave when they are sent, whether or not the one before was answered.
      pipeline: true,
      types: rowTypes(),
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
    },
    discovery: { checkDuplicateTableNames: true },
  });
  const pool = (await orm.em.getDriver().getConnection().getNativeClient()) as unknown as Pool;
  return { orm, pool, close: () => orm.close(true) };
}

/**
 * The longest a transaction may wait for its process between two statements. One that was stopped or cut off holds rows
 * and the relay's turn: the server ends its transaction, and its writes are refused if it ever comes back.
 */
const longestPause = '15s';

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Begins a transaction in which row-level security sees these organizations; all settings end with it, also behind a
 * pooler. In one message, without parameters: ids are checked to be nothing but ids. Rows are written as arrays and loaded
 * by arrays of ids: one plan serves any number of them, and making a new one each time costs more than the statement.
 */
export function beginText(organizations: readonly string[], options: { readOnly: boolean }): string {
  for (const id of organizations) if (!uuidShape.test(id)) throw new Error(`${id} is not the id of an organization`);
  const shown = `set local perennial.organizations = '{${organizations.join(',')}}'; set local plan_cache_mode = force_generic_plan`;
  if (options.readOnly) return `begin isolation level repeatable read read only; ${shown}`;
  return `begin; ${shown}; set local idle_in_transaction_session_timeout = '${longestPause}'`;
}

/** Reads for one request: one connection, one snapshot, one organization's rows. Opened at the first read. */
export class Reader {
  readonly organizationId: string;
  private readonly pool: Pool;
  private client: Promise<PoolClient> | null = null;
  private over = false;
  /** Statements that read data, for the tests that count them. */
  statements = 0;

  constructor(pool: Pool, organizationId: string) {
    this.pool = pool;
    this.organizationId = organizationId;
  }

  /** Rows of one statement. Every statement names the organization; row-level security holds the same line. */
  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    // Whoever still reads for an answer that nobody waits for would open a snapshot that nobody ends.
    if (this.over) throw new DomainError('INTERNAL_SERVER_ERROR', 'The request is over.');
    this.client ??= this.open();
    const client = await this.client;
    this.statements += 1;
    const result = await client.query(text, values);
    return result.rows as T[];
  }

  /** Closes for good: nothing is read from here on. */
  async end(): Promise<void> {
    this.over = true;
    await this.close();
  }

  /** Ends the snapshot and gives the connection back; the next read opens another. */
  async close(): Promise<void> {
    const opening = this.client;
    this.client = null;
    if (!opening) return;
    const client = await opening.catch(() => null);
    if (!client) return;
    try {
      await client.query('commit');
      client.release();
    } catch (error) {
      client.release(error as Error);
    }
  }

  /** The first statement leaves together with the beginning; where that fails, so does the statement. */
  private async open(): Promise<PoolClient> {
    const begin = beginText([this.organizationId], { readOnly: true });
    const client = await this.pool.connect();
    client.query(begin).catch(() => undefined);
    return client;
  }
}
