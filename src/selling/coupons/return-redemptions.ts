import type { Fact } from '../../platform/outbox.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Work } from '../../platform/work.ts';
import { DiscountEntity, type DiscountRow } from './coupons.entities.ts';
import { announceDiscount } from './coupons.facts.ts';
import { nextDiscountStatus } from './coupons.lifecycle.ts';
import { discountColumns, invoicedTo } from './coupons.rows.ts';

interface Redemption {
  id: string;
  coupon_id: string;
  promotion_code_id: string | null;
}

/**
 * Gives back what was redeemed for one invoice alone, once no invoice that is not void has it: the places of coupon and code
 * are free again, and the account may have it again. A replacement takes it over, so there it stays taken. Locks codes, then
 * coupons, then discounts. Twice changes nothing.
 */
export async function returnRedemptions(work: Work, facts: readonly Fact[], at: Date): Promise<void> {
  const organizations = uuids(work.organizations);
  const gone = facts.filter((fact) => fact.type === 'invoice.deleted').flatMap((fact) => fact.accountId ?? []);
  const found = await work.rows<Redemption>(
    `select d.id, d.coupon_id, d.promotion_code_id from discounts d
     where d.organization_id = any($1::uuid[]) and d.one_invoice and d.returned_at is null and (
       d.id in (select x.discount_id from invoice_discounts x where x.organization_id = any($1::uuid[]) and x.invoice_id = any($2::uuid[]))
       or d.account_id in (${invoicedTo('$3')}))
     and not exists (select from invoice_discounts x join invoices i on i.organization_id = x.organization_id and i.id = x.invoice_id
       where x.organization_id = d.organization_id and x.discount_id = d.id and i.status <> 'void')`,
    [organizations, uuids(facts.map((fact) => fact.objectId)), uuids(gone)],
  );
  await lockPlaces(work, found);
  await free(work, found, at);
}

/**
 * Gives back what was redeemed for a subscription that ends at an instant of its account without having been paid for, where no invoice
 * that is not void took anything of it: it is removed, its places are free, and the account may have it again. The account is locked.
 */
export async function returnUnused(
  work: Work,
  { organizationId, subscriptionId }: { organizationId: string; subscriptionId: string },
  at: Date,
): Promise<void> {
  const rows = await work.rows<DiscountRow>(
    `select ${discountColumns('d')} from discounts d
     where d.organization_id = $1 and d.subscription_id = $2 and d.status <> 'removed'
       and not exists (select from invoice_discounts x join invoices i on i.organization_id = x.organization_id and i.id = x.invoice_id
         where x.organization_id = d.organization_id and x.discount_id = d.id and i.status <> 'void' and (x.amount > 0 or x.returned > 0))
     order by d.id`,
    [organizationId, subscriptionId],
  );
  const found = rows.map((row) => ({
    id: row.id,
    coupon_id: row.couponId,
    promotion_code_id: row.promotionCodeId ?? null,
  }));
  await lockPlaces(work, found);
  for (const row of rows) {
    const good = row.status === 'used_up' ? nextDiscountStatus(row.status, 'give_back') : row.status;
    Object.assign(row, { status: nextDiscountStatus(good, 'remove'), endedAt: at, updatedAt: at });
    work.update(DiscountEntity, { organizationId, id: row.id, status: row.status, endedAt: at, updatedAt: at });
    announceDiscount(work, 'discount.ended', row, at);
  }
  await free(work, found, at);
}

/** Locks codes, then coupons. */
async function lockPlaces(work: Work, found: readonly Redemption[]): Promise<void> {
  const lock = (table: string, ids: readonly string[]) =>
    work.rows(
      `select 1 from ${table} where organization_id = any($1::uuid[]) and id = any($2::uuid[]) order by id for update`,
      [uuids(work.organizations), uuids(ids)],
    );
  const codes = found.flatMap((one) => one.promotion_code_id ?? []);
  const coupons = found.map((one) => one.coupon_id);
  if (codes.length > 0) await lock('promotion_codes', codes);
  if (coupons.length > 0) await lock('coupons', coupons);
}

/** Frees the places of discounts, once each; they are locked. */
async function free(work: Work, found: readonly Redemption[], at: Date): Promise<void> {
  if (found.length === 0) return;
  const organizations = uuids(work.organizations);
  const returned = await work.rows<Redemption>(
    `update discounts set returned_at = $3, updated_at = $3
     where organization_id = any($1::uuid[]) and id = any($2::uuid[]) and returned_at is null
     returning id, coupon_id, promotion_code_id`,
    [organizations, uuids(found.map((one) => one.id)), at],
  );
  const count = (table: string, ids: readonly string[]) =>
    work.rows(
      `update ${table} t set redeemed = t.redeemed - n.times, updated_at = $3
       from (select id, count(*)::int as times from unnest($2::uuid[]) as g(id) group by id) n
       where t.organization_id = any($1::uuid[]) and t.id = n.id`,
      [organizations, uuids(ids), work.recordedAt],
    );
  await count(
    'promotion_codes',
    returned.flatMap((one) => one.promotion_code_id ?? []),
  );
  await count(
    'coupons',
    returned.map((one) => one.coupon_id),
  );
}
