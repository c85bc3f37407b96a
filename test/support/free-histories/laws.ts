import { Disagreement, type Ground } from './ground.ts';

/** What holds after every step beside the rules of the books; each finds rows that break it. */
const laws: Record<string, string> = {
  'nobody is parked': `select external_id as what, parked_reason as why from subscriptions where organization_id = $1 and parked_at is not null`,
  'no line gives back more than it asked for': `
    select l.id as what, concat_ws(' ', l.amount, r.amount, n.amount, '/', l.discount_amount, r.discount, n.discount, '/', l.tax_amount, n.tax) as why
    from invoice_lines l
    join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id and i.status <> 'void'
    left join lateral (select coalesce(-sum(x.amount), 0) as amount, coalesce(-sum(x.discount_amount), 0) as discount from invoice_lines x
      join invoices j on j.organization_id = x.organization_id and j.id = x.invoice_id and j.status <> 'void'
      where x.organization_id = l.organization_id and x.reverses_line_id = l.id) r on true
    left join lateral (select coalesce(sum(x.amount), 0) as amount, coalesce(sum(x.discount_amount), 0) as discount, coalesce(sum(x.tax_amount), 0) as tax
      from credit_note_lines x
      join credit_notes c on c.organization_id = x.organization_id and c.id = x.credit_note_id and c.status <> 'void'
      where x.organization_id = l.organization_id and x.invoice_line_id = l.id) n on true
    where l.organization_id = $1 and l.amount > 0 and l.reverses_line_id is null
      and (r.amount + n.amount > l.amount or r.discount + n.discount > l.discount_amount or n.tax > l.tax_amount
        or r.amount + n.amount - r.discount - n.discount > l.amount - l.discount_amount)`,
  'money that is asked for is collected, retried or given up': `
    select i.id as what, concat_ws(' ', i.number, i.amount_due, i.due_at) as why from invoices i
    where i.organization_id = $1 and i.status = 'open' and i.collection = 'automatic' and i.amount_due > 0
      and not exists (select from payment_applications a where a.organization_id = i.organization_id and a.invoice_id = i.id and a.status = 'pending')
      and not exists (select from dunning_runs d where d.organization_id = i.organization_id and d.invoice_id = i.id and d.status not in ('recovered'))
      and i.due_at <= (select now_at from test_clocks where organization_id = $1)`,
  'an account is as its dunning says': `
    select a.id as what, a.dunning_status as why from accounts a where a.organization_id = $1 and a.dunning_status <> 'active'
      and not exists (select from dunning_runs d where d.organization_id = a.organization_id and d.account_id = a.id and d.status in ('retrying', 'awaiting_method', 'exhausted'))`,
  'a paused one stands still, a running one has a next instant': `
    select external_id as what, status as why from subscriptions where organization_id = $1
      and ((status in ('active', 'past_due', 'trialing') and next_billing_at is null)
        or (status = 'canceled' and (next_billing_at is not null or ended_at is null)))`,
  'pending changes belong to those that go on': `
    select c.id as what, s.status as why from scheduled_changes c join subscriptions s on s.organization_id = c.organization_id and s.id = c.subscription_id
    where c.organization_id = $1 and c.status = 'pending' and (s.status = 'canceled'
      -- What falls into a pause waits for its end, but for what ends that.
      or (c.effective_at < (select now_at from test_clocks where organization_id = $1) and (s.status <> 'paused' or c.kind in ('resume', 'cancel'))))`,
  'automatic top-ups do not overtake each other': `
    select account_id as what, count(*) as why from credit_top_ups where organization_id = $1 and automatic and status = 'pending' group by 1 having count(*) > 1`,
};

/** Disagreement if a law is broken, or a job has complained. */
export async function checkLaws(ground: Ground): Promise<void> {
  const broken: string[] = [];
  for (const [law, text] of Object.entries(laws)) {
    const rows = await ground.rows<{ what: string; why: string }>(`law-${law.slice(0, 40)}`, text);
    if (rows.length > 0) broken.push(`${law}: ${rows.map(({ what, why }) => `${what} (${why})`).join(', ')}`);
  }
  const books = await ground.inspector.brokenRules(ground.organization.id);
  const found = [...broken, ...books, ...ground.complaints.splice(0).map((text) => `a job complains: ${text}`)];
  if (found.length > 0) throw new Disagreement(`what must hold does not:\n  ${found.join('\n  ')}`);
}
