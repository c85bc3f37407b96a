import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { booksColumns } from '../../support/books-columns.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { RUNTIME } from '../../support/test-run.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let auditor: pg.Client;
let runtime: pg.Client;

beforeAll(async () => {
  world = await testWorld();
  auditor = new pg.Client({ connectionString: world.database.ownerUrl });
  runtime = new pg.Client({ connectionString: world.database.runtimeUrl });
  await auditor.connect();
  await runtime.connect();
  await auditor.query('set role conformance_reader');
});

afterAll(async () => {
  await auditor.end();
  await runtime.end();
  await world.close();
});

/** Runs statements in a transaction that is taken back, and answers the rows of the last. */
async function asRole<Row extends pg.QueryResultRow>(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
    await client.query('rollback');
    return rows;
  } finally {
    await client.end();
  }
}

describe('the views of the books', () => {
  it('have the columns of the contract, in its order and with its types', async () => {
    const rows = await query<{ view: string; columns: string; invoker: boolean }>(
      world.database.superuserUrl,
      `select c.relname as view, string_agg(a.attname || ' ' || format_type(a.atttypid, null), ', ' order by a.attnum) as columns,
         coalesce(c.reloptions, '{}') @> '{security_invoker=true}' as invoker
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       where c.relnamespace = 'conformance'::regnamespace and c.relkind = 'v' group by c.relname, c.reloptions`,
    );
    expect(Object.fromEntries(rows.map(({ view, columns }) => [view, columns]))).toEqual(contract());
    expect(rows.filter(({ invoker }) => !invoker)).toEqual([]);
    const [others] = await query<{ count: number }>(
      world.database.superuserUrl,
      `select count(*)::int as count from pg_class where relnamespace = 'conformance'::regnamespace and relkind <> 'v'`,
    );
    expect(others).toEqual({ count: 0 });
  });

  it('can be read with their schema alone in the search path', async () => {
    for (const view of Object.keys(booksColumns)) {
      const rows = asRole(
        world.database.ownerUrl,
        'set local role conformance_reader',
        'set local search_path = conformance',
        `select * from ${view}`,
      );
      await expect(rows).resolves.toBeInstanceOf(Array);
    }
  });

  it('show the auditor every organization', async () => {
    const [one, two] = [await world.organization(), await world.organization()];
    await world.settle();
    const rows = await asRole<{ org_id: string }>(
      world.database.ownerUrl,
      'set local role conformance_reader',
      'select distinct org_id from conformance.audit_log',
    );
    expect(rows.map((row) => row.org_id)).toEqual(expect.arrayContaining([one.id, two.id]));
    await checkBooks(world);
  });

  it('are closed to the runtime, and would show it nothing of others', async () => {
    await expect(asRole(world.database.runtimeUrl, 'select from conformance.invoices')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(asRole(world.database.runtimeUrl, 'set local role conformance_reader')).rejects.toMatchObject({
      code: '42501',
    });
    const [one] = [await world.organization(), await world.organization()];
    await world.settle();
    const open = ['grant usage on schema conformance to perennial_runtime'];
    open.push('grant select on all tables in schema conformance to perennial_runtime', `set local role ${RUNTIME}`);
    const all = 'select distinct org_id from conformance.audit_log';
    expect(await asRole(world.database.superuserUrl, ...open, all)).toEqual([]);
    const scope = `set local perennial.organizations = '{${one.id}}'`;
    expect(await asRole(world.database.superuserUrl, ...open, scope, all)).toEqual([{ org_id: one.id }]);
  });

  it('take no change from the auditor, nor from the runtime', async () => {
    const changes = Object.entries(booksColumns).flatMap(([view, columns]) => [
      `delete from conformance.${view}`,
      `update conformance.${view} set ${columns.split(' ')[0]} = null`,
      `insert into conformance.${view} default values`,
    ]);
    for (const change of changes) {
      await expect(auditor.query(change)).rejects.toMatchObject({ code: expect.stringMatching(refused) });
      await expect(runtime.query(change)).rejects.toMatchObject({ code: '42501' });
    }
    const [grants] = await query<{ others: string | null }>(
      world.database.superuserUrl,
      `select string_agg(distinct grantee || ' ' || privilege_type, ', ') as others from information_schema.table_privileges
       where table_schema = 'conformance' and grantee not in (select tableowner from pg_tables where tablename = 'invoices' and schemaname = 'public')`,
    );
    expect(grants).toEqual({ others: 'conformance_reader SELECT' });
  });
});

/** No right to it; not a view that takes changes; a column that is computed. */
const refused = /^(42501|55000|0A000|428C9)$/;

const spelled: Record<string, string> = { int: 'integer', timestamptz: 'timestamp with time zone' };

function contract(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(booksColumns).map(([view, columns]) => {
      const list = columns.split(', ').map((column) => {
        const [name, type = ''] = column.split(' ');
        return `${name} ${spelled[type] ?? type}`;
      });
      return [view, list.join(', ')];
    }),
  );
}
