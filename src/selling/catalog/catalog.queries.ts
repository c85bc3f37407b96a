import type DataLoader from 'dataloader';
import type { Context } from '../../platform/context.ts';
import type { OrderDirection } from '../../platform/list-inputs.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../platform/pagination.ts';
import { likeText, Where } from '../../platform/where.ts';
import type { PlanRow, PlanVersionRow, PriceRow } from './catalog.entities.ts';
import { planColumns, priceColumns, versionColumns } from './catalog.rows.ts';

export interface PlanFilterValues {
  search?: string | null | undefined;
  externalId?: string | null | undefined;
  tierLabel?: string | null | undefined;
  archived?: boolean | null | undefined;
  metadata?: Record<string, string> | null | undefined;
}

const orderings = {
  CREATED_AT: { column: 'p.created_at', type: 'timestamptz' },
  NAME: { column: 'p.name', type: 'text' },
} as const;

export type PlanOrderField = keyof typeof orderings;

/** A page of the organization's plans. */
export async function plansPage(
  context: Context,
  filter: PlanFilterValues,
  order: { field: PlanOrderField; direction: OrderDirection },
  page: PageArguments,
): Promise<Page<PlanRow>> {
  const where = conditions(context.organizationId, filter);
  const plan = planPage(
    page,
    { name: `plans.${order.field}`, idColumn: 'p.id', direction: order.direction, ...orderings[order.field] },
    { firstParameter: where.values.length + 1 },
  );
  const rows = await context.reader.rows<PlanRow>(
    `select ${planColumns('p')} from plans p where ${where.text} and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from plans p where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: order.field === 'NAME' ? row.name : row.createdAt, id: row.id }), count);
}

function conditions(organizationId: string, filter: PlanFilterValues): Where {
  const where = new Where();
  where.add('p.organization_id = ?', organizationId);
  if (filter.search) where.add('p.name ilike ?', `%${likeText(filter.search)}%`);
  where.addIf(filter.externalId, 'p.external_id = ?');
  where.addIf(filter.tierLabel, 'p.tier_label = ?');
  if (filter.archived != null) where.add(`(p.archived_at is not null) = ?`, filter.archived);
  if (filter.metadata) where.add('p.metadata @> ?::jsonb', JSON.stringify(filter.metadata));
  return where;
}

/** The plan with an external id. */
export async function planByExternalId(context: Context, externalId: string): Promise<PlanRow | null> {
  const [row] = await context.reader.rows<PlanRow>(
    `select ${planColumns('p')} from plans p where p.organization_id = $1 and p.external_id = $2`,
    [context.organizationId, externalId],
  );
  return row ?? null;
}

/** Rows of one statement over a set of ids, each id answered in its place. */
async function inPlace<Row, Value>(
  ids: readonly string[],
  rows: readonly Row[],
  idOf: (row: Row) => string,
  answer: (rows: Row[]) => Value,
): Promise<Value[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(idOf(row));
    if (group) group.push(row);
    else groups.set(idOf(row), [row]);
  }
  return ids.map((id) => answer(groups.get(id) ?? []));
}

/** Plans by uuid; null for missing and foreign ones. */
export function planLoader(context: Context): DataLoader<string, PlanRow | null> {
  return context.loader('plan', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PlanRow>(
      `select ${planColumns('p')} from plans p where p.organization_id = $1 and p.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inPlace(
      ids,
      rows,
      (row) => row.id,
      ([row]) => row ?? null,
    );
  });
}

/** Plan versions by uuid; null for missing and foreign ones. */
export function planVersionLoader(context: Context): DataLoader<string, PlanVersionRow | null> {
  return context.loader('planVersion', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PlanVersionRow>(
      `select ${versionColumns('v')} from plan_versions v where v.organization_id = $1 and v.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inPlace(
      ids,
      rows,
      (row) => row.id,
      ([row]) => row ?? null,
    );
  });
}

/** All versions of plans, the newest first. */
export function versionsOfPlanLoader(context: Context): DataLoader<string, PlanVersionRow[]> {
  return context.loader('versionsOfPlan', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PlanVersionRow>(
      `select ${versionColumns('v')} from plan_versions v
       where v.organization_id = $1 and v.plan_id = any($2::uuid[]) order by v.version desc`,
      [context.organizationId, [...ids]],
    );
    return inPlace(
      ids,
      rows,
      (row) => row.planId,
      (versions) => versions,
    );
  });
}

/** The prices of versions, component by component. */
export function pricesOfVersionLoader(context: Context): DataLoader<string, PriceRow[]> {
  return context.loader('pricesOfVersion', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PriceRow>(
      `select ${priceColumns('c')} from prices c
       where c.organization_id = $1 and c.plan_version_id = any($2::uuid[]) order by c.position, c.currency`,
      [context.organizationId, [...ids]],
    );
    return inPlace(
      ids,
      rows,
      (row) => row.planVersionId,
      (prices) => prices,
    );
  });
}

/** Prices by uuid; null for missing and foreign ones. */
export function priceLoader(context: Context): DataLoader<string, PriceRow | null> {
  return context.loader('price', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PriceRow>(
      `select ${priceColumns('c')} from prices c where c.organization_id = $1 and c.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inPlace(
      ids,
      rows,
      (row) => row.id,
      ([row]) => row ?? null,
    );
  });
}
