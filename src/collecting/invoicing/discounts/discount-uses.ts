import type { Work } from '../../../platform/work.ts';
import { type DiscountUse, unusedDiscount } from './invoice-discount.ts';

interface UseRecord {
  discount_id: string;
  used_amount: bigint;
  used_times: number;
  covered_until: Date | null;
  period_used: bigint;
  back_amount: bigint;
  back_currency: string | null;
  back_until: Date | null;
}

/**
 * How far discounts are used, added up from the invoices that are not void; `but` leaves one of them out. One statement.
 * A void thereby gives back what its invoice took.
 */
export async function discountUses(
  work: Work,
  discountIds: readonly string[],
  but: string | null = null,
): Promise<Map<string, DiscountUse>> {
  const uses = new Map<string, DiscountUse>(discountIds.map((id) => [id, unusedDiscount]));
  if (uses.size === 0) return uses;
  const records = await work.rows<UseRecord>(
    `with taken as (
       select x.discount_id, x.amount, x.returned, x.for_later, x.consumes, x.covers_until, x.terms, i.currency,
         -- Its times follow each other, a replaced one in its place; where one became shorter, what covered more before counts no more.
         count(*) filter (where x.consumes) over (partition by x.discount_id order by p.place) as time,
         count(*) filter (where x.consumes) over (partition by x.discount_id) as times,
         count(*) filter (where x.terms ? 'shortens') over (
           partition by x.discount_id order by p.place desc rows between unbounded preceding and 1 preceding) as shortened
       from invoice_discounts x join invoices i on i.organization_id = x.organization_id and i.id = x.invoice_id
       cross join lateral (select coalesce((x.terms->>'replaces')::uuid, x.id) as place) p
       where x.organization_id = any($1::uuid[]) and x.discount_id = any($2::uuid[])
         and (x.amount > 0 or x.returned > 0 or x.terms ? 'prolongs')
         and i.status <> 'void' and i.id is distinct from $3::uuid)
     select discount_id, sum(amount - returned)::bigint as used_amount, (count(*) filter (where consumes))::int as used_times,
       max(covers_until) filter (where (consumes or terms ?| '{prolongs,shortens}') and shortened = 0) as covered_until,
       coalesce(sum(amount - returned + for_later) filter (where time = times), 0)::bigint as period_used,
       greatest(sum(for_later) filter (where terms->>'frequency' <> 'forever'), 0)::bigint as back_amount,
       max(currency) filter (where returned > 0 or for_later <> 0) as back_currency,
       max((terms->>'backUntil')::timestamptz) as back_until
     from taken group by discount_id`,
    [`{${work.organizations.join(',')}}`, `{${[...uses.keys()].join(',')}}`, but],
  );
  for (const record of records) {
    uses.set(record.discount_id, {
      usedAmount: record.used_amount,
      usedTimes: record.used_times,
      coveredUntil: record.covered_until,
      periodUsed: record.period_used,
      backAmount: record.back_amount,
      backCurrency: record.back_currency,
      backUntil: record.back_until,
    });
  }
  return uses;
}
