import type DataLoader from 'dataloader';
import type { Context } from '../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../platform/pagination.ts';
import { type TestClock, type TestClockRecord, toTestClock } from './test-clocks.graphql.ts';

const columns = 'c.id, c.name, c.status, c.now_at, c.target_at, c.metadata, c.created_at, c.updated_at';

/** A page of the organization's test clocks, newest first. */
export async function testClocksPage(context: Context, page: PageArguments): Promise<Page<TestClock>> {
  const ordering = {
    name: 'testClocks',
    column: 'c.created_at',
    idColumn: 'c.id',
    type: 'timestamptz',
    direction: 'desc',
  } as const;
  const plan = planPage(page, ordering, { firstParameter: 2 });
  const rows = await context.reader.rows<TestClockRecord>(
    `select ${columns} from test_clocks c where c.organization_id = $1 and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [context.organizationId, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      'select count(*) as count from test_clocks c where c.organization_id = $1',
      [context.organizationId],
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count).map(toTestClock);
}

/** Test clocks by uuid; null for missing and foreign ones. */
export function testClockLoader(context: Context): DataLoader<string, TestClock | null> {
  return context.loader('testClock', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<TestClockRecord>(
      `select ${columns} from test_clocks c where c.organization_id = $1 and c.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, toTestClock(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
