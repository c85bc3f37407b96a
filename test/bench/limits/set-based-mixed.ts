import { billSetBased, dueRows, endOfMonth, frozenParties, micros } from './set-based-billing.ts';

/** The set-based limit of the mixed load: one statement a batch, as `billSetBased` of flat prices. */
export function billMixedSetBased(
  url: string,
  options: { cutoff: Date; connections: number; batch: number; seconds: number },
): Promise<number> {
  return billSetBased(url, options, billMixedBatch);
}

const major = (minor: string) => `((${minor})::numeric / 100)::numeric(20, 2)::text`;

/** The part of a whole that is shared out by largest remainder: what is floored, and one more for the first `missing` ranks. */
const sharedOut = (exact: string, whole: string, order: string) => `floor(${exact})::bigint + (
      row_number() over (partition by invoice_id order by ${exact} - floor(${exact}) desc, ${order})
      <= ${whole} - sum(floor(${exact})) over (partition by invoice_id))::int`;

/** What a tier of a graduated or volume price bills of a quantity. Minor units. */
const tiers = `
    select sum(t.quantity * t.unit + t.flat) as exact, json_agg(json_build_object('step', 'tier', 'tier', t.tier, 'from', t.above::text, 'upTo', t.up_to::text,
      'quantity', t.quantity::text, 'unitAmount', trim_scale(t.unit / 100)::text, 'flatAmount', trim_scale(t.flat / 100)::text,
      'amount', trim_scale((t.quantity * t.unit + t.flat) / 100)::text) order by t.tier) as steps
    from (
      select e.*, case c.model when 'graduated' then least(i.quantity, e.up_to) - e.above else i.quantity end as quantity
      from (
        select tier, (o ->> 'upTo')::numeric as up_to, coalesce(lag((o ->> 'upTo')::numeric) over (order by tier), 0) as above,
          (o ->> 'unitAmount')::numeric as unit, coalesce((o ->> 'flatAmount')::numeric, 0) as flat
        from jsonb_array_elements(c.parameters -> 'tiers') with ordinality as j(o, tier)) e
      where i.quantity > e.above and (c.model = 'graduated' or e.up_to is null or i.quantity <= e.up_to)) t`;

/**
 * What the product writes for the same subscriptions: lines by flat prices, seats, graduated and volume tiers, a percentage off
 * all of them, tax on what is left, each rounded once and shared out to the lines, credit of one lot, and the rest to be paid.
 */
