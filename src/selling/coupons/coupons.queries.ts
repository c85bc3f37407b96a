import type DataLoader from 'dataloader';
import type { Context } from '../../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../platform/pagination.ts';
import { likeText, Where } from '../../platform/where.ts';
import type { CouponRow, DiscountRow, PromotionCodeRow } from './coupons.entities.ts';
import { codeColumns, couponColumns, discountColumns } from './coupons.rows.ts';

interface Listed {
  id: string;
  createdAt: Date;
}

/** A page of rows `t` of a table, the newest first. */
async function page<Row extends Listed>(
  context: Context,
  from: { name: string; table: string; columns: string; where: Where },
  wanted: PageArguments,
): Promise<Page<Row>> {
  const { where } = from;
  const ordering = { column: 't.created_at', idColumn: 't.id', type: 'timestamptz', direction: 'desc' } as const;
  const plan = planPage(wanted, { name: from.name, ...ordering }, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<Row>(
    `select ${from.columns} from ${from.table} t where ${where.text} and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from ${from.table} t where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.createdAt, id: row.id }), count);
}

function whereOf(context: Context): Where {
  const where = new Where();
  where.add('t.organization_id = ?', context.organizationId);
  return where;
}

/** A page of the organization's coupons, the newest first. */
export function couponsPage(
  context: Context,
  filter: { search?: string | null; archived?: boolean | null },
  wanted: PageArguments,
): Promise<Page<CouponRow>> {
  const where = whereOf(context);
  if (filter.search) where.add('t.name ilike ?', `%${likeText(filter.search)}%`);
  if (filter.archived != null) where.add('(t.archived_at is not null) = ?', filter.archived);
  return page(context, { name: 'coupons', table: 'coupons', columns: couponColumns('t'), where }, wanted);
}

/** A page of the organization's promotion codes, the newest first. */
export function codesPage(
  context: Context,
  filter: { couponId?: string | null | undefined; active?: boolean | null | undefined },
  wanted: PageArguments,
): Promise<Page<PromotionCodeRow>> {
  const where = whereOf(context);
  where.addIf(filter.couponId, 't.coupon_id = ?');
  if (filter.active != null) where.add('(t.deactivated_at is null) = ?', filter.active);
  return page(context, { name: 'promotion_codes', table: 'promotion_codes', columns: codeColumns('t'), where }, wanted);
}

/** A page of what an account was given, the newest first; its subscriptions' discounts among them. */
export function discountsOfAccount(
  context: Context,
  accountId: string,
  wanted: PageArguments,
): Promise<Page<DiscountRow>> {
  const where = whereOf(context);
  where.add('t.account_id = ?', accountId);
  return page(context, { name: 'discounts', table: 'discounts', columns: discountColumns('t'), where }, wanted);
}

/** The code of a text, whatever the case of its letters. */
export async function codeByText(context: Context, text: string): Promise<PromotionCodeRow | null> {
  const [row] = await context.reader.rows<PromotionCodeRow>(
    `select ${codeColumns('t')} from promotion_codes t where t.organization_id = $1 and upper(t.code) = upper($2)`,
    [context.organizationId, text],
  );
  return row ?? null;
}

function byId<Row extends { id: string }>(
  context: Context,
  table: string,
  columns: string,
): DataLoader<string, Row | null> {
  return context.loader(table, async (ids: readonly string[]) => {
    const rows = await context.reader.rows<Row>(
      `select ${columns} from ${table} t where t.organization_id = $1 and t.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** Coupons by uuid; null for missing and foreign ones. */
export const couponLoader = (context: Context) => byId<CouponRow>(context, 'coupons', couponColumns('t'));

/** Promotion codes by uuid; null for missing and foreign ones. */
export const codeLoader = (context: Context) => byId<PromotionCodeRow>(context, 'promotion_codes', codeColumns('t'));

/** Discounts by uuid; null for missing and foreign ones. */
export const discountLoader = (context: Context) => byId<DiscountRow>(context, 'discounts', discountColumns('t'));

/** The discounts of subscriptions, in the order in which they are taken. */
export function discountsOfSubscriptionLoader(context: Context): DataLoader<string, DiscountRow[]> {
  return context.loader('subscription.discounts', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<DiscountRow>(
      `select ${discountColumns('t')} from discounts t
       where t.organization_id = $1 and t.subscription_id = any($2::uuid[]) order by t.position, t.id`,
      [context.organizationId, [...ids]],
    );
    return ids.map((id) => rows.filter((row) => row.subscriptionId === id));
  });
}

/** The plans that coupons are limited to; empty for a coupon for everything. */
export function plansOfCouponLoader(context: Context): DataLoader<string, string[]> {
  return context.loader('coupon.plans', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ coupon_id: string; plan_id: string }>(
      `select coupon_id, plan_id from coupon_plans where organization_id = $1 and coupon_id = any($2::uuid[]) order by plan_id`,
      [context.organizationId, [...ids]],
    );
    return ids.map((id) => rows.flatMap((row) => (row.coupon_id === id ? row.plan_id : [])));
  });
}
