import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pendingMigrations } from '../../src/platform/migrate.ts';
import { crashableServer, query, type TestDatabase, testDatabase } from '../support/database.ts';

let one: TestDatabase;
let other: TestDatabase;

beforeAll(async () => {
  [one, other] = await Promise.all([testDatabase(), testDatabase()]);
});

afterAll(async () => {
  await Promise.all([one.drop(), other.drop()]);
});

test('a copy is migrated, and what one writes the other does not see', async () => {
  expect(await pendingMigrations(one.runtimeUrl)).toEqual([]);
  await query(one.ownerUrl, 'create table only_here (id int)');
  expect(await query(one.ownerUrl, `select to_regclass('only_here')::text as name`)).toEqual([{ name: 'only_here' }]);
  expect(await query(other.ownerUrl, `select to_regclass('only_here')::text as name`)).toEqual([{ name: null }]);
});

test('the runtime role makes and owns nothing, and reads no books', async () => {
  await expect(query(one.runtimeUrl, 'create table mine (id int)')).rejects.toThrow('permission denied');
  await expect(query(one.runtimeUrl, 'set role conformance_reader')).rejects.toThrow('permission denied');
  const [role] = await query(
    one.runtimeUrl,
    `select rolsuper or rolbypassrls or rolcreaterole as mighty, pg_has_role('perennial_runtime', 'usage') as granted
       from pg_roles where rolname = current_user`,
  );
  expect(role).toEqual({ mighty: false, granted: true });
});

test('a dropped database is gone, with its connections', async () => {
  const brief = await testDatabase();
  await brief.drop();
  await expect(query(brief.ownerUrl, 'select 1')).rejects.toThrow('does not exist');
});

test.each(['SIGQUIT', 'SIGKILL'] as const)('what was committed outlasts a server ended by %s', async (signal) => {
  const server = await crashableServer();
  try {
    await query(server.superuserUrl, 'create table committed as select 1 as id');
    await server.crash(signal);
    await expect(query(server.superuserUrl, 'select 1')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await query(server.superuserUrl, 'select id from committed')).toEqual([{ id: 1 }]);
    expect(await pendingMigrations(server.runtimeUrl)).toEqual([]);
  } finally {
    await server.stop();
  }
});
