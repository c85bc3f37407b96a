import type { Fact } from '../../platform/outbox.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Work } from '../../platform/work.ts';
import { invoicedTo } from './coupons.rows.ts';

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
  if (found.length === 0) return;
  const lock = (table: string, ids: readonly string[]) =>
    work.rows(
      `select 1 from ${table} where organization_id = any($1::uuid[]) and id = any($2::uuid[]) order by id for update`,
      [organizations, uuids(ids)],
    );
  await lock(
    'promotion_codes',
    found.flatMap((one) => one.promotion_code_id ?? []),
  );
  await lock(
    'coupons',
    found.map((one) => one.coupon_id),
  );
  const returned = await work.rows<Redemption>(
    `update discounts set returned_at = $3, updated_at = $3
     where organization_id = any($1::uuid[]) and id = any($2::uuid[]) and returned_at is null
     returning id, coupon_id, promotion_code_id`,
    [organizations, uuids(found.map((one) => one.id)), at],
  );
  const free = (table: string, ids: readonly string[]) =>
    work.rows(
      `update ${table} t set redeemed = t.redeemed - n.times, updated_at = $3
       from (select id, count(*)::int as times from unnest($2::uuid[]) as g(id) group by id) n
       where t.organization_id = any($1::uuid[]) and t.id = n.id`,
      [organizations, uuids(ids), work.recordedAt],
    );
  await free(
    'promotion_codes',
    returned.flatMap((one) => one.promotion_code_id ?? []),
  );
  await free(
    'coupons',
    returned.map((one) => one.coupon_id),
  );
}
