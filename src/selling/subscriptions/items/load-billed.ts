import type { Work } from '../../../platform/work.ts';
import { leftOfPieces } from '../../../rules/change-proration.ts';
import type { Billable } from './billable.ts';
import type { BilledStretch } from './billable-item.ts';

type Billed = BilledStretch & { subscriptionId: string };

/**
 * What is billed now of these subscriptions' items from an instant on, with what may still be given back of it: the lines
 * less what lines of invoices that are not void, and credit notes, took back of them. One statement for any number.
 */
export async function loadBilled(
  work: Work,
  subscriptions: readonly Billable[],
  from: Date,
): Promise<Map<string, BilledStretch[]>> {
  const items = subscriptions.flatMap(({ organizationId, items }) => items.map(({ id }) => ({ organizationId, id })));
  // Of a line that ends later all pieces are needed: each has its share of what is left of the line.
  const rows = await work.rows<Billed>(
    `select l.subscription_id as "subscriptionId", b.subscription_item_id as "itemId", b.invoice_line_id as "lineId",
       b.period_start as start, b.period_end as end,
       l.taxes, (select i.bill_to_account_id from invoices i where i.organization_id = l.organization_id and i.id = l.invoice_id
         and not exists (select from invoice_holds h where h.organization_id = i.organization_id and h.invoice_id = i.id)) as "payerId", l.period_end as "lineEnd", coalesce(l.derivation->'steps'->-1->>'factor' = '0' or (l.derivation->'steps'->-1->>'unsettled')::boolean, false) as "isUnsettled", (l.amount + coalesce(r.amount, 0))::bigint as amount, (l.discount_amount + coalesce(r.discount, 0))::bigint as discount
     from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
     cross join lateral (
       select distinct f.invoice_line_id as id from billed_periods f
       where f.organization_id = k.organization_id and f.subscription_item_id = k.id and f.kind = 'recurring' and f.period_end > $3) f
     join invoice_lines l on l.organization_id = k.organization_id and l.id = f.id
     join billed_periods b on b.organization_id = l.organization_id and b.invoice_line_id = l.id
     left join lateral (
       select sum(t.amount) as amount, sum(t.discount) as discount from (
         select o.amount, o.discount_amount as discount from invoice_lines o
         join invoices v on v.organization_id = o.organization_id and v.id = o.invoice_id and v.status <> 'void'
         where o.organization_id = l.organization_id and o.reverses_line_id = l.id
         union all
         select -n.amount, -n.discount_amount from credit_note_lines n
         join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
         where n.organization_id = l.organization_id and n.invoice_line_id = l.id) t) r on true
     order by b.period_start, b.id`,
    [`{${items.map((item) => item.organizationId).join(',')}}`, `{${items.map((item) => item.id).join(',')}}`, from],
  );
  const found = new Map<string, BilledStretch[]>();
  for (const { subscriptionId, ...stretch } of inPieces(rows)) {
    if (stretch.end <= from) continue;
    found.set(subscriptionId, [...(found.get(subscriptionId) ?? []), stretch]);
  }
  return found;
}

/** The same stretches in the same order, each with its part of what is left of its line. */
function inPieces(rows: readonly Billed[]): Billed[] {
  const lines = new Map<string, Billed[]>();
  for (const row of rows) lines.set(row.lineId, [...(lines.get(row.lineId) ?? []), row]);
  const left = new Map(
    [...lines.values()].flatMap((pieces) => {
      const shares = leftOfPieces(pieces[0]!, pieces);
      return pieces.map((piece, index) => [piece, shares[index]!] as const);
    }),
  );
  return rows.map((row) => ({ ...row, ...left.get(row) }));
}
