import { type BenchDatabase, runSql } from './harness/server.ts';

interface Billed {
  key: string;
  organization: string;
  total: string;
  tax: string;
  credit: string;
  content: string;
}

/** Of each invoice all that is money: its sums, its lines, what discounts took, how it was posted. */
const billedSince = `
  select concat_ws(' ', l.subscription_id, extract(epoch from i.created_at)) as key, i.organization_id as organization,
    i.total, i.tax_total as tax, i.credits_applied as credit,
    md5(concat_ws(' ', i.status, i.subtotal, i.discount_total, i.tax_total, i.total, i.credits_applied, i.amount_due, l.content,
      (select string_agg(concat_ws(' ', e.effect, e.account, e.amount), ', ' order by e.effect, e.account)
       from ledger_entries e where e.source_id = i.id and e.organization_id = i.organization_id and e.source_type = 'invoice'),
      (select string_agg(concat_ws(' ', d.discount_id, d.amount), ', ') from invoice_discounts d
       where d.organization_id = i.organization_id and d.invoice_id = i.id),
      (select string_agg(concat_ws(' ', c.amount, c.balance_after), ', ' order by c.seq) from credit_entries c
       where c.organization_id = i.organization_id and c.source_id = i.id))) as content
  from invoices i
  join (
    select organization_id, invoice_id, min(subscription_id::text) as subscription_id, string_agg(concat_ws(' ', component, quantity,
      trim_scale(unit_amount), amount, discount_amount, tax_amount, period_start, period_end), ', ' order by position) as content
    from invoice_lines group by organization_id, invoice_id) l on l.organization_id = i.organization_id and l.invoice_id = i.id
  where i.created_at >= $1`;

/**
 * Whether a limit billed what the product billed, invoice by invoice and to the cent, since an instant: a limit that does less is
 * none. It may have billed fewer, as its time is bounded.
 */
export async function checkAgreement(
  product: BenchDatabase,
  limit: BenchDatabase,
  name: string,
  since: Date,
): Promise<{ check: string; wrong: string[] }> {
  const read = (database: BenchDatabase) => runSql<Billed & object>(database.superuserUrl, billedSince, [since]);
  const billed = new Map((await read(product)).map((one) => [one.key, one]));
  const theirs = await read(limit);
  const different = theirs.filter(({ key, content }) => billed.get(key)?.content !== content);
  const sumOf = (of: (one: Billed) => string) => theirs.reduce((sum, one) => sum + BigInt(of(one)), 0n);
  const organizations = new Set(theirs.map(({ organization }) => organization)).size;
  const sums = `total ${sumOf(({ total }) => total)}, tax ${sumOf(({ tax }) => tax)}, credit ${sumOf(({ credit }) => credit)} minor units`;
  const wrong = different.length > 0 ? [`${name}: ${different.length} invoices differ, as ${different[0]!.key}`] : [];
  if (theirs.length === 0) wrong.push(`${name}: billed nothing to compare`);
  return {
    check: `${name}: ${theirs.length} invoices of ${organizations} organizations (${sums}) as the product's but ${different.length}`,
    wrong,
  };
}
