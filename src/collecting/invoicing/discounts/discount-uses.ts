import type { Work } from '../../../platform/work.ts';
import type { DiscountUse } from './invoice-discount.ts';

interface UseRecord {
  discount_id: string;
  used_amount: bigint;
  used_times: number;
  covered_until: Date | null;
  period_used: bigint;
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
  const unused: DiscountUse = { usedAmount: 0n, usedTimes: 0, coveredUntil: null, periodUsed: 0n };
  const uses = new Map(discountIds.map((id) => [id, { ...unused }]));
  if (uses.size === 0) return uses;
  const records = await work.rows<UseRecord>(
    `with taken as (
       select x.discount_id, x.amount, x.returned, x.consumes, x.covers_until,
         max(x.covers_until) filter (where x.consumes) over (partition by x.discount_id) as period_until,
         max(x.covers_until) filter (where x.consumes or x.terms ? 'prolongs') over (partition by x.discount_id) as covered_until
       from invoice_discounts x join invoices i on i.organization_id = x.organization_id and i.id = x.invoice_id
       where x.organization_id = any($1::uuid[]) and x.discount_id = any($2::uuid[]) and (x.amount > 0 or x.returned > 0 or x.terms ? 'prolongs')
         and i.status <> 'void' and i.id is distinct from $3::uuid)
     select discount_id, sum(amount - returned)::bigint as used_amount, (count(*) filter (where consumes))::int as used_times,
       covered_until, coalesce(sum(amount - returned) filter (where covers_until >= period_until), 0)::bigint as period_used
     from taken group by discount_id, covered_until`,
    [`{${work.organizations.join(',')}}`, `{${[...uses.keys()].join(',')}}`, but],
  );
  for (const { discount_id, used_amount, used_times, covered_until, period_used } of records) {
    uses.set(discount_id, {
      usedAmount: used_amount,
      usedTimes: used_times,
      coveredUntil: covered_until,
      periodUsed: period_used,
    });
  }
  return uses;
}
