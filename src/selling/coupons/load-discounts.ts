import type { InvoiceDiscount, InvoiceRequest } from '../../collecting/invoicing/index.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Work } from '../../platform/work.ts';
import type { CouponRow, DiscountRow } from './coupons.entities.ts';
import { discountColumns, invoicedTo, pricesOf } from './coupons.rows.ts';
import { termsOf } from './give-discounts.ts';

/** A discount as it stands, and the object that invoices draw on. */
export interface LoadedDiscount {
  row: DiscountRow;
  live: InvoiceDiscount;
}

type DiscountRecord = DiscountRow &
  Pick<CouponRow, 'name' | 'kind' | 'amount' | 'currency' | 'percent' | 'frequency' | 'periods'> & {
    priceIds: string[] | null;
    invoiceAccountId: string;
  };

/**
 * What these requests may have taken off, by the account that is invoiced: what was given to it and to those whose lines go
 * onto its invoices, of each account what its subscriptions have before what the whole account has, in the order given. Also
 * such as are removed or used up since the earliest instant of the requests, so that a late run gives what a punctual one would
 * have given, and what waits for the next invoice returns what it took of the time that ends. Accounts that are
 * invoiced must be locked; discounts are, as lines that waited may be of any account: in the order of their ids, as
 * whoever counts them anew does. One statement.
 */
export async function loadDiscounts(
  work: Work,
  requests: readonly InvoiceRequest[],
): Promise<Map<string, LoadedDiscount[]>> {
  const found = new Map<string, LoadedDiscount[]>();
  if (requests.length === 0) return found;
  // Also what covered time that lines go on with, however long ago that was.
  const instants = requests.flatMap(({ at, charges }) => [
    at,
    ...charges.flatMap(({ goesOnFrom }) => goesOnFrom ?? []),
  ]);
  const earliest = instants.reduce((least, at) => (at < least ? at : least));
  const records = await work.rows<DiscountRecord>(
    `with d as (
       select * from discounts d
       where d.organization_id = any($1::uuid[]) and d.account_id in (${invoicedTo('$2')})
         and (d.status = 'active' or (d.status = 'removed' and d.ended_at > $3)
           or (d.status = 'used_up' and (d.covered_until >= $3 or d.back_currency is not null)))
       order by d.id for update)
     select ${discountColumns('d')}, c.name, c.kind, c.amount, c.currency, c.percent, c.frequency, c.periods, ${pricesOf('c')} as "priceIds",
       coalesce(a.invoice_account_id, a.id) as "invoiceAccountId"
     from d join coupons c on c.organization_id = d.organization_id and c.id = d.coupon_id
     join accounts a on a.organization_id = d.organization_id and a.id = d.account_id
     order by d.account_id, d.subscription_id is null, d.position, d.id`,
    [
      uuids(new Set(requests.map(({ account }) => account.organizationId))),
      uuids(new Set(requests.map(({ account }) => account.id))),
      earliest,
    ],
  );
  for (const { invoiceAccountId, ...record } of records) {
    const group = found.get(invoiceAccountId);
    if (group) group.push(toLoaded(record));
    else found.set(invoiceAccountId, [toLoaded(record)]);
  }
  return found;
}

function toLoaded(record: Omit<DiscountRecord, 'invoiceAccountId'>): LoadedDiscount {
  const { name, kind, amount, currency, percent, frequency, periods, priceIds, ...row } = record;
  const { id, accountId, startedAt, usedAmount, usedTimes, periodUsed, backAmount } = row;
  const terms = termsOf(
    { kind, amount, currency, percent, frequency, periods, priceIds },
    { accountId, subscriptionId: row.subscriptionId ?? null },
  );
  const endedAt = row.status === 'removed' ? row.endedAt! : null;
  const use = { usedAmount, usedTimes, coveredUntil: row.coveredUntil ?? null, periodUsed };
  const back = { backAmount, backCurrency: row.backCurrency ?? null, backUntil: row.backUntil ?? null };
  return { row, live: { id, couponName: name, terms, startedAt, endedAt, usedAt: null, ...use, ...back } };
}
