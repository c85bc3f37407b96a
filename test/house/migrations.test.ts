import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { entitiesOf } from '../../src/app.ts';
import { modules } from '../../src/modules.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let test: TestDatabase;
let database: Database;
let client: pg.Client;

beforeAll(async () => {
  test = await testDatabase();
  database = await openDatabase({ url: test.runtimeUrl, entities: entitiesOf(modules), connections: 2 });
  client = new pg.Client({ connectionString: test.superuserUrl });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.close();
  await test.drop();
});

interface ColumnRow {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
}

async function migratedColumns(): Promise<Map<string, string>> {
  const { rows } = await client.query<ColumnRow>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type, not a.attnotnull as nullable
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and c.relname <> 'schema_migrations'`,
  );
  return new Map(rows.map((row) => [`${row.table}.${row.column}`, `${row.type}${row.nullable ? ' null' : ''}`]));
}

const spelled: Record<string, string> = {
  int: 'integer',
  bigserial: 'bigint',
  timestamptz: 'timestamp with time zone',
};

function entityColumns(): Map<string, string> {
  const found = new Map<string, string>();
  for (const meta of database.orm.getMetadata().getAll().values()) {
    for (const property of Object.values(meta.properties)) {
      const type = property.columnTypes[0]!;
      found.set(
        `${meta.tableName}.${property.fieldNames[0]}`,
        `${spelled[type] ?? type}${property.nullable ? ' null' : ''}`,
      );
    }
  }
  return found;
}

describe('entities and a freshly migrated database', () => {
  it('have the same columns, types and nullability', async () => {
    const inDatabase = await migratedColumns();
    const inEntities = entityColumns();
    const lines = (columns: Map<string, string>) => [...columns].map(([name, type]) => `${name} ${type}`).sort();
    expect(lines(inEntities)).toEqual(lines(inDatabase));
  });

  it('fence every table of a tenant: row security forced, a policy for the runtime, keys that begin with the organization', async () => {
    const { rows } = await client.query<{
      table: string;
      enabled: boolean;
      forced: boolean;
      policies: number;
      key: string;
    }>(
      `select c.relname as table, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         (select count(*)::int from pg_policy p where p.polrelid = c.oid and p.polname = 'tenancy') as policies,
         (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where i.indrelid = c.oid and i.indisprimary) as key
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect({ ...row }).toMatchObject({ enabled: true, forced: true, policies: 1 });
      // The outbox is ordered across organizations, and organizations are what the others hang on.
      if (!['fact_queue', 'organizations'].includes(row.table))
        expect(`${row.table} ${row.key}`).toBe(`${row.table} organization_id`);
    }
  });

  it('leave the planner its keys: behind the fence a row is still found by its primary key', async () => {
    // A hundred organizations with fifty items each, of nothing.
    await client.query(
      `set session_replication_role = replica;
       insert into subscription_items (organization_id, id, subscription_id, plan_id, plan_version_id, price_id, component, billing_mode,
         quantity, active_from, position, metadata, created_at, updated_at)
       select o.id, uuidv7(), uuidv7(), o.id, o.id, o.id, 'seats', 'advance', 1, now(), 1, '{}', now(), now()
       from (select uuidv7() as id from generate_series(1, 100)) o, generate_series(1, 50);
       reset session_replication_role;
       analyze subscription_items`,
    );
    const runtime = new pg.Client({ connectionString: test.runtimeUrl });
    await runtime.connect();
    await runtime.query('set plan_cache_mode = force_generic_plan');
    const changed = 'unnest($1::uuid[], $2::uuid[], $3::int[]) as v(organization_id, id, position)';
    await runtime.query(
      `prepare change as update subscription_items t set position = v.position from ${changed}
       where t.organization_id = v.organization_id and t.id = v.id`,
    );
    const { rows } = await runtime.query<{ 'QUERY PLAN': string }>(
      `explain (costs off) execute change('{}', '{}', '{}')`,
    );
    await runtime.end();
    const conditions = rows.map((row) => row['QUERY PLAN'].trim()).filter((line) => line.startsWith('Index Cond'));
    expect(conditions).toEqual(['Index Cond: ((organization_id = v.organization_id) AND (id = v.id))']);
  });

  it('let the runtime own nothing, pass no policy, and change nothing that is append-only', async () => {
    const { rows } = await client.query<{ owned: number; powers: boolean }>(
      `select (select count(*)::int from pg_class c where c.relowner = r.oid) as owned,
         r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb as powers
       from pg_roles r where r.rolname = $1`,
      [new URL(test.runtimeUrl).username],
    );
    expect(rows).toEqual([{ owned: 0, powers: false }]);
    const runtime = new pg.Client({ connectionString: test.runtimeUrl });
    await runtime.connect();
    for (const table of ['ledger_entries', 'facts', 'published_facts', 'credit_entries', 'subscription_changes']) {
      await expect(runtime.query(`delete from ${table}`)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(runtime.query('update ledger_entries set amount = 1')).rejects.toMatchObject({ code: '42501' });
    await runtime.end();
  });

  it('index every foreign key that is looked up by, and every one at least by its organization', async () => {
    const { rows } = await client.query<{ constraint: string }>(
      `select con.conrelid::regclass || '.' || con.conname as constraint from pg_constraint con
       where con.contype = 'f' and con.connamespace = 'public'::regnamespace
         and not exists (select from pg_index i where i.indrelid = con.conrelid and i.indkey[0] = con.conkey[1])`,
    );
    const plain = ['fact_queue.fact_queue_organization_id_fact_id_fkey'];
    expect(rows.map((row) => row.constraint).filter((name) => !plain.includes(name))).toEqual([]);
  });
});
