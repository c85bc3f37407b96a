import type DataLoader from 'dataloader';
import type { Context } from '../platform/context.ts';
import type { OrderDirection } from '../platform/list-inputs.ts';
import { type Page, type PageArguments, planPage, toPage } from '../platform/pagination.ts';
import { likeText, Where } from '../platform/where.ts';
import { type AccountRecord, accountColumns } from './accounts.rows.ts';

export interface AccountFilterValues {
  search?: string | null | undefined;
  email?: string | null | undefined;
  externalId?: string | null | undefined;
  currency?: string | null | undefined;
  dunningStatuses?: readonly string[] | null | undefined;
  metadata?: Record<string, string> | null | undefined;
  createdFrom?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
  billToAccountId?: string | null | undefined;
  testClockId?: string | null | undefined;
  parentAccountId?: string | null | undefined;
  includeDeleted?: boolean | null | undefined;
}

const orderings = {
  CREATED_AT: { column: 'a.created_at', type: 'timestamptz' },
  NAME: { column: 'a.name', type: 'text' },
} as const;

export type AccountOrderField = keyof typeof orderings;

/** A page of the organization's accounts. */
export async function accountsPage(
  context: Context,
  filter: AccountFilterValues,
  order: { field: AccountOrderField; direction: OrderDirection },
  page: PageArguments,
): Promise<Page<AccountRecord>> {
  const where = conditions(context.organizationId, filter);
  const plan = planPage(
    page,
    { name: `accounts.${order.field}`, idColumn: 'a.id', direction: order.direction, ...orderings[order.field] },
    { firstParameter: where.values.length + 1 },
  );
  const rows = await context.reader.rows<AccountRecord>(
    `select ${accountColumns('a')} from accounts a where ${where.text} and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from accounts a where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  const value = (row: AccountRecord) => (order.field === 'NAME' ? row.name : row.created_at);
  return toPage(plan, rows, (row) => ({ value: value(row), id: row.id }), count);
}

function conditions(organizationId: string, filter: AccountFilterValues): Where {
  const where = new Where();
  where.add('a.organization_id = ?', organizationId);
  if (filter.includeDeleted !== true) where.add('a.deleted_at is null');
  if (filter.search) where.add('a.name ilike ?', `%${likeText(filter.search)}%`);
  where.addIf(filter.email, 'lower(a.email) = lower(?)');
  where.addIf(filter.externalId, 'a.external_id = ?');
  where.addIf(filter.currency, 'a.currency = ?');
  if (filter.dunningStatuses) where.add('a.dunning_status = any(?::text[])', [...filter.dunningStatuses]);
  if (filter.metadata) where.add('a.metadata @> ?::jsonb', JSON.stringify(filter.metadata));
  where.addIf(filter.createdFrom, 'a.created_at >= ?');
  where.addIf(filter.createdBefore, 'a.created_at < ?');
  where.addIf(filter.billToAccountId, 'a.bill_to_account_id = ?');
  where.addIf(filter.parentAccountId, 'a.parent_account_id = ?');
  where.addIf(filter.testClockId, 'a.test_clock_id = ?');
  return where;
}

/** Accounts by uuid, deleted ones too, for whoever shows one beside its own objects; null for missing and foreign ones. */
export function accountLoader(context: Context): DataLoader<string, AccountRecord | null> {
  return context.loader('account', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<AccountRecord>(
      `select ${accountColumns('a')} from accounts a where a.organization_id = $1 and a.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/** The account with an external id that is in use. */
export async function accountByExternalId(context: Context, externalId: string): Promise<AccountRecord | null> {
  const [row] = await context.reader.rows<AccountRecord>(
    `select ${accountColumns('a')} from accounts a
     where a.organization_id = $1 and a.external_id = $2 and a.deleted_at is null`,
    [context.organizationId, externalId],
  );
  return row ?? null;
}
