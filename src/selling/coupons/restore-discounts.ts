import { discountUses } from '../../collecting/invoicing/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Consequence, Work } from '../../platform/work.ts';
import { type CouponRow, DiscountEntity, type DiscountRow } from './coupons.entities.ts';
import { announceDiscount } from './coupons.facts.ts';
import { discountColumns, invoicedTo } from './coupons.rows.ts';
import { termsOf } from './give-discounts.ts';
import { returnRedemptions } from './return-redemptions.ts';
import { useColumns } from './use-columns.ts';

/**
 * An invoice was voided, changed or thrown away: what it took of discounts is counted anew, so that a coupon that is given
 * once is good again. A thrown away draft names its discounts no more: those of the accounts that
 * are invoiced with it are looked at.
 */
export const restoreDiscounts: Consequence = async (work, facts) => {
  const at = facts.reduce((last, fact) => (fact.at.getTime() > last.getTime() ? fact.at : last), facts[0]!.at);
  await returnRedemptions(work, facts, at);
  const rows = await concerned(work, facts);
  if (rows.length === 0) return;
  const uses = await discountUses(
    work,
    rows.map((row) => row.id),
  );
  for (const { coupon, ...row } of rows) {
    const use = uses.get(row.id)!;
    const covers =
      use.coveredUntil?.getTime() === row.coveredUntil?.getTime() &&
      use.backUntil?.getTime() === row.backUntil?.getTime();
    const isSame = covers && use.backAmount === row.backAmount && use.periodUsed === row.periodUsed;
    if (isSame && use.usedAmount === row.usedAmount && use.usedTimes === row.usedTimes) continue;
    const scope = { accountId: row.accountId, subscriptionId: row.subscriptionId ?? null };
    const columns = useColumns(row, { ...use, terms: termsOf({ ...coupon, priceIds: null }, scope), usedAt: at });
    work.update(DiscountEntity, { organizationId: row.organizationId, id: row.id, ...columns });
    if (columns.status === row.status) continue;
    const type = columns.status === 'active' ? 'discount.restored' : 'discount.ended';
    announceDiscount(work, type, { ...row, ...columns }, at);
  }
};

type Terms = Pick<CouponRow, 'kind' | 'amount' | 'currency' | 'percent' | 'frequency' | 'periods'>;

async function concerned(work: Work, facts: readonly Fact[]): Promise<(DiscountRow & { coupon: Terms })[]> {
  const gone = facts.filter((fact) => fact.type === 'invoice.deleted').flatMap((fact) => fact.accountId ?? []);
  const records = await work.rows<DiscountRow & Terms>(
    `select ${discountColumns('d')}, c.kind, c.amount, c.currency, c.percent, c.frequency, c.periods
     from discounts d join coupons c on c.organization_id = d.organization_id and c.id = d.coupon_id
     where d.organization_id = any($1::uuid[]) and (
       d.id in (select x.discount_id from invoice_discounts x where x.organization_id = any($1::uuid[]) and x.invoice_id = any($2::uuid[]))
       or (d.account_id in (${invoicedTo('$3')}) and d.used_times > 0))
     order by d.id for update of d`,
    [uuids(work.organizations), uuids(facts.map((fact) => fact.objectId)), uuids(gone)],
  );
  return records.map(({ kind, amount, currency, percent, frequency, periods, ...row }) => {
    return { ...row, coupon: { kind, amount, currency, percent, frequency, periods } };
  });
}
