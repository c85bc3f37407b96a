import type DataLoader from 'dataloader';
import type { Context } from '../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../platform/pagination.ts';
import { type Member, type MemberRecord, toMember } from './members.graphql.ts';

const columns = 'm.id, m.email, m.name, m.role, m.last_login_at, m.removed_at, m.metadata, m.created_at, m.updated_at';

/** A page of the organization's members who were not taken out, oldest first. */
export async function membersPage(context: Context, page: PageArguments): Promise<Page<Member>> {
  const ordering = {
    name: 'members',
    column: 'm.created_at',
    idColumn: 'm.id',
    type: 'timestamptz',
    direction: 'asc',
  } as const;
  const plan = planPage(page, ordering, { firstParameter: 2 });
  const rows = await context.reader.rows<MemberRecord>(
    `select ${columns} from members m where m.organization_id = $1 and m.removed_at is null and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [context.organizationId, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      'select count(*) as count from members m where m.organization_id = $1 and m.removed_at is null',
      [context.organizationId],
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count).map(toMember);
}

/** Members by uuid, those taken out too; null for missing and foreign ones. */
export function memberLoader(context: Context): DataLoader<string, Member | null> {
  return context.loader('member', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<MemberRecord>(
      `select ${columns} from members m where m.organization_id = $1 and m.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, toMember(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