export const billMixedBatch = `
with due as materialized (${dueRows}
), asked as materialized (
  select d.*, e.id as entity_id, e.invoice_prefix, o.net_days, ${frozenParties},
    r.id as rate_id, r.name as rate_name, trim_scale(r.percent) as percent, r.country as rule, m.id as method_id, m.provider,
    t.id as discount_id, k.name as coupon_name, trim_scale(k.percent) as off, g.id as grant_id, g.remaining, b.balance, b.last_seq,
    ${endOfMonth('d')} as period_end, uuidv7() as invoice_id, uuidv7() as tax_id, uuidv7() as invoice_discount_id, uuidv7() as payment_id,
    row_number() over (partition by d.organization_id order by d.next_billing_at, d.account_id, d.id) as place
  from due d
  join organizations o on o.id = d.organization_id
  join accounts a on a.organization_id = d.organization_id and a.id = d.account_id
  join legal_entities e on e.organization_id = d.organization_id and e.is_default
  left join payment_methods m on m.organization_id = d.organization_id and m.account_id = d.account_id and m.is_default and d.collection = 'automatic'
  left join tax_rates r on r.organization_id = d.organization_id and r.country = a.billing_address->>'country' and r.archived_at is null
  left join discounts t on t.organization_id = d.organization_id and t.subscription_id = d.id and t.status = 'active'
  left join coupons k on k.organization_id = t.organization_id and k.id = t.coupon_id
  left join credit_balances b on b.organization_id = d.organization_id and b.account_id = d.account_id and b.currency = d.currency
  left join credit_grants g on g.organization_id = d.organization_id and g.account_id = d.account_id and g.currency = d.currency and g.remaining > 0
), series as (
  update number_series n set last_number = n.last_number + w.count
  from (select organization_id, entity_id, count(*) as count from asked group by organization_id, entity_id) w
  where n.organization_id = w.organization_id and n.legal_entity_id = w.entity_id and n.kind = 'invoice'
  returning n.organization_id, n.last_number - w.count as before
), priced as materialized (
  select q.*, i.id as item_id, i.component, i.quantity, c.id as price_id, uuidv7() as line_id, p.name || ' – ' || c.name as description,
    row_number() over (partition by q.invoice_id order by i.position, i.id) as position, round(x.exact)::bigint as amount,
    coalesce(c.parameters ->> 'amount', c.parameters ->> 'unitAmount')::numeric as list_amount,
    trim_scale(round(x.exact / i.quantity / 100, 12) * 100) as average, coalesce(v.steps, case c.model
      when 'flat' then json_build_array(json_build_object('step', 'flat', 'amount', ${major('x.exact')}))
      else json_build_array(json_build_object('step', 'per_unit', 'unitAmount', ${major(`(c.parameters ->> 'unitAmount')`)}, 'quantity', i.quantity::text,
        'amount', trim_scale(x.exact / 100)::text)) end) as steps
  from asked q
  join subscription_items i on i.organization_id = q.organization_id and i.subscription_id = q.id and i.active_to is null
  join prices c on c.organization_id = i.organization_id and c.id = i.price_id
  join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
  left join lateral (${tiers}
    ) v on c.model in ('graduated', 'volume')
  cross join lateral (select case c.model when 'flat' then (c.parameters ->> 'amount')::numeric
    when 'per_seat' then (c.parameters ->> 'unitAmount')::numeric * i.quantity else v.exact end as exact) x
), summed as (
  select *, coalesce(amount * off / 100, 0) as off_exact, (sum(amount) over (partition by invoice_id))::bigint as subtotal,
    coalesce(round(sum(amount) over (partition by invoice_id) * off / 100), 0)::bigint as discount_total
  from priced
), discounted as (
  select *, ${sharedOut('off_exact', 'discount_total', 'position')} as discount from summed
), netted as (
  select *, amount - discount as net, coalesce((amount - discount) * percent / 100, 0) as tax_exact,
    coalesce(round((subtotal - discount_total) * percent / 100), 0)::bigint as tax_total
  from discounted
), lined as materialized (
  select *, ${sharedOut('tax_exact', 'tax_total', 'position')} as tax from netted
), worded as materialized (
  select *, coalesce(list_amount, average) as unit_amount,
    json_build_object('version', 1, 'currency', currency, 'steps', (left(steps::text, -1) || ', ' || json_build_object('step', 'round',
        'mode', 'half_away_from_zero', 'currency', currency, 'digits', 2, 'amount', ${major('amount')})::text || ']')::json,
      'discountSteps', case when off is not null then json_build_array(json_build_object('position', 1, 'discountId', discount_id, 'couponName', coupon_name,
        'kind', 'percentage', 'percent', off::text, 'offered', null, 'togetherBase', ${major('subtotal')}, 'taken', ${major('discount_total')}, 'capped', false, 'base', ${major('amount')},
        'exact', trim_scale(off_exact / 100)::text, 'amount', ${major('discount')})) end,
      'tax', json_build_object('rule', 'rates', 'on', (next_billing_at at time zone timezone)::date, 'country', rule, 'region', null, 'category', null,
        'registration', null)) as derivation,
    case when rate_id is null then '[]'::json else json_build_array(json_build_object('taxRateId', rate_id, 'percent', percent::text, 'inclusive', false,
      'amount', tax::text, 'rule', rule, 'base', net::text, 'exact', trim_scale(tax_exact)::text,
      'together', json_build_object('base', (subtotal - discount_total)::text, 'amount', tax_total::text))) end as taxes
  from lined
), whole as (
  select *, (subtotal - discount_total + tax_total)::bigint as total,
    string_agg(json_build_array(line_id, position, 'recurring', account_id, id, item_id, component, price_id, description,
      ${micros('next_billing_at')}, ${micros('period_end')}, quantity, unit_amount, amount, discount, tax, currency, null, derivation, taxes)::text, ', ')
      over (partition by invoice_id order by position rows between unbounded preceding and unbounded following) as lines
  from worded
), made as materialized (
  select w.*, least(w.total, coalesce(w.remaining, 0)) as credit, w.total - least(w.total, coalesce(w.remaining, 0)) as left_due, s.before + w.place as seq,
    w.invoice_prefix || '-' || lpad((s.before + w.place)::text, greatest(6, length((s.before + w.place)::text)), '0') as number
  from whole w join series s on s.organization_id = w.organization_id
  where w.position = 1
), hashed as materialized (
  select m.*, case when m.left_due > 0 then 'open' else 'paid' end as state, encode(sha256(convert_to(json_build_array(
    'invoice 1', m.invoice_id, 'native', 'subscription_cycle', m.number, m.invoice_prefix, m.seq, m.entity_id, m.account_id, m.account_id,
    m.currency, ${micros('m.next_billing_at')}, ${micros('m.next_billing_at')}, ${micros('m.next_billing_at')}, m.net_days, null, m.issuer, m.buyer,
    m.subtotal, m.discount_total, m.tax_total, 0, 0, m.total, ('[' || m.lines || ']')::json,
    ('[' || case when m.rate_id is null then '' else json_build_array(m.tax_id, m.rate_id, m.rate_name, m.percent, false, m.subtotal - m.discount_total, m.tax_total)::text end || ']')::json
    )::text, 'utf8')), 'hex') as content_hash
  from made m
), invoiced as (
  insert into invoices (organization_id, id, origin, status, reason, number, number_series, number_seq, legal_entity_id, account_id, bill_to_account_id,
    currency, collection, subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied, amount_paid,
    written_off, net_days, issuer, buyer, due_at, finalized_at, paid_at, content_hash, metadata, created_at, updated_at, recorded_at)
  select organization_id, invoice_id, 'native', state, 'subscription_cycle', number, invoice_prefix, seq, entity_id, account_id, account_id,
    currency, collection, subtotal, discount_total, tax_total, 0, 0, total, credit, 0, 0, 0, net_days, issuer, buyer, next_billing_at, next_billing_at,
    case state when 'paid' then next_billing_at end, content_hash, '{}', next_billing_at, next_billing_at, $1 from hashed
), itemized as (
  insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, subscription_id, subscription_item_id, component, price_id,
    description, period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, taxes, currency, derivation, created_at)
  select organization_id, line_id, invoice_id, position, 'recurring', account_id, id, item_id, component, price_id, description, next_billing_at, period_end,
    quantity, unit_amount, amount, discount, tax, taxes, currency, derivation, next_billing_at from worded
), taxed as (
  insert into invoice_taxes (organization_id, id, invoice_id, tax_rate_id, name, percent, inclusive, taxable, amount, created_at)
  select organization_id, tax_id, invoice_id, rate_id, rate_name, percent, false, subtotal - discount_total, tax_total, next_billing_at
  from hashed where rate_id is not null
), taken as (
  insert into invoice_discounts (organization_id, id, invoice_id, discount_id, position, coupon_name, terms, amount, returned, covers_until, consumes, created_at)
  select organization_id, invoice_discount_id, invoice_id, discount_id, 1, coupon_name, jsonb_build_object('kind', 'percentage', 'amount', null,
    'currency', null, 'percent', off::text, 'frequency', 'forever', 'periods', null, 'accountId', account_id, 'subscriptionId', id, 'priceIds', null),
    discount_total, 0, period_end, true, next_billing_at from hashed where discount_id is not null
), spread as (
  insert into invoice_line_discounts (organization_id, invoice_line_id, invoice_discount_id, invoice_id, amount)
  select organization_id, line_id, invoice_discount_id, invoice_id, discount from worded where discount > 0
), used as (
  update discounts t set used_amount = t.used_amount + h.discount_total, used_times = t.used_times + 1, covered_until = h.period_end,
    period_used = h.discount_total, updated_at = h.next_billing_at
  from hashed h where t.organization_id = h.organization_id and t.id = h.discount_id
), billed as (
  insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id)
  select organization_id, uuidv7(), item_id, component, 'recurring', next_billing_at, period_end, line_id from worded
), spent as (
  insert into credit_entries (organization_id, id, account_id, currency, amount, balance_after, source_type, source_id, grant_id, seq, at, recorded_at)
  select organization_id, uuidv7(), account_id, currency, -credit, balance - credit, 'invoice_application', invoice_id, grant_id, last_seq + 1,
    next_billing_at, $1 from hashed where credit > 0
), lowered as (
  update credit_grants g set remaining = g.remaining - h.credit, updated_at = h.next_billing_at
  from hashed h where g.organization_id = h.organization_id and g.id = h.grant_id and h.credit > 0
), balanced as (
  update credit_balances b set balance = b.balance - h.credit, last_seq = b.last_seq + 1
  from hashed h where b.organization_id = h.organization_id and b.account_id = h.account_id and b.currency = h.currency and h.credit > 0
), posted as (
  insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
  select h.organization_id, e.transaction_id, e.account, h.currency, e.amount, 'invoice', h.invoice_id, e.effect, h.next_billing_at, $1
  from (select *, uuidv7() as finalizing, uuidv7() as spending from hashed) h cross join lateral (values
    (h.finalizing, 'finalize', 'receivable', h.total), (h.finalizing, 'finalize', 'deferred_revenue', h.discount_total - h.subtotal),
    (h.finalizing, 'finalize', 'tax_payable', -h.tax_total), (h.spending, 'apply_credit', 'credits', h.credit),
    (h.spending, 'apply_credit', 'receivable', -h.credit)) e(transaction_id, effect, account, amount)
  where e.amount <> 0
), collected as (
  insert into payments (organization_id, id, account_id, provider, status, amount, currency, amount_refunded, payment_method_id, off_session, capture_method,
    next_attempt_at, lookups, metadata, created_at, updated_at, recorded_at)
  select organization_id, payment_id, account_id, provider, 'pending', left_due, currency, 0, method_id, true, 'automatic',
    next_billing_at, 0, '{}', next_billing_at, next_billing_at, $1 from hashed where method_id is not null and left_due > 0
), covered as (
  insert into payment_applications (organization_id, id, payment_id, invoice_id, amount, status, created_at, updated_at)
  select organization_id, uuidv7(), payment_id, invoice_id, left_due, 'pending', next_billing_at, next_billing_at
  from hashed where method_id is not null and left_due > 0
), happened as materialized (
  select h.organization_id, uuidv7() as fact_id, f.type, 'invoice' as object_type, h.invoice_id as object_id, h.account_id, h.next_billing_at,
    jsonb_build_object('invoiceId', h.invoice_id, 'number', h.number, 'status', h.state, 'accountId', h.account_id, 'billToAccountId', h.account_id,
      'currency', h.currency, 'total', h.total::text, 'amountDue', h.left_due::text, 'amountPaid', '0', 'collection', h.collection,
      'reason', 'subscription_cycle', 'paymentMethodId', null, 'dueAt', h.next_billing_at, 'subscriptionIds', jsonb_build_array(h.id)) as data
  from hashed h cross join lateral (values ('invoice.finalized'), (case h.state when 'paid' then 'invoice.paid' end)) f(type) where f.type is not null
  union all
  select organization_id, uuidv7(), 'credit.applied', 'invoice', invoice_id, account_id, next_billing_at,
    jsonb_build_object('accountId', account_id, 'currency', currency, 'amount', credit::text, 'balance', (balance - credit)::text,
      'available', (balance - credit)::text, 'invoiceId', invoice_id) from hashed where credit > 0
  union all
  select organization_id, uuidv7(), 'payment.started', 'payment', payment_id, account_id, next_billing_at,
    jsonb_build_object('paymentId', payment_id, 'accountId', account_id, 'provider', provider, 'status', 'pending', 'amount', left_due::text,
      'currency', currency, 'offSession', true, 'invoiceIds', jsonb_build_array(invoice_id), 'attemptNo', 0)
  from hashed where method_id is not null and left_due > 0
), told as (
  insert into facts (organization_id, id, type, object_type, object_id, account_id, at, recorded_at, actor, data)
  select organization_id, fact_id, type, object_type, object_id, account_id, next_billing_at, $1, 'system:billing', data from happened
), queued as (
  insert into fact_queue (organization_id, fact_id, object_id, recorded_at) select organization_id, fact_id, object_id, $1 from happened
), moved as (
  update subscriptions s set current_period_start = h.next_billing_at, current_period_end = h.period_end, next_billing_at = h.period_end, updated_at = h.next_billing_at
  from hashed h where s.organization_id = h.organization_id and s.id = h.id
)
select count(*) as billed from hashed`;
