import pg from 'pg';
import { objectIdText, publicValue } from '../../platform/event-text.ts';
import { isUuid } from '../../platform/id.ts';
import { type Invariant, invariants } from './invariants.ts';

/** What one rule found. */
export interface Finding {
  invariant: Invariant;
  /** Rows of the views it reads. */
  looked: number;
  /** Rows that break it. */
  broken: number;
  /** The first of them, as text: the values the rule names, separated by dots; ids as the API knows them, where the rule tells of what. */
  examples: string[];
}

const mostShown = 100;

export interface Examination {
  /** Leave out the rules that hold only when nothing is under way. */
  underLoad?: boolean;
  /** The ids of the rules to look at; all unless said. */
  only?: readonly string[];
  /** Look only at the rows of this organization (uuid). */
  organization?: string;
  /** The wall clock to go by instead of the database's, for books that were kept by another. */
  now?: Date;
  onChecked?: (finding: Finding, done: number, total: number) => void;
}

/**
 * Runs the rules in the transaction the client is in, over what the schemas `conformance` and `books` hold. Changes nothing but
 * settings of that transaction.
 */
export async function examineBooks(client: pg.ClientBase, examination: Examination = {}): Promise<Finding[]> {
  await client.query('set local search_path = conformance, books, public');
  // Compiling costs more than any of these queries, and a hash table on disk more than one in memory.
  await client.query('set local jit = off');
  await client.query(`set local work_mem = '128MB'`);
  // Rules look for what should not be there: the planner trusts that there is nearly nothing, and pairs everything with
  // everything. Whole tables are joined by hash whatever it hopes for.
  await client.query('set local enable_nestloop = off');
  const { only, underLoad } = examination;
  const due = invariants
    .filter(({ id }) => only?.includes(id) ?? true)
    .filter(({ holds }) => !underLoad || holds === 'at any instant');
  const views = await readViews(client, due, examination);
  const columns = await readColumns(client);
  const findings: Finding[] = [];
  for (const invariant of due) {
    const read = views.filter((view) => view.isIn(invariant.sql));
    const finding = {
      invariant,
      looked: read.reduce((sum, view) => sum + view.rows, 0),
      ...(await breaksOf(client, invariant, { read, columns }, examination.now)),
    };
    findings.push(finding);
    examination.onChecked?.(finding, findings.length, due.length);
  }
  return findings;
}

interface View {
  rows: number;
  isIn(sql: string): boolean;
  /** The view as this examination sees it, to be put before a query; null for the view as it is. */
  narrowed: string | null;
}

/** Columns of the views, as a result names where its values come from. */
type Columns = ReadonlyMap<string, { view: string; column: string }>;

async function readColumns(client: pg.ClientBase): Promise<Columns> {
  const { rows } = await client.query<{ key: string; view: string; column: string }>(
    `select c.oid || ' ' || a.attnum as key, c.relname as view, a.attname as column
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('conformance', 'books') and c.relkind in ('v', 'r')`,
  );
  return new Map(rows.map(({ key, view, column }) => [key, { view, column }]));
}

async function breaksOf(
  client: pg.ClientBase,
  { sql }: Invariant,
  { read, columns }: { read: View[]; columns: Columns },
  now: Date | undefined,
) {
  const query = now === undefined ? sql : sql.replaceAll('now()', instant(now));
  // Materialized: a limit that the planner sees would make it look for the first rows, and there are to be none.
  const parts = [...read.flatMap((view) => view.narrowed ?? []), `breaks as materialized (${query})`];
  const { rows, fields } = await client.query<unknown[]>({
    text: `with ${parts.join(', ')} select *, (select count(*) from breaks) from breaks limit ${mostShown}`,
    rowMode: 'array',
  });
  return {
    broken: Number(rows[0]?.at(-1) ?? 0),
    examples: rows.map((row) => {
      const values = row.slice(0, -1);
      return values
        .map((value, at) => asText(value, columns.get(`${fields[at]!.tableID} ${fields[at]!.columnID}`)))
        .join(' · ');
    }),
  };
}

function asText(value: unknown, from: { view: string; column: string } | undefined): string {
  if (value instanceof Date) return value.toISOString();
  const text = String(value);
  if (!from || !isUuid(text)) return text;
  if (from.column === 'id') return objectIdText(from.view.replace(/ies$/, 'y').replace(/s$/, ''), text) ?? text;
  const key = from.column
    .replace('org_id', 'organization_id')
    .replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return String(publicValue(key, text));
}

async function readViews(client: pg.ClientBase, due: Invariant[], examination: Examination): Promise<View[]> {
  const { rows } = await client.query<{ name: string; schema: string; columns: string[] }>(
    `select c.relname as name, n.nspname as schema, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('conformance', 'books') and c.relkind in ('v', 'r') group by 1, 2`,
  );
  const views: View[] = [];
  for (const { name, schema, columns } of rows) {
    const place = `${schema}.${name}`;
    const word = new RegExp(`\\b${name}\\b`);
    if (!due.some(({ sql }) => word.test(sql))) continue;
    const { organization } = examination;
    const condition = organization === undefined ? '' : ` where org_id = ${pg.escapeLiteral(organization)}`;
    const count = await client.query<{ rows: string }>(`select count(*) as rows from ${place}${condition}`);
    views.push({
      rows: Number(count.rows[0]?.rows ?? 0),
      isIn: (sql) => word.test(sql),
      narrowed: narrow({ name, place }, columns, condition, examination.now),
    });
  }
  return views;
}

/** A query of the view's name that the rules see in place of the view. */
function narrow(
  { name, place }: { name: string; place: string },
  columns: string[],
  condition: string,
  now: Date | undefined,
): string | null {
  const moved = now !== undefined && columns.includes('on_test_clock');
  if (condition === '' && !moved) return null;
  const list = columns.map((column) =>
    moved && column === 'clock_now'
      ? `case when on_test_clock then clock_now else ${instant(now)} end as clock_now`
      : column,
  );
  return `${name} as not materialized (select ${list.join(', ')} from ${place}${condition})`;
}

function instant(now: Date): string {
  return `'${now.toISOString()}'::timestamptz`;
}
