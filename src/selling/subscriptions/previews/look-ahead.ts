import type { Work } from '../../../platform/work.ts';

/** What lies ahead of an account, and of all that are invoiced together with it or billed to those who pay for these. */
export interface Ahead {
  /** When something is due of any of them. */
  earliest: Date | null;
  /** When something is due of what was asked for. */
  next: Date | null;
  /** Other accounts of which something is going to be due, and when. */
  others: { id: string; at: Date }[];
  /** Who pays for the account and those invoiced together with it. */
  payers: string[];
  /** Whether drafts billed to them become final by themselves. */
  hasDrafts: boolean;
}

interface Row {
  id: string;
  at: Date;
  asked_at: Date | null;
  payers: string[];
  has_drafts: boolean;
}

/** One statement. */
export async function lookAhead(work: Work, accountId: string, subscriptionId: string | null): Promise<Ahead> {
  const rows = await work.rows<Row>(
    `with together as (
       select a.id, coalesce(a.bill_to_account_id, a.id) as payer from accounts k
       join accounts a on a.organization_id = k.organization_id
         and (a.id = coalesce(k.invoice_account_id, k.id) or a.invoice_account_id = coalesce(k.invoice_account_id, k.id))
       where k.organization_id = $1 and k.id = $2),
     sharing as (
       select id from together union select payer from together
       union select a.id from (select distinct payer from together) t
         join accounts a on a.organization_id = $1 and a.bill_to_account_id = t.payer)
     select a.id, min(s.next_billing_at) as at,
       min(s.next_billing_at) filter (
         where (a.id = $2 or a.invoice_account_id = $2) and ($3::uuid is null or s.id = $3)) as asked_at,
       array(select distinct payer from together) as payers,
       exists (
         select from invoices i join invoice_graces g on g.organization_id = i.organization_id and g.invoice_id = i.id
         where i.organization_id = $1 and i.bill_to_account_id in (select payer from together) and i.status = 'draft') as has_drafts
     from sharing h
     join accounts a on a.organization_id = $1 and a.id = h.id
     join subscriptions s on s.organization_id = $1 and s.account_id = a.id
       and s.next_billing_at is not null and s.parked_at is null
     group by a.id order by a.id`,
    [work.organizationId, accountId, subscriptionId],
  );
  return {
    earliest: first(rows.map(({ at }) => at)),
    next: first(rows.flatMap(({ asked_at: at }) => at ?? [])),
    others: rows.flatMap(({ id, at }) => (id === accountId ? [] : { id, at })),
    payers: rows[0]?.payers ?? [],
    hasDrafts: rows[0]?.has_drafts ?? false,
  };
}

const first = (instants: readonly Date[]): Date | null =>
  instants.reduce<Date | null>((one, other) => (one && one <= other ? one : other), null);

/** A subscription that waits for its first payment. */
export interface Unpaid {
  id: string;
  currentPeriodEnd: Date;
}

/** Subscriptions that wait for their first payment. One statement. */
export function firstInvoices(work: Work, accountId: string, subscriptionId: string | null): Promise<Unpaid[]> {
  return work.rows<Unpaid>(
    `select s.id, s.current_period_end as "currentPeriodEnd" from subscriptions s
     where s.organization_id = $1 and s.account_id = $2 and s.status = 'incomplete' and s.lapses_at is not null
       and s.current_period_end is not null and ($3::uuid is null or s.id = $3)`,
    [work.organizationId, accountId, subscriptionId],
  );
}
