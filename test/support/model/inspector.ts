import pg from 'pg';
import { invariants } from '../../../src/reporting/books/index.ts';
import type { World } from '../world.ts';

/** Looks at one organization from outside, over connections that stay open. */
export class Inspector {
  readonly #world: World;
  readonly #reader: pg.Client;
  readonly #auditor: pg.Client;
  #digest = '';
  #rules: { id: string; title: string; text: string; values: 0 | 1 }[] = [];

  private constructor(world: World, reader: pg.Client, auditor: pg.Client) {
    this.#world = world;
    this.#reader = reader;
    this.#auditor = auditor;
  }

  static async open(world: World): Promise<Inspector> {
    const [reader, auditor] = [world.database.superuserUrl, world.database.ownerUrl].map((url) => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      return client;
    }) as [pg.Client, pg.Client];
    await Promise.all([reader.connect(), auditor.connect()]);
    const { rows } = await reader.query<{ name: string }>(
      `select c.relname as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`,
    );
    const inspector = new Inspector(world, reader, auditor);
    inspector.#digest = rows
      .map(({ name }) => `(select sum(hashtextextended(t::text, 0)) from ${name} t where organization_id = $1)`)
      .join(', ');
    await inspector.#prepareRules();
    return inspector;
  }

  /** One text for all rows that an organization has in any table: the same again means that nothing was written. */
  async digest(organizationId: string): Promise<string> {
    const { rows } = await this.#reader.query({
      name: 'digest',
      text: `select concat_ws(' ', ${this.#digest}) as digest`,
      values: [organizationId],
    });
    return rows[0].digest;
  }

  async rows<Row extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#reader.query<Row>({ name, text, values })).rows;
  }

  /** The rules of the books that an organization breaks, as text. */
  async brokenRules(organizationId: string): Promise<string[]> {
    await this.#auditor.query('begin isolation level repeatable read read only');
    try {
      const found = await Promise.all(
        this.#rules.map(async ({ id, title, text, values }) => {
          const query = { name: id, text, values: [organizationId].slice(0, values), rowMode: 'array' as const };
          const { rows } = await this.#auditor.query<unknown[]>(query);
          return rows.length > 0 ? [`${id} ${title}: ${rows.length} rows, first ${JSON.stringify(rows[0])}`] : [];
        }),
      );
      return found.flat();
    } finally {
      await this.#auditor.query('rollback');
    }
  }

  /** As `examineBooks` asks them of one organization, but in statements that are planned once: there are thousands of looks. */
  async #prepareRules(): Promise<void> {
    await this.#auditor.query('set role conformance_reader');
    await this.#auditor.query('set search_path = conformance, books, public');
    await this.#auditor.query('set jit = off');
    await this.#auditor.query('set plan_cache_mode = force_generic_plan');
    const { rows } = await this.#auditor.query<{ name: string; schema: string }>(
      `select c.relname as name, n.nspname as schema from pg_class c
       join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('conformance', 'books') and c.relkind in ('v', 'r')`,
    );
    const now = `'${this.#world.clock.now().toISOString()}'::timestamptz`;
    this.#rules = invariants.map(({ id, title, sql }) => {
      const views = rows.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(sql));
      const own = views.map(
        ({ name, schema }) => `${name} as (select * from ${schema}.${name} where org_id = $1::text)`,
      );
      const parts = [...own, `breaks as materialized (${sql.replaceAll('now()', now)})`];
      return {
        id,
        title,
        text: `with ${parts.join(', ')} select * from breaks limit 5`,
        values: own.length > 0 ? 1 : 0,
      };
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#reader.end(), this.#auditor.end()]);
  }
}
