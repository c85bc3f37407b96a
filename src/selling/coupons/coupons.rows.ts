import { columnsBehind } from '../../platform/sql-text.ts';

/** The columns of a coupon behind an alias, under the names of its row. */
export const couponColumns = columnsBehind([
  'organization_id',
  'id',
  'name',
  'kind',
  'amount',
  'currency',
  'percent',
  'frequency',
  'periods',
  'max_redemptions',
  'redeemed',
  'redeem_by',
  'once_per_account',
  'archived_at',
  'metadata',
  'created_at',
  'updated_at',
]);

/** The columns of a promotion code behind an alias, under the names of its row. */
export const codeColumns = columnsBehind([
  'organization_id',
  'id',
  'coupon_id',
  'code',
  'max_redemptions',
  'redeemed',
  'expires_at',
  'first_purchase_only',
  'minimum_amount',
  'minimum_currency',
  'deactivated_at',
  'metadata',
  'created_at',
  'updated_at',
]);

/** The columns of a discount behind an alias, under the names of its row. */
export const discountColumns = columnsBehind([
  'organization_id',
  'id',
  'coupon_id',
  'promotion_code_id',
  'account_id',
  'subscription_id',
  'status',
  'position',
  'used_amount',
  'used_times',
  'covered_until',
  'period_used',
  'back_amount',
  'back_currency',
  'back_until',
  'started_at',
  'ended_at',
  'one_invoice',
  'returned_at',
  'created_at',
  'updated_at',
]);

/** The prices that a coupon behind an alias is limited to: all versions of its plans; null where it is for everything. */
export const pricesOf = (alias: string) => `case when exists (
    select from coupon_plans l where l.organization_id = ${alias}.organization_id and l.coupon_id = ${alias}.id)
  then array(select p.id::text from coupon_plans l
    join plan_versions v on v.organization_id = l.organization_id and v.plan_id = l.plan_id
    join prices p on p.organization_id = v.organization_id and p.plan_version_id = v.id
    where l.organization_id = ${alias}.organization_id and l.coupon_id = ${alias}.id) end`;

/** The accounts of a parameter, and those whose lines go onto their invoices; $1 are the organizations. */
export const invoicedTo = (ids: string) => `select unnest(${ids}::uuid[])
  union select a.id from accounts a where a.organization_id = any($1::uuid[]) and a.invoice_account_id = any(${ids}::uuid[])`;
