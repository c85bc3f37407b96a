import type { Work } from '../../../platform/work.ts';
import type { Billable } from './billable.ts';
import type { BilledStretch } from './billable-item.ts';

/**
 * What is billed now of these subscriptions' items from an instant on, with what may still be given back of those lines:
 * the lines less what lines of invoices that are not void, and credit notes, took back of them. One statement for any number.
 */
export async function loadBilled(
  work: Work,
  subscriptions: readonly Billable[],
  from: Date,
): Promise<Map<string, BilledStretch[]>> {
  const items = subscriptions.flatMap(({ organizationId, items }) => items.map(({ id }) => ({ organizationId, id })));
  const rows = await work.rows<BilledStretch & { subscriptionId: string }>(
    `select l.subscription_id as "subscriptionId", b.subscription_item_id as "itemId", b.invoice_line_id as "lineId",
       b.period_start as start, b.period_end as end,
       l.taxes, (l.amount + coalesce(r.amount, 0))::bigint as amount, (l.discount_amount + coalesce(r.discount, 0))::bigint as discount
     from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
     join billed_periods b on b.organization_id = k.organization_id and b.subscription_item_id = k.id
     join invoice_lines l on l.organization_id = b.organization_id and l.id = b.invoice_line_id
     left join lateral (
       select sum(t.amount) as amount, sum(t.discount) as discount from (
         select o.amount, o.discount_amount as discount from invoice_lines o
         join invoices v on v.organization_id = o.organization_id and v.id = o.invoice_id and v.status <> 'void'
         where o.organization_id = l.organization_id and o.reverses_line_id = l.id
         union all
         select -n.amount, -n.discount_amount from credit_note_lines n
         join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
         where n.organization_id = l.organization_id and n.invoice_line_id = l.id) t) r on true
     where b.kind = 'recurring' and b.period_end > $3
     order by b.period_start, b.id`,
    [`{${items.map((item) => item.organizationId).join(',')}}`, `{${items.map((item) => item.id).join(',')}}`, from],
  );
  const found = new Map<string, BilledStretch[]>();
  for (const { subscriptionId, ...stretch } of rows) {
    found.set(subscriptionId, [...(found.get(subscriptionId) ?? []), stretch]);
  }
  return found;
}
