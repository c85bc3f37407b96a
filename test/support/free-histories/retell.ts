import type { Ground } from './ground.ts';

const texts: Record<string, string> = {
  subscriptions: `select concat_ws(' ', external_id, status, current_period_start, current_period_end, 'next', next_billing_at, 'ends', ends_at, ended_at, 'trial', trial_start, trial_end, parked_reason) as told
    from subscriptions where organization_id = $1 order by external_id`,
  items: `select concat_ws(' ', s.external_id, right(i.id::text, 6), i.component, i.billing_mode, i.quantity, i.active_from, i.active_to) as told
    from subscription_items i join subscriptions s on s.organization_id = i.organization_id and s.id = i.subscription_id where i.organization_id = $1 order by s.external_id, i.active_from, i.position`,
  billed: `select concat_ws(' ', right(b.subscription_item_id::text, 6), b.component, b.period_start, b.period_end) as told from billed_periods b where b.organization_id = $1 order by b.subscription_item_id, b.period_start`,
  released: `select concat_ws(' ', right(b.subscription_item_id::text, 6), b.component, b.period_start, b.period_end) as told from released_periods b where b.organization_id = $1 order by b.subscription_item_id, b.period_start`,
  pauses: `select concat_ws(' ', s.external_id, p.paused_from, p.resumed_at, p.anchor) as told from subscription_pauses p join subscriptions s on s.organization_id = p.organization_id and s.id = p.subscription_id where p.organization_id = $1 order by p.paused_from`,
  pending: `select concat_ws(' ', s.external_id, c.kind, c.status, c.effective_at, c.terms) as told from scheduled_changes c join subscriptions s on s.organization_id = c.organization_id and s.id = c.subscription_id where c.organization_id = $1 order by c.created_at, c.id`,
  invoices: `select concat_ws(' ', right(i.id::text, 6), i.number, i.status, i.reason, i.created_at, 'total', i.total, 'credit', i.credits_applied, 'notes', i.credit_notes_applied, 'paid', i.amount_paid, 'off', i.written_off, 'carried', i.carried_to_credit, 'due', i.amount_due) as told
    from invoices i where i.organization_id = $1 order by i.created_at, i.recorded_at, i.id`,
  lines: `select concat_ws(' ', right(l.invoice_id::text, 6), right(l.id::text, 6), l.kind, right(l.subscription_item_id::text, 6), l.component, l.period_start, l.period_end, l.amount, '-', l.discount_amount, 'tax', l.tax_amount, 'back', right(l.reverses_line_id::text, 6)) as told
    from invoice_lines l join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id where l.organization_id = $1 order by i.created_at, i.recorded_at, l.invoice_id, l.position`,
  notes: `select concat_ws(' ', right(c.id::text, 6), c.status, right(c.invoice_id::text, 6), 'total', c.total, 'invoice', c.to_invoice, 'refund', c.to_refund, 'balance', c.to_balance, '|', right(l.invoice_line_id::text, 6), l.amount, l.discount_amount, l.tax_amount, l.period_start, l.period_end) as told
    from credit_notes c join credit_note_lines l on l.organization_id = c.organization_id and l.credit_note_id = c.id where c.organization_id = $1 order by c.created_at, c.id`,
  payments: `select concat_ws(' ', right(p.id::text, 6), p.status, p.amount, p.amount_refunded, p.failure_code, a.status, a.amount, right(a.invoice_id::text, 6)) as told
    from payments p left join payment_applications a on a.organization_id = p.organization_id and a.payment_id = p.id where p.organization_id = $1 order by p.created_at, p.id`,
  credit: `select concat_ws(' ', e.seq, e.source_type, e.amount, e.balance_after, right(e.grant_id::text, 6), e.at) as told from credit_entries e where e.organization_id = $1 order by e.account_id, e.seq`,
};

/** What the books of an organization say, in lines for those who look for what went wrong. */
export async function retell(ground: Ground): Promise<string> {
  const told = Object.entries(texts).map(async ([name, text]) => {
    const rows = await ground.rows<{ told: string }>(`retell-${name}`, text);
    return [`${name}:`, ...rows.map((row) => `  ${row.told}`)].join('\n');
  });
  return (await Promise.all(told)).join('\n');
}
