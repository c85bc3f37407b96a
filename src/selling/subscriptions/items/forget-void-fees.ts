import type { Work } from '../../../platform/work.ts';
import type { Billable } from './billable.ts';
import type { BillableItem } from './billable-item.ts';

interface Fee {
  planId: string;
  component: string;
}

/**
 * Items that are taken up again, without the mark of what is billed once where every invoice that billed it is void, or its line
 * was credited as a whole: nobody owes that any more, and it is due again. One statement where anything is marked, else none.
 */
export async function forgetVoidFees(
  work: Work,
  { organizationId, id }: Pick<Billable, 'organizationId' | 'id'>,
  items: readonly BillableItem[],
): Promise<BillableItem[]> {
  if (!items.some((item) => item.billedOnceAt)) return [...items];
  // An item is a version: its fee may stand on a line of an earlier one.
  const owed = await work.rows<Fee>(
    `select distinct i.plan_id as "planId", i.component from invoice_lines l
     join invoices v on v.organization_id = l.organization_id and v.id = l.invoice_id and v.status <> 'void'
     join subscription_items i on i.organization_id = l.organization_id and i.id = l.subscription_item_id
     where l.organization_id = $1 and l.subscription_id = $2 and l.kind = 'setup_fee'
       and (l.amount = 0 or l.amount > coalesce((select sum(n.amount) from credit_note_lines n
         join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
         where n.organization_id = l.organization_id and n.invoice_line_id = l.id), 0))`,
    [organizationId, id],
  );
  const isOwed = (item: Fee) => owed.some((fee) => fee.planId === item.planId && fee.component === item.component);
  return items.map((item) => (isOwed(item) ? item : { ...item, billedOnceAt: null }));
}
