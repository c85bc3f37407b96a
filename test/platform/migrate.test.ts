import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/index.ts';
import { MIGRATIONS_TABLE, migrate, migrationNames, pendingMigrations } from '../../src/platform/migrate.ts';
import { emptyDatabase, query, type TestDatabase, testDatabase } from '../support/database.ts';
import { testRunFolder } from '../support/test-run.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(async () => {
  await database.drop();
});

test('of two migrations at once one waits, and then finds nothing to do', async () => {
  expect(await pendingMigrations(database.ownerUrl)).toEqual(migrationNames());
  const steps: string[] = [];
  const run = () => migrate({ ownerUrl: database.ownerUrl, onStep: ({ name }) => steps.push(name) });
  const applied = await Promise.all([run(), run()]);
  expect(applied.map((names) => names.length).sort()).toEqual([0, migrationNames().length].sort());
  expect(applied.flat()).toEqual(migrationNames());
  expect(steps).toContain('waiting for another migration');
  expect(await pendingMigrations(database.ownerUrl)).toEqual([]);
});

test('databases of one cluster may be migrated at once, although roles belong to the cluster', async () => {
  const directory = `${testRunFolder()}/postgresql-${randomBytes(4).toString('hex')}`;
  const server = await startEmbeddedPostgres({ directory, port: 0, durable: false });
  try {
    const names = ['one', 'two', 'three'];
    for (const name of names) await query(server.superuserUrl, `create database ${name} owner perennial_owner`);
    const at = (url: string, name: string) => url.replace(/\/perennial$/, `/${name}`);
    const applied = await Promise.all(
      names.map((name) => migrate({ ownerUrl: at(server.ownerUrl, name), runtimeUrl: at(server.runtimeUrl, name) })),
    );
    expect(applied).toEqual(names.map(() => migrationNames()));
    for (const name of names) expect(await pendingMigrations(at(server.runtimeUrl, name))).toEqual([]);
  } finally {
    await server.stop();
  }
});

test('a migration gives up on a lock instead of queueing the whole service behind it', async () => {
  const busy = await testDatabase();
  const holder = new pg.Client({ connectionString: busy.ownerUrl });
  await holder.connect();
  await holder.query(`begin; lock table ${MIGRATIONS_TABLE} in access exclusive mode`);
  await expect(migrate({ ownerUrl: busy.ownerUrl })).rejects.toThrow('lock timeout');
  await holder.end();
  expect(await migrate({ ownerUrl: busy.ownerUrl })).toEqual([]);
  await busy.drop();
});

test('a migration of every table comes through beside traffic, and the traffic beside it', async () => {
  const busy = await testDatabase();
  const name = migrationNames().find((one) => one.startsWith('0099'))!;
  await query(busy.superuserUrl, `delete from ${MIGRATIONS_TABLE} where name = '${name}'`);
  let over = false;
  const lane = async (...tables: string[]) => {
    const client = new pg.Client({ connectionString: busy.superuserUrl });
    await client.connect();
    while (!over) {
      await client.query('begin');
      for (const table of tables) await client.query(`select from ${table}`);
      await client.query('commit');
    }
    await client.end();
  };
  const lanes = [lane('invoices', 'accounts', 'credit_notes'), lane('credit_notes', 'accounts', 'invoices')];
  expect(await migrate({ ownerUrl: busy.ownerUrl })).toEqual([name]);
  over = true;
  await Promise.all(lanes);
  await busy.drop();
});

describe('the runtime role', () => {
  const login = (name: string, password: string) => {
    const url = new URL(database.ownerUrl);
    url.username = encodeURIComponent(name);
    url.password = encodeURIComponent(password);
    return url.href;
  };

  test('is made with any password, and works with the queue and reads the migrations', async () => {
    const name = `app ${randomBytes(4).toString('hex')}`;
    const runtimeUrl = login(name, `p@ss:/w%rd '"${randomBytes(8).toString('hex')}`);
    await migrate({ ownerUrl: database.ownerUrl, runtimeUrl });
    expect(await pendingMigrations(runtimeUrl)).toEqual([]);
    expect(await query(runtimeUrl, 'select count(*)::int > 0 as any from bullmq.migration')).toEqual([{ any: true }]);
    await expect(query(runtimeUrl, 'create table bullmq.mine (id int)')).rejects.toThrow('permission denied');
    await expect(query(runtimeUrl, 'set role perennial_sweep')).rejects.toThrow('permission denied');
    await expect(query(login(name, 'wrong'), 'select 1')).rejects.toThrow('password authentication failed');
    await query(database.ownerUrl, `drop owned by ${pg.escapeIdentifier(name)}`).catch(() => undefined);
    await query(database.superuserUrl, `drop role ${pg.escapeIdentifier(name)}`);
  });

  test('is refused when it owns the database or passes its policies', async () => {
    const { ownerUrl, superuserUrl } = database;
    await expect(migrate({ ownerUrl, runtimeUrl: ownerUrl })).rejects.toThrow('must not be the owner');
    await expect(migrate({ ownerUrl, runtimeUrl: superuserUrl })).rejects.toThrow('can pass row-level security');
  });
});
