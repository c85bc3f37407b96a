import pg from 'pg';

/**
 * The bare limit of a billing run: one statement a batch that writes, for each due subscription, the rows the product
 * writes (invoice with number, frozen issuer and buyer and content hash; line, tax, billed period, ledger entries, fact
 * with its queue row; the subscription moved on). No locks but those of the rows written, no row-level security, nothing
 * that could be refused on its own. Each connection bills organizations of its own, so they never wait for a number series.
 * `text`: the statement, where it is not that of flat prices.
 */
export async function billSetBased(
  url: string,
  options: { cutoff: Date; connections: number; batch: number; seconds: number },
  text: string = billBatch,
): Promise<number> {
  const deadline = performance.now() + options.seconds * 1000;
  const shares = await shareOrganizations(url, options.connections);
  const billed = await Promise.all(
    shares.map(async (organizations) => {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect();
      let sum = 0;
      try {
        await client.query('set jit = off');
        while (performance.now() < deadline) {
          const { rows } = await client.query<{ billed: string }>({
            name: 'bill',
            text,
            values: [options.cutoff, organizations, options.batch],
          });
          const count = Number(rows[0]?.billed ?? 0);
          sum += count;
          if (count === 0) break;
        }
      } finally {
        await client.end();
      }
      return sum;
    }),
  );
  return billed.reduce((sum, one) => sum + one, 0);
}

async function shareOrganizations(url: string, connections: number): Promise<string[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>('select id from organizations order by id');
  await client.end();
  const shares = Array.from({ length: connections }, (_, index) =>
    rows.filter((_row, place) => place % connections === index).map((row) => row.id),
  );
  return shares.filter((share) => share.length > 0);
}

/** An instant as the content of an invoice has it. */
export const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** The subscriptions of a batch: $1 cutoff, $2 organizations, $3 how many. */
export const dueRows = `
  select s.organization_id, s.id, s.account_id, s.status, s.currency, s.timezone, s.anchor_at, s.collection, s.next_billing_at, s.trial_end
  from subscriptions s
  where s.next_billing_at is not null and s.parked_at is null and s.test_clock_id is null
    and s.next_billing_at <= $1 and s.organization_id = any($2::uuid[])
  order by s.next_billing_at, s.id limit $3`;

/** Issuer `e` and buyer `a` as an invoice keeps them. */
export const frozenParties = `
    json_build_object('legalEntityId', e.id, 'name', e.name, 'address', e.address, 'country', e.country, 'taxIds', e.tax_ids, 'email', e.email) as issuer,
    json_build_object('accountId', a.id, 'name', a.name, 'email', a.email, 'billingAddress', a.billing_address, 'taxIds', a.tax_ids, 'taxExempt', a.tax_exempt) as buyer`;

/** The end of the month that a subscription (`due`) enters, counted from its anchor. */
export const endOfMonth = (due: string) => `(${due}.anchor_at at time zone ${due}.timezone + make_interval(months => (
      extract(year from age(${due}.next_billing_at at time zone ${due}.timezone, ${due}.anchor_at at time zone ${due}.timezone)) * 12
      + extract(month from age(${due}.next_billing_at at time zone ${due}.timezone, ${due}.anchor_at at time zone ${due}.timezone)) + 1)::int)) at time zone ${due}.timezone`;

