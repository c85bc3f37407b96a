import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Constructor } from '@mikro-orm/core';
import type { Migration } from '@mikro-orm/migrations';
import pg from 'pg';
import { ensureRuntimeRole } from './runtime-role.ts';

/** Name of the table that lists the migrations a database has seen. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** Folder of the compiled migrations. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Held while migrating; any number will do that nobody else uses in this database. */
const MIGRATION_LOCK = 7_303_014;

/** How far the migration has come, for a progress bar. `name` is what is done next. */
export type MigrationStep = { readonly name: string; readonly done: number; readonly total: number };

/** What to migrate. */
export type MigrateOptions = {
  /** Connection of the database's owner; a direct one, since the lock lives in its session. */
  readonly ownerUrl: string;
  /** Connection of the runtime role; made and granted its rights when given. */
  readonly runtimeUrl?: string | undefined;
  readonly onStep?: (step: MigrationStep) => void;
  /** The last migration to apply; all that are pending if left out. */
  readonly through?: string;
};

/** Anything that runs a statement: a client or a pool. */
export type Queryable = { query(sql: string): Promise<{ rows: { name: string }[] }> };

/**
 * Brings a database to the newest schema: the pending migrations, each in a transaction of its own, then the tables of
 * the queue, then the rights of the runtime role. Runs at the same time wait for each other, and the later finds
 * nothing to do. A statement that waits five seconds for a lock gives up, so that a busy table does not stall the
 * whole service behind it; what was applied stays, and the command may be run again.
 *
 * Returns the names of the migrations applied, in order.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'perennial migrate' });
  let lost: Error | undefined;
  client.on('error', (error) => {
    lost = error;
  });
  await client.connect();
  try {
    await takeLock(client, options.onStep);
    await client.query(`set lock_timeout = '5s'`);
    const { through } = options;
    const pending = (await pendingMigrations(client)).filter((name) => through === undefined || name <= through);
    const total = pending.length + (options.runtimeUrl === undefined ? 1 : 2);
    const report = (name: string, done: number) => options.onStep?.({ name, done, total });
    const applied = await runPending(options.ownerUrl, pending, report);
    if (lost !== undefined) throw lost;
    report('queue tables', pending.length);
    await migrateQueue(client);
    await client.query(`grant select on ${MIGRATIONS_TABLE} to perennial_runtime`);
    if (options.runtimeUrl !== undefined) {
      report('runtime role', pending.length + 1);
      await ensureRuntimeRole(client, options.runtimeUrl);
    }
    report('done', total);
    return applied;
  } finally {
    await client.end();
  }
}

/**
 * Names of the migrations this release has and the database has not seen, in order; all when it has seen none. Accepts
 * the runtime connection. A database newer than this release counts as up to date: releases overlap while rolling out.
 */
export async function pendingMigrations(database: string | Queryable): Promise<string[]> {
  if (typeof database === 'string') {
    const client = new pg.Client({ connectionString: database, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await pendingMigrations(client);
    } finally {
      await client.end();
    }
  }
  const names = migrationNames();
  try {
    const { rows } = await database.query(`select name from ${MIGRATIONS_TABLE}`);
    const seen = new Set(rows.map((row) => row.name));
    return names.filter((name) => !seen.has(name));
  } catch (error) {
    if ((error as pg.DatabaseError).code === '42P01') return names;
    throw error;
  }
}

/** Names of all migrations of this release, in order. Throws when two of them bear the same number. */
export function migrationNames(): string[] {
  const names = readdirSync(MIGRATIONS_FOLDER)
    .filter((file) => /^\d{4}-.+\.js$/.test(file))
    .map((file) => file.slice(0, -'.js'.length))
    .sort();
  for (const [index, name] of names.entries()) {
    if (names[index + 1]?.slice(0, 4) === name.slice(0, 4)) {
      throw new Error(`Two migrations bear the same number: ${name} and ${names[index + 1]}`);
    }
  }
  return names;
}

async function takeLock(client: pg.Client, onStep: MigrateOptions['onStep']): Promise<void> {
  const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [MIGRATION_LOCK]);
  if (rows[0]?.got) return;
  onStep?.({ name: 'waiting for another migration', done: 0, total: 1 });
  await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
}

async function runPending(
  ownerUrl: string,
  pending: string[],
  report: (name: string, done: number) => void,
): Promise<string[]> {
  if (pending.length === 0) return [];
  const [{ MikroORM }, { Migrator }, migrationsList] = await Promise.all([
    import('@mikro-orm/postgresql'),
    import('@mikro-orm/migrations'),
    Promise.all(migrationNames().map(loadMigration)),
  ]);
  const orm = await MikroORM.init({
    clientUrl: ownerUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    pool: { min: 0, max: 2 },
    driverOptions: { options: '-c lock_timeout=5s' },
    migrations: {
      tableName: MIGRATIONS_TABLE,
      migrationsList,
      allOrNothing: false,
      disableForeignKeys: false,
      snapshot: false,
      silent: true,
    },
  });
  try {
    let done = 0;
    const migrator = new Migrator(orm.em);
    migrator.on('migrating', ({ name }) => report(name, done));
    migrator.on('migrated', () => {
      done += 1;
    });
    return (await migrator.up({ migrations: pending })).map(({ name }) => name);
  } finally {
    await orm.close();
  }
}

async function loadMigration(name: string): Promise<{ name: string; class: Constructor<Migration> }> {
  const module = (await import(`${MIGRATIONS_FOLDER}/${name}.js`)) as Record<string, unknown>;
  const classes = Object.values(module).filter((value) => typeof value === 'function');
  if (classes.length !== 1) throw new Error(`Migration ${name} must export one class, and exports ${classes.length}`);
  return { name, class: classes[0] as Constructor<Migration> };
}

/** The queue brings its tables itself; the runtime works with them and cannot change their shape. */
async function migrateQueue(client: pg.Client): Promise<void> {
  const { runMigrations, DEFAULT_SCHEMA } = await import('bullmq');
  await runMigrations(client, DEFAULT_SCHEMA);
  for (const statement of [
    `grant usage on schema ${DEFAULT_SCHEMA} to perennial_runtime`,
    `grant select, insert, update, delete, truncate on all tables in schema ${DEFAULT_SCHEMA} to perennial_runtime`,
    `grant usage, select, update on all sequences in schema ${DEFAULT_SCHEMA} to perennial_runtime`,
    `grant execute on all functions in schema ${DEFAULT_SCHEMA} to perennial_runtime`,
  ]) {
    await client.query(statement);
  }
}
