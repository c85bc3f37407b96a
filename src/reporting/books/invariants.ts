/** One rule of the books: a query over the views of schema `conformance` that must return no row. */
export interface Invariant {
  id: string;
  /** Holds at any instant, in one snapshot under load; or only when the system is quiet. */
  holds: 'at any instant' | 'when quiet';
  title: string;
  sql: string;
}

/** The rules, in their order: those of the contract, then our own (P). Their SQL names views of `conformance` and `books` by name alone. */
export const invariants: readonly Invariant[] = [
  {
    id: 'I01',
    holds: 'at any instant',
    title: 'ledger balances per transaction and currency',
    sql: `
      select txn_id,currency,sum(amount) from ledger_entries group by 1,2 having sum(amount)<>0
`,
  },
  {
    id: 'I02',
    holds: 'at any instant',
    title: 'ledger balances per org and currency (nothing created or destroyed)',
    sql: `
      select org_id,currency,sum(amount) from ledger_entries group by 1,2 having sum(amount)<>0
`,
  },
  {
    id: 'I03',
    holds: 'at any instant',
    title: 'a ledger transaction stays inside one org',
    sql: `
      select txn_id from ledger_entries group by 1 having count(distinct org_id)>1
`,
  },
  {
    id: 'I04',
    holds: 'at any instant',
    title: 'one ledger transaction per source document and effect',
    sql: `
      select org_id,source_type,source_id,effect from ledger_entries group by 1,2,3,4 having count(distinct txn_id)>1
`,
  },
  {
    id: 'I05',
    holds: 'at any instant',
    title: "subtotal = sum of lines; a discount has its line's sign and is not larger than it",
    sql: `
      select i.id from invoices i left join invoice_lines l on l.invoice_id=i.id group by i.id,i.subtotal having i.subtotal<>coalesce(sum(l.amount),0) union all
      select id from invoice_lines where sign(discount_amount) not in(0,sign(amount)) or abs(discount_amount)>abs(amount)
`,
  },
  {
    id: 'I06',
    holds: 'at any instant',
    title:
      'tax and discount totals = sums over lines; tax total and included tax = sums over rates; each rate rounded once, half away from zero',
    sql: `
      select i.id from invoices i left join invoice_lines l on l.invoice_id=i.id group by i.id,i.tax_total,i.discount_total having i.tax_total<>coalesce(sum(l.tax_amount),0) or i.discount_total<>coalesce(sum(l.discount_amount),0) union all
      select i.id from invoices i left join invoice_taxes t on t.invoice_id=i.id where i.origin='native' group by i.id,i.tax_total,i.tax_included having i.tax_total<>coalesce(sum(t.amount),0) or i.tax_included<>coalesce(sum(t.amount) filter(where t.inclusive),0) union all
      select t.id from invoice_taxes t join invoices i on i.id=t.invoice_id and i.origin='native' where not t.inclusive and t.amount<>round(t.taxable*t.rate_percent/100)
`,
  },
  {
    id: 'I07',
    holds: 'at any instant',
    title: 'total and amount due add up; none negative; what is carried to credit leaves a total of zero',
    sql: `
      select id from invoices where total<>subtotal-discount_total+tax_total-tax_included+carried_to_credit or total<0 or (carried_to_credit<>0 and (carried_to_credit<0 or total<>0)) or credits_applied<0 or credit_notes_applied<0 or amount_paid<0 or written_off<0 or amount_due<0
      or amount_due<>case when status='void' then 0 else total-credits_applied-credit_notes_applied-amount_paid-written_off end
`,
  },
  {
    id: 'I08',
    holds: 'at any instant',
    title:
      'amount_paid = applied payments (refunds and disputes do not reduce it; a reversed payment does); a payment is never applied beyond itself, and only when it succeeded',
    sql: `
      select i.id from invoices i left join payment_applications a on a.invoice_id=i.id and a.status='applied' where i.origin='native' group by i.id,i.amount_paid having i.amount_paid<>coalesce(sum(a.amount),0) union all
      select p.id from payments p join payment_applications a on a.payment_id=p.id group by p.id,p.status,p.amount having coalesce(sum(a.amount) filter(where a.status='applied'),0)>case when p.status='succeeded' then p.amount else 0 end or (coalesce(sum(a.amount) filter(where a.status='pending'),0)>case when p.status in('pending','unknown','requires_action','requires_capture') then p.amount else 0 end) union all
      select p.id from payments p join credit_entries c on c.org_id=p.org_id and c.source_type='overpayment' and c.source_id=p.id group by p.id,p.amount having sum(c.amount)+(select coalesce(sum(a.amount),0) from payment_applications a where a.payment_id=p.id and a.status='applied')>p.amount
`,
  },
  {
    id: 'I09',
    holds: 'at any instant',
    title: 'money in flight or applied never above what the invoice asks for',
    sql: `
      select i.id from invoices i join payment_applications a on a.invoice_id=i.id and a.status in('pending','applied') where i.status<>'void' group by i.id,i.total,i.credits_applied,i.credit_notes_applied,i.written_off having sum(a.amount)>i.total-i.credits_applied-i.credit_notes_applied-i.written_off union all
      select i.id from invoices i join payment_applications a on a.invoice_id=i.id and a.status='pending' where i.status in('void','draft')
`,
  },
  {
    id: 'I10',
    holds: 'at any instant',
    title:
      'at most one payment in flight per invoice (per installment where there is a plan); at most one attempt in flight and one success per payment',
    sql: `
      select invoice_id from payment_applications where status='pending' group by invoice_id,installment_id having count(distinct payment_id)>1 union all
      select payment_id from payment_attempts group by 1 having count(*) filter(where status in('pending','unknown','requires_action','requires_capture'))>1 or count(*) filter(where status='succeeded')>1 or count(*) filter(where status='succeeded')>0 and count(*) filter(where status in('pending','unknown','requires_action','requires_capture'))>0
`,
  },
  {
    id: 'I11',
    holds: 'at any instant',
    title:
      'one provider object belongs to one payment, one provider refund to one refund (manual references are free text)',
    sql: `
      select provider_ref from payment_attempts where provider_ref is not null and provider<>'manual' group by org_id,provider,provider_ref having count(distinct payment_id)>1 union all
      select provider_ref from refunds where provider_ref is not null and provider<>'manual' group by org_id,provider,provider_ref having count(*)>1
`,
  },
  {
    id: 'I12',
    holds: 'at any instant',
    title: 'one idempotency key per attempt, attempts numbered 1..n',
    sql: `
      select idempotency_key from payment_attempts group by org_id,idempotency_key having count(*)>1 union all
      select payment_id from payment_attempts group by payment_id having count(*)<>max(attempt_no) or min(attempt_no)<>1 or count(distinct attempt_no)<>count(*)
`,
  },
  {
    id: 'I13',
    holds: 'at any instant',
    title: 'refunds and withheld disputes <= payment, and only where money came in',
    sql: `
      select p.id from payments p left join (select payment_id,sum(amount) a from refunds where status not in('requested','rejected','failed','canceled') group by 1) r on r.payment_id=p.id left join (select payment_id,sum(funds_withdrawn) a from disputes group by 1) d on d.payment_id=p.id
      where coalesce(r.a,0)+coalesce(d.a,0)>case when p.status='succeeded' then p.amount else 0 end
`,
  },
  {
    id: 'I14',
    holds: 'at any instant',
    title:
      'credit notes <= invoice; the split adds up; to_invoice = credit_notes_applied; to_refund <= paid; lines add up to the note',
    sql: `
      select i.id from invoices i join credit_notes c on c.invoice_id=i.id and c.status<>'void' group by i.id,i.total,i.amount_paid having sum(c.total)>i.total or sum(c.to_refund)>i.amount_paid union all
      select id from credit_notes where total<>to_balance+to_refund+to_invoice or total<=0 or least(to_balance,to_refund,to_invoice)<0 union all
      select i.id from invoices i left join credit_notes c on c.invoice_id=i.id and c.status<>'void' group by i.id,i.credit_notes_applied having i.credit_notes_applied<>coalesce(sum(c.to_invoice),0) union all
      select c.id from credit_notes c left join credit_note_lines l on l.credit_note_id=c.id group by c.id,c.total having c.total<>coalesce(sum(l.amount),0)
`,
  },
  {
    id: 'I15',
    holds: 'at any instant',
    title: 'credit balance never negative at any point in its history',
    sql: `
      select org_id,account_id,seq from (select org_id,account_id,currency,seq,sum(amount) over(partition by org_id,account_id,currency order by seq rows unbounded preceding) b from credit_entries) x where b<0 union all
      select org_id,account_id,seq from credit_entries group by org_id,account_id,currency,seq having count(*)>1
`,
  },
  {
    id: 'I16',
    holds: 'at any instant',
    title: 'a credit source is granted once, expires once',
    sql: `
      select source_id from credit_entries where source_type<>'invoice_application' group by org_id,source_type,source_id,sign(amount) having count(*)>1
`,
  },
  {
    id: 'I17',
    holds: 'at any instant',
    title:
      'credits_applied = net spent entries for that invoice (several grants, or given back and spent again, may take part); nothing spent on drafts, all given back on void',
    sql: `
      select i.id from invoices i left join credit_entries c on c.org_id=i.org_id and c.source_type='invoice_application' and c.source_id=i.id group by i.id,i.status,i.credits_applied having -coalesce(sum(c.amount),0)<>case when i.status in('void','draft') then 0 else i.credits_applied end union all
      select i.id from invoices i left join credit_entries c on c.org_id=i.org_id and c.source_type='carried_over' and c.source_id=i.id group by i.id,i.status,i.carried_to_credit having coalesce(sum(c.amount),0)<>case when i.status in('void','draft') then 0 else i.carried_to_credit end
`,
  },
  {
    id: 'I18',
    holds: 'at any instant',
    title:
      'nothing billed twice: per item and component, charges less reversals and freed periods cover an instant at most once and never less than zero times',
    sql: `
      with e as (select l.subscription_item_id k,l.component c,l.period_start s,l.period_end t,case when l.reverses_line_id is null then 1 else -1 end n from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind in('recurring','usage') and l.subscription_item_id is not null
      union all select l.subscription_item_id,l.component,n.period_start,n.period_end,-1 from credit_note_lines n join credit_notes c on c.id=n.credit_note_id and c.status<>'void' join invoice_lines l on l.id=n.invoice_line_id join invoices i on i.id=l.invoice_id and i.status<>'void' where n.period_start is not null and l.kind in('recurring','usage')),
      b as (select k,c,s at,sum(n) d from (select k,c,s,n from e union all select k,c,t,-n from e) x group by 1,2,3)
      select k,at from (select k,c,at,sum(d) over(partition by k,c order by at rows unbounded preceding) cover from b) y where cover not in(0,1) union all
      select subscription_item_id,period_start from invoice_lines where kind in('recurring','usage') and (period_start is null or period_end is null or period_end<=period_start)
`,
  },
  {
    id: 'I18b',
    holds: 'at any instant',
    title: 'billed_periods are disjoint and are exactly what the lines cover',
    sql: `
      select a.subscription_item_id from (select subscription_item_id,component,period_start,max(period_end) over(partition by subscription_item_id,component order by period_start,period_end,id rows between unbounded preceding and 1 preceding) before from billed_periods) a where a.before>a.period_start union all
      select coalesce(b.k,l.k) from (select subscription_item_id k,component c,sum(extract(epoch from period_end)-extract(epoch from period_start)) s from billed_periods group by 1,2) b full join
      (select k,c,sum(s) s from (select l.subscription_item_id k,l.component c,(case when l.reverses_line_id is null then 1 else -1 end)*(extract(epoch from l.period_end)-extract(epoch from l.period_start)) s from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind in('recurring','usage') and l.subscription_item_id is not null
      union all select l.subscription_item_id,l.component,-(extract(epoch from n.period_end)-extract(epoch from n.period_start)) from credit_note_lines n join credit_notes c on c.id=n.credit_note_id and c.status<>'void' join invoice_lines l on l.id=n.invoice_line_id join invoices i on i.id=l.invoice_id and i.status<>'void' where n.period_start is not null and l.kind in('recurring','usage')) x group by 1,2) l on l.k=b.k and l.c=b.c where coalesce(b.s,0)<>coalesce(l.s,0)
`,
  },
  {
    id: 'I19',
    holds: 'when quiet',
    title:
      'no gap: from its start (after the trial, without pauses and what a void of the item gave up) to the last due boundary every recurring item is billed',
    sql: `
      select si.id from subscription_items si join subscriptions s on s.id=si.subscription_id
      cross join lateral (select case si.billing_mode when 'advance' then s.current_period_end else s.current_period_start end b) d
      cross join lateral (select least(coalesce(si.active_to,'infinity'),coalesce(s.ended_at,'infinity'),d.b) u) u
      left join (select p.subscription_id k,range_agg(tstzrange(p.paused_from,p.resumed_at)) r from subscription_pauses p where not exists(select 1 from invoice_lines l join invoices i on i.id=l.invoice_id and i.status='void' join subscription_items x on x.id=l.subscription_item_id where x.subscription_id=p.subscription_id and l.period_start=p.paused_from and l.period_end=p.resumed_at) group by 1) p on p.k=s.id
      left join (select l.subscription_item_id k,range_agg(tstzrange(l.period_start,l.period_end)) r from invoice_lines l join invoices i on i.id=l.invoice_id and i.status='void' where l.kind='recurring' and l.reverses_line_id is null and l.subscription_item_id is not null and l.period_start<l.period_end group by 1) v on v.k=si.id
      left join (select subscription_item_id k,range_agg(tstzrange(period_start,period_end)) r from billed_periods where kind='recurring' group by 1) b on b.k=si.id
      left join (select l.subscription_item_id k,range_agg(tstzrange(n.period_start,n.period_end)) r from credit_note_lines n join credit_notes c on c.id=n.credit_note_id and c.status<>'void' join invoice_lines l on l.id=n.invoice_line_id where n.period_start is not null group by 1) n on n.k=si.id
      where si.billing_mode in('advance','arrears') and s.parked_reason is null and s.status in('active','past_due','canceled','paused') and d.b is not null and si.active_from<u.u
      and not isempty(tstzmultirange(tstzrange(si.active_from,u.u))
      - coalesce(case when s.trial_end>s.trial_start then tstzmultirange(tstzrange(s.trial_start,s.trial_end)) end,'{}'::tstzmultirange)
      - coalesce(p.r,'{}'::tstzmultirange)
      - coalesce(v.r,'{}'::tstzmultirange)
      - coalesce(b.r,'{}'::tstzmultirange)
      - coalesce(n.r,'{}'::tstzmultirange))
`,
  },
  {
    id: 'I19b',
    holds: 'when quiet',
    title: 'nothing due is left: every running subscription stands in the period that holds its clock',
    sql: `
      select id from subscriptions where status in('active','past_due','trialing') and parked_reason is null and current_period_end<=clock_now-case when on_test_clock then interval '0' else interval '5 minutes' end
`,
  },
  {
    id: 'I20',
    holds: 'at any instant',
    title: 'no recurring charge begins before its item, after its end, or in a trial',
    sql: `
      select l.id from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' join subscription_items si on si.id=l.subscription_item_id join subscriptions s on s.id=si.subscription_id where l.kind='recurring' and l.amount>0 and l.reverses_line_id is null
      and (l.period_start<si.active_from or l.period_start>=si.active_to or (l.period_start>=s.trial_start and l.period_start<s.trial_end))
`,
  },
  {
    id: 'I21',
    holds: 'at any instant',
    title:
      "the current period is not empty, and its end is anchor + k intervals on the local wall clock, computed from the anchor (all units; clamped; or the trial's or the subscription's own end)",
    sql: `
      select id from (select s.*,s.anchor_at at time zone s.timezone al,s.current_period_end at time zone s.timezone el,s.interval_count*case s.interval_unit when 'month' then 1 when 'quarter' then 3 when 'half_year' then 6 when 'year' then 12 end m,s.interval_count*case s.interval_unit when 'day' then 1 when 'week' then 7 end dd from subscriptions s where s.current_period_end is not null and s.status in('active','past_due','trialing')) s
      cross join lateral (select case when m is not null then round(((extract(year from el)-extract(year from al))*12+extract(month from el)-extract(month from al)))::int else (el::date-al::date) end n) n
      cross join lateral (select case when m is not null then al+make_interval(months=>n.n) else al+make_interval(days=>n.n) end want) w
      where current_period_end<=current_period_start or (n.n%coalesce(m,dd)<>0 or (w.want<>el and w.want at time zone timezone<>current_period_end)) and current_period_end is distinct from trial_end and current_period_end is distinct from ends_at and current_period_end is distinct from ended_at
`,
  },
  {
    id: 'I22',
    holds: 'at any instant',
    title: 'numbers unique per org, and gap-free per series once finalized (invoices and credit notes)',
    sql: `
      select org_id,number from invoices where number is not null and origin='native' group by 1,2 having count(*)>1 union all
      select org_id,number_series from invoices where origin='native' and number_seq is not null group by 1,2 having max(number_seq)-min(number_seq)+1<>count(*) or count(distinct number_seq)<>count(*) union all
      select org_id,id from invoices where origin='native' and (number is null)<>(number_seq is null) union all
      select org_id,number from credit_notes where number is not null group by 1,2 having count(*)>1 union all
      select org_id,number_series from credit_notes where number_seq is not null group by 1,2 having max(number_seq)-min(number_seq)+1<>count(*) or count(distinct number_seq)<>count(*)
`,
  },
  {
    id: 'I23',
    holds: 'at any instant',
    title: 'finalized invoices are immutable',
    sql: `
      select id from invoices where finalized_at is not null and (content_hash is null or content_hash is distinct from content_hash_now)
`,
  },
  {
    id: 'I24',
    holds: 'at any instant',
    title: 'status agrees with money',
    sql: `
      select id from invoices where status not in('draft','open','paid','void','uncollectible') or (status in('paid','uncollectible') and amount_due<>0) or (status in('open','paid','void','uncollectible') and (number is null or finalized_at is null))
      or (status='draft' and (number is not null or finalized_at is not null or amount_paid<>0 or credits_applied<>0)) or (status='open' and amount_due=0) or (status='paid')<>(paid_at is not null) or (status='void')<>(voided_at is not null) or (status='uncollectible' and written_off=0) or (status='void' and amount_paid<>0)
`,
  },
  {
    id: 'I25',
    holds: 'at any instant',
    title: 'one currency per invoice and all that hangs on it',
    sql: `
      select l.id from invoice_lines l join invoices i on i.id=l.invoice_id where l.currency<>i.currency union all select a.id from payment_applications a join invoices i on i.id=a.invoice_id join payments p on p.id=a.payment_id where p.currency<>i.currency union all select r.id from refunds r join payments p on p.id=r.payment_id where r.currency<>p.currency union all select c.id from credit_notes c join invoices i on i.id=c.invoice_id where c.currency<>i.currency
`,
  },
  {
    id: 'I26',
    holds: 'at any instant',
    title: 'tenant closure: every reference stays inside its org, and points at something',
    sql: `
      select l.id from invoice_lines l left join invoices i on i.id=l.invoice_id where l.org_id is distinct from i.org_id union all select a.id from payment_applications a left join invoices i on i.id=a.invoice_id left join payments p on p.id=a.payment_id where a.org_id is distinct from i.org_id or a.org_id is distinct from p.org_id union all select t.id from payment_attempts t left join payments p on p.id=t.payment_id where t.org_id is distinct from p.org_id union all select r.id from refunds r left join payments p on p.id=r.payment_id where r.org_id is distinct from p.org_id union all select c.id from credit_notes c left join invoices i on i.id=c.invoice_id where c.org_id is distinct from i.org_id
      union all select u.id from usage_events u left join subscription_items s on s.id=u.subscription_item_id where u.org_id is distinct from s.org_id union all select u.id from usage_events u join invoice_lines l on l.id=u.billed_line_id where u.org_id<>l.org_id union all select l.id from invoice_lines l join subscription_items s on s.id=l.subscription_item_id where l.org_id<>s.org_id union all select si.id from subscription_items si left join subscriptions s on s.id=si.subscription_id where si.org_id is distinct from s.org_id
`,
  },
  {
    id: 'I27',
    holds: 'at any instant',
    title: 'usage event accepted once per org and key',
    sql: `
      select org_id,event_key from usage_events group by 1,2 having count(*)>1
`,
  },
  {
    id: 'I28',
    holds: 'at any instant',
    title:
      "billed usage quantity of sum and count meters = its events, per item, component and period, adjustments included (other aggregations are re-rated by the product's own check)",
    sql: `
      select x.k from (select subscription_item_id k,component c,period_start s,period_end t,aggregation g,sum(quantity) q,array_agg(l.id) ids from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind in('usage','usage_adjustment') and aggregation in('sum','count') group by 1,2,3,4,5) x
      where x.q<>(select case x.g when 'sum' then coalesce(sum(u.quantity),0) else count(*) end from usage_events u where u.billed_line_id=any(x.ids))
`,
  },
  {
    id: 'I29',
    holds: 'when quiet',
    title:
      "no usage left behind: an event of a billed period that was recorded before the item's latest rating is on a line (later ones wait for the next)",
    sql: `
      select u.id from usage_events u where u.billed_line_id is null and u.voided_at is null and exists(select 1 from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind='usage' and l.reverses_line_id is null and l.subscription_item_id=u.subscription_item_id and l.component=u.component and u.occurred_at>=l.period_start and u.occurred_at<l.period_end)
      and exists(select 1 from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind in('usage','usage_adjustment') and l.subscription_item_id=u.subscription_item_id and l.component=u.component and l.rated_at>u.recorded_at+interval '5 minutes')
`,
  },
  {
    id: 'I30',
    holds: 'at any instant',
    title: 'each provider event recorded once, applied at most once',
    sql: `
      select provider_event_id from provider_events group by org_id,provider,provider_event_id having count(*)>1 union all select provider_event_id from provider_events where effects>1 or (effects>0 and applied_at is null)
`,
  },
  {
    id: 'I31',
    holds: 'when quiet',
    title: 'every accepted provider event applied, ignored or parked with a reason',
    sql: `
      select id from provider_events where applied_at is null and ignored_at is null and dead_at is null
`,
  },
  {
    id: 'I32',
    holds: 'when quiet',
    title: 'outbox drained',
    sql: `
      select id::text from outbox where published_at is null and dead_at is null and recorded_at<now()-interval '60 seconds'
`,
  },
  {
    id: 'I33',
    holds: 'at any instant',
    title: 'per aggregate, outbox published in order; the published sequence is unique per org',
    sql: `
      select id::text from (select id,published_seq,max(published_seq) over w later_lower,count(*) filter(where published_seq is null and dead_at is null) over w waiting from outbox window w as(partition by org_id,aggregate_id order by id rows between unbounded preceding and 1 preceding)) x where published_seq is not null and (later_lower>published_seq or waiting>0) union all
      select min(id)::text from outbox where published_seq is not null group by org_id,published_seq having count(*)>1
`,
  },
  {
    id: 'I34',
    holds: 'when quiet',
    title: 'no idempotency key stuck in progress',
    sql: `
      select key from idempotency_keys where state='started' and recorded_at<now()-interval '15 minutes'
`,
  },
  {
    id: 'I35',
    holds: 'at any instant',
    title:
      'audit chain whole: gap-free seq, linked hashes, recomputed hash equal (time included; payload may be erased, its hash not)',
    sql: `
      select org_id,seq from (select *,lag(hash,1,'genesis') over w ph,lag(seq,1,0::bigint) over w ps from audit_log window w as(partition by org_id order by seq)) x where prev_hash<>ph or seq<>ps+1 or (payload is not null and payload_hash<>encode(sha256(convert_to(payload,'utf8')),'hex'))
      or hash<>encode(sha256(convert_to(jsonb_build_array(prev_hash,org_id,seq,round(extract(epoch from at)*1000000)::bigint,actor,action,target,payload_hash)::text,'utf8')),'hex')
`,
  },
  {
    id: 'I36',
    holds: 'at any instant',
    title: 'dunning attempts are numbered 1..n per debt, never after it was settled, voided or written off',
    sql: `
      select invoice_id from dunning_attempts group by invoice_id,installment_id having count(*)<>max(attempt_no) or min(attempt_no)<>1 or count(distinct attempt_no)<>count(*) union all
      select d.invoice_id from dunning_attempts d join invoices i on i.id=d.invoice_id where d.at>least(i.paid_at,i.voided_at)
`,
  },
  {
    id: 'I37',
    holds: 'when quiet',
    title: 'no unknown attempt older than a day, none pending beyond the slowest method',
    sql: `
      select id from payment_attempts where (status='unknown' and recorded_at<now()-interval '1 day') or (status='pending' and recorded_at<now()-interval '30 days')
`,
  },
  {
    id: 'I38',
    holds: 'at any instant',
    title: 'receivable in the ledger = amount due of issued invoices (void and uncollectible owe nothing)',
    sql: `
      select org_id,currency from (select org_id,currency,sum(amount_due) d,0::numeric l from invoices where status<>'draft' and origin<>'mirrored' group by 1,2 union all select org_id,currency,0,sum(amount) from ledger_entries where account='receivable' group by 1,2) x group by 1,2 having sum(d)<>sum(l)
`,
  },
  {
    id: 'I39',
    holds: 'at any instant',
    title:
      'cash in the ledger = succeeded payments - succeeded refunds - what disputes hold back (gross of provider fees)',
    sql: `
      select org_id,currency from (select org_id,currency,sum(amount) d,0::numeric l from payments where status='succeeded' group by 1,2 union all select org_id,currency,-sum(amount),0 from refunds where status='succeeded' group by 1,2 union all select org_id,currency,-sum(funds_withdrawn),0 from disputes group by 1,2 union all select org_id,currency,0,sum(amount) from ledger_entries where account='cash' group by 1,2) x group by 1,2 having sum(d)<>sum(l)
`,
  },
  {
    id: 'I40',
    holds: 'at any instant',
    title: 'an ended subscription is never billed for a period after its end',
    sql: `
      select l.id from invoice_lines l join subscription_items si on si.id=l.subscription_item_id join subscriptions s on s.id=si.subscription_id join invoices i on i.id=l.invoice_id and i.status<>'void' where l.kind='recurring' and l.reverses_line_id is null and l.amount>0 and l.period_start>=s.ended_at
`,
  },
  {
    id: 'I41',
    holds: 'at any instant',
    title: 'installments add up to their plan',
    sql: `
      select p.id from installment_plans p left join installments i on i.plan_id=p.id and i.status<>'canceled' where p.status not in('canceled','preview') group by p.id,p.total having p.total<>coalesce(sum(i.amount),0)
`,
  },
  {
    id: 'I42',
    holds: 'at any instant',
    title: 'nothing oversold',
    sql: `
      select resource_id from capacity where taken+held>capacity or taken<0 or held<0
`,
  },
  {
    id: 'I43',
    holds: 'at any instant',
    title: 'no refund carried out that was approved by nobody or by the one who asked for it',
    sql: `
      select id from refunds where approval_required and status not in('requested','rejected','canceled') and (approved_by is null or approved_by=requested_by)
`,
  },
  {
    id: 'I44',
    holds: 'when quiet',
    title: 'MRR on a day = movements up to the end of that day in the reporting zone',
    sql: `
      select s.org_id,s.currency,s.on_date from mrr_snapshots s left join mrr_movements m on m.org_id=s.org_id and m.currency=s.currency and m.at<(s.on_date+1)::timestamp at time zone s.timezone group by s.org_id,s.currency,s.on_date,s.mrr having s.mrr<>coalesce(sum(m.amount),0)
`,
  },
  {
    id: 'I45',
    holds: 'at any instant',
    title: 'a movement has its cause',
    sql: `
      select id from mrr_movements where fact_id is null or amount=0
`,
  },
  {
    id: 'I46',
    holds: 'at any instant',
    title: 'an installment is paid once: applied money = its amount when paid, never more',
    sql: `
      select n.id from installments n left join payment_applications a on a.installment_id=n.id and a.status='applied' group by n.id,n.amount,n.status having coalesce(sum(a.amount),0)>n.amount or (n.status='paid')<>(coalesce(sum(a.amount),0)=n.amount)
`,
  },
  {
    id: 'I47',
    holds: 'at any instant',
    title: 'credits owed in the ledger = credit balances',
    sql: `
      select org_id,currency from (select org_id,currency,sum(amount) d,0::numeric l from credit_entries group by 1,2 union all select org_id,currency,0,-sum(amount) from ledger_entries where account='credits' group by 1,2) x group by 1,2 having sum(d)<>sum(l)
`,
  },
  {
    id: 'I48',
    holds: 'at any instant',
    title:
      'a line is never credited beyond itself (reversing lines and credit notes together, net of discount, with exclusive tax)',
    sql: `
      select l.id from invoice_lines l join invoices i on i.id=l.invoice_id and i.status<>'void' left join (select r.reverses_line_id k,-sum(r.amount-r.discount_amount) a from invoice_lines r join invoices j on j.id=r.invoice_id and j.status<>'void' where r.reverses_line_id is not null group by 1) r on r.k=l.id
      left join (select n.invoice_line_id k,sum(n.amount) a from credit_note_lines n join credit_notes c on c.id=n.credit_note_id and c.status<>'void' group by 1) n on n.k=l.id where l.reverses_line_id is null and (coalesce(r.a,0)>abs(l.amount-l.discount_amount) or coalesce(r.a,0)+coalesce(n.a,0)>abs(l.amount-l.discount_amount)+abs(l.tax_amount))
`,
  },
  {
    id: 'P01',
    holds: 'at any instant',
    title: 'credit is frozen only while what it gives back is a draft, or what it was bought by is not paid',
    sql: `
      with recursive behind as (select id,invoice_id from frozen_credits where source_type='carried_over' union select b.id,l.invoice_id from behind b join invoice_lines r on r.invoice_id=b.invoice_id join invoice_lines l on l.id=r.reverses_line_id)
      select f.id from frozen_credits f where f.source_type='carried_over' and f.id not in(select b.id from behind b join invoices i on i.id=b.invoice_id where i.status='draft') union all
      select f.id from frozen_credits f left join invoices i on i.id=f.invoice_id where f.source_type<>'carried_over' and (f.source_type<>'top_up' or i.status='paid' or i.id is null)
`,
  },
];