export const billBatch = `
with due as materialized (${dueRows}
), priced as materialized (
  select d.*, i.id as item_id, i.component, i.quantity, c.id as price_id, p.name || ' – ' || c.name as description, c.parameters->>'amount' as unit_amount,
    (c.parameters->>'amount')::bigint as amount, r.id as rate_id, r.name as rate_name, trim_scale(r.percent) as percent,
    e.id as entity_id, e.invoice_prefix, o.net_days, ${frozenParties},
    json_build_object('version', 1, 'currency', d.currency, 'steps', json_build_array(
      json_build_object('step', 'flat', 'amount', ((c.parameters->>'amount')::numeric / 100)::numeric(20, 2)::text),
      json_build_object('step', 'round', 'mode', 'half_away_from_zero', 'currency', d.currency, 'digits', 2,
        'amount', ((c.parameters->>'amount')::numeric / 100)::numeric(20, 2)::text))) as derivation,
    ${endOfMonth('d')} as period_end,
    uuidv7() as invoice_id, uuidv7() as line_id, uuidv7() as tax_id, uuidv7() as transaction_id, uuidv7() as fact_id,
    m.id as method_id, m.provider, uuidv7() as payment_id, uuidv7() as payment_fact_id,
    row_number() over (partition by d.organization_id order by d.next_billing_at, d.account_id, d.id) as place
  from due d
  join organizations o on o.id = d.organization_id
  join accounts a on a.organization_id = d.organization_id and a.id = d.account_id
  join subscription_items i on i.organization_id = d.organization_id and i.subscription_id = d.id
  join prices c on c.organization_id = i.organization_id and c.id = i.price_id
  join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
  join legal_entities e on e.organization_id = d.organization_id and e.is_default
  left join payment_methods m on m.organization_id = d.organization_id and m.account_id = d.account_id and m.is_default and d.collection = 'automatic'
  left join tax_rates r on r.organization_id = d.organization_id and r.country = a.billing_address->>'country' and r.archived_at is null
), series as (
  update number_series n set last_number = n.last_number + w.count
  from (select organization_id, entity_id, count(*) as count from priced group by organization_id, entity_id) w
  where n.organization_id = w.organization_id and n.legal_entity_id = w.entity_id and n.kind = 'invoice'
  returning n.organization_id, n.last_number - w.count as before
), made as materialized (
  select p.*, s.before + p.place as seq, p.invoice_prefix || '-' || lpad((s.before + p.place)::text, greatest(6, length((s.before + p.place)::text)), '0') as number,
    coalesce(round(p.amount * p.percent / 100), 0)::bigint as tax
  from priced p join series s on s.organization_id = p.organization_id
), hashed as materialized (
  select m.*, encode(sha256(convert_to(json_build_array(
    'invoice 1', m.invoice_id, 'native', 'subscription_cycle', m.number, m.invoice_prefix, m.seq, m.entity_id, m.account_id, m.account_id,
    m.currency, ${micros('m.next_billing_at')}, ${micros('m.next_billing_at')}, ${micros('m.next_billing_at')}, m.net_days, null, m.issuer, m.buyer,
    m.amount, 0, m.tax, 0, 0, m.amount + m.tax,
    ('[' || json_build_array(m.line_id, 1, 'recurring', m.account_id, m.id, m.item_id, m.component, m.price_id, m.description,
      ${micros('m.next_billing_at')}, ${micros('m.period_end')}, m.quantity, m.unit_amount::numeric, m.amount, 0, m.tax, m.currency, null, m.derivation)::text || ']')::json,
    ('[' || case when m.rate_id is null then '' else json_build_array(m.tax_id, m.rate_id, m.rate_name, m.percent, false, m.amount, m.tax)::text end || ']')::json
    )::text, 'utf8')), 'hex') as content_hash
  from made m
), invoiced as (
  insert into invoices (organization_id, id, origin, status, reason, number, number_series, number_seq, legal_entity_id, account_id, bill_to_account_id,
    currency, collection, subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied, amount_paid,
    written_off, net_days, issuer, buyer, due_at, finalized_at, content_hash, metadata, created_at, updated_at, recorded_at)
  select organization_id, invoice_id, 'native', 'open', 'subscription_cycle', number, invoice_prefix, seq, entity_id, account_id, account_id,
    currency, collection, amount, 0, tax, 0, 0, amount + tax, 0, 0, 0, 0, net_days, issuer, buyer, next_billing_at, next_billing_at, content_hash, '{}',
    next_billing_at, next_billing_at, $1 from hashed
), lined as (
  insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, subscription_id, subscription_item_id, component, price_id,
    description, period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, currency, derivation, created_at)
  select organization_id, line_id, invoice_id, 1, 'recurring', account_id, id, item_id, component, price_id, description, next_billing_at, period_end,
    quantity, unit_amount::numeric, amount, 0, tax, currency, derivation, next_billing_at from hashed
), taxed as (
  insert into invoice_taxes (organization_id, id, invoice_id, tax_rate_id, name, percent, inclusive, taxable, amount, created_at)
  select organization_id, tax_id, invoice_id, rate_id, rate_name, percent, false, amount, tax, next_billing_at from hashed where rate_id is not null
), billed as (
  insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id)
  select organization_id, uuidv7(), item_id, component, 'recurring', next_billing_at, period_end, line_id from hashed
), posted as (
  insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
  select h.organization_id, h.transaction_id, e.account, h.currency, e.amount, 'invoice', h.invoice_id, 'finalize', h.next_billing_at, $1
  from hashed h cross join lateral (values ('receivable', h.amount + h.tax), ('deferred_revenue', -h.amount), ('tax_payable', -h.tax)) e(account, amount)
  where e.amount <> 0
), asked as (
  insert into payments (organization_id, id, account_id, provider, status, amount, currency, amount_refunded, payment_method_id, off_session, capture_method,
    next_attempt_at, lookups, metadata, created_at, updated_at, recorded_at)
  select organization_id, payment_id, account_id, provider, 'pending', amount + tax, currency, 0, method_id, true, 'automatic',
    next_billing_at, 0, '{}', next_billing_at, next_billing_at, $1 from hashed where method_id is not null
), covered as (
  insert into payment_applications (organization_id, id, payment_id, invoice_id, amount, status, created_at, updated_at)
  select organization_id, uuidv7(), payment_id, invoice_id, amount + tax, 'pending', next_billing_at, next_billing_at from hashed where method_id is not null
), told as (
  insert into facts (organization_id, id, type, object_type, object_id, account_id, at, recorded_at, actor, data)
  select organization_id, fact_id, 'invoice.finalized', 'invoice', invoice_id, account_id, next_billing_at, $1, 'system:billing',
    jsonb_build_object('invoiceId', invoice_id, 'number', number, 'status', 'open', 'accountId', account_id, 'billToAccountId', account_id, 'currency', currency,
      'total', (amount + tax)::text, 'amountDue', (amount + tax)::text, 'amountPaid', '0', 'collection', collection, 'paymentMethodId', null,
      'dueAt', next_billing_at, 'subscriptionIds', jsonb_build_array(id)) from hashed
  union all
  select organization_id, payment_fact_id, 'payment.started', 'payment', payment_id, account_id, next_billing_at, $1, 'system:billing',
    jsonb_build_object('paymentId', payment_id, 'accountId', account_id, 'provider', provider, 'status', 'pending', 'amount', (amount + tax)::text,
      'currency', currency, 'offSession', true, 'invoiceIds', jsonb_build_array(invoice_id), 'attemptNo', 0) from hashed where method_id is not null
), queued as (
  insert into fact_queue (organization_id, fact_id, object_id, recorded_at)
  select organization_id, fact_id, invoice_id, $1 from hashed
  union all select organization_id, payment_fact_id, payment_id, $1 from hashed where method_id is not null
), moved as (
  update subscriptions s set current_period_start = h.next_billing_at, current_period_end = h.period_end, next_billing_at = h.period_end, updated_at = h.next_billing_at
  from hashed h where s.organization_id = h.organization_id and s.id = h.id
)
select count(*) as billed from hashed`;
