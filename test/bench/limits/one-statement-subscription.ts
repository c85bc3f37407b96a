import pg from 'pg';

/** What a caller would know: whom to subscribe to what. */
export interface Subscriber {
  organizationId: string;
  accountId: string;
  planId: string;
}

/** A statement's connections, one call in flight on each. */
export interface OneStatementSubscriptions {
  create(connection: number, subscriber: Subscriber, key: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The bare limit of `createSubscription`: one statement, which is its own transaction, writes every row the product
 * writes (subscription with item and change; invoice with number, line, tax, billed period and content hash; ledger
 * entries; payment with its application; three facts with their queue rows; idempotency key). It checks nothing, asks no
 * row-level security, and sends three ids and an instant.
 */
export async function openOneStatement(url: string, connections: number, at: Date): Promise<OneStatementSubscriptions> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('set jit = off');
      return client;
    }),
  );
  return {
    create: async (connection, subscriber, key) => {
      const { organizationId, accountId, planId } = subscriber;
      const { rows } = await clients[connection]!.query<{ id: string }>({
        name: 'subscribe',
        text: subscribe,
        values: [organizationId, accountId, planId, at, key],
      });
      if (rows.length !== 1) throw new Error('nothing was written');
    },
    close: async () => void (await Promise.all(clients.map((client) => client.end()))),
  };
}

const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** $1 organization, $2 account, $3 plan, $4 instant, $5 idempotency key. */
export const subscribe = `
with priced as materialized (
  select a.organization_id, a.id as account_id, a.currency, a.timezone, $4::timestamptz as at,
    ($4::timestamptz at time zone a.timezone + interval '1 month') at time zone a.timezone as period_end,
    v.id as version_id, v.plan_id, v.interval_unit, v.interval_count, c.id as price_id, c.component, c.billing_mode, p.name || ' – ' || c.name as description,
    c.parameters->>'amount' as unit_amount, (c.parameters->>'amount')::bigint as amount,
    r.id as rate_id, r.name as rate_name, trim_scale(r.percent) as percent,
    e.id as entity_id, e.invoice_prefix, o.net_days, m.id as method_id, m.provider,
    json_build_object('legalEntityId', e.id, 'name', e.name, 'address', e.address, 'country', e.country, 'taxIds', e.tax_ids, 'email', e.email) as issuer,
    json_build_object('accountId', a.id, 'name', a.name, 'email', a.email, 'billingAddress', a.billing_address, 'taxIds', a.tax_ids, 'taxExempt', a.tax_exempt) as buyer,
    json_build_object('version', 1, 'currency', a.currency, 'steps', json_build_array(
      json_build_object('step', 'flat', 'amount', ((c.parameters->>'amount')::numeric / 100)::numeric(20, 2)::text),
      json_build_object('step', 'round', 'mode', 'half_away_from_zero', 'currency', a.currency, 'digits', 2,
        'amount', ((c.parameters->>'amount')::numeric / 100)::numeric(20, 2)::text))) as derivation,
    uuidv7() as subscription_id, uuidv7() as item_id, uuidv7() as invoice_id, uuidv7() as line_id, uuidv7() as tax_id, uuidv7() as transaction_id,
    uuidv7() as payment_id, uuidv7() as finalized_fact, uuidv7() as created_fact, uuidv7() as started_fact
  from accounts a
  join organizations o on o.id = a.organization_id
  join plans p on p.organization_id = a.organization_id and p.id = $3
  join plan_versions v on v.organization_id = p.organization_id and v.plan_id = p.id and v.status = 'published'
  join prices c on c.organization_id = v.organization_id and c.plan_version_id = v.id
  join legal_entities e on e.organization_id = a.organization_id and e.is_default
  join payment_methods m on m.organization_id = a.organization_id and m.account_id = a.id and m.is_default
  left join tax_rates r on r.organization_id = a.organization_id and r.country = a.billing_address->>'country' and r.archived_at is null
  where a.organization_id = $1 and a.id = $2 and a.deleted_at is null
), series as (
  update number_series n set last_number = n.last_number + 1 from priced p
  where n.organization_id = p.organization_id and n.legal_entity_id = p.entity_id and n.kind = 'invoice'
  returning n.last_number as seq
), made as materialized (
  select p.*, s.seq, p.invoice_prefix || '-' || lpad(s.seq::text, greatest(6, length(s.seq::text)), '0') as number,
    coalesce(round(p.amount * p.percent / 100), 0)::bigint as tax
  from priced p cross join series s
), hashed as materialized (
  select m.*, m.amount + m.tax as total, encode(sha256(convert_to(json_build_array(
    'invoice 1', m.invoice_id, 'native', 'subscription_created', m.number, m.invoice_prefix, m.seq, m.entity_id, m.account_id, m.account_id,
    m.currency, ${micros('m.at')}, ${micros('m.at')}, ${micros('m.at')}, m.net_days, null, m.issuer, m.buyer,
    m.amount, 0, m.tax, 0, 0, m.amount + m.tax,
    ('[' || json_build_array(m.line_id, 1, 'recurring', m.account_id, m.subscription_id, m.item_id, m.component, m.price_id, m.description,
      ${micros('m.at')}, ${micros('m.period_end')}, 1, m.unit_amount::numeric, m.amount, 0, m.tax, m.currency, null, m.derivation)::text || ']')::json,
    ('[' || case when m.rate_id is null then '' else json_build_array(m.tax_id, m.rate_id, m.rate_name, m.percent, false, m.amount, m.tax)::text end || ']')::json
    )::text, 'utf8')), 'hex') as content_hash
  from made m
), subscribed as (
  insert into subscriptions (organization_id, id, account_id, status, currency, timezone, anchor_at, interval_unit, interval_count, collection,
    started_at, current_period_start, current_period_end, lapses_at, metadata, created_at, updated_at)
  select organization_id, subscription_id, account_id, 'incomplete', currency, timezone, at, interval_unit, interval_count, 'automatic',
    at, at, period_end, at + interval '23 hours', '{}', at, at from hashed
), chosen as (
  insert into subscription_items (organization_id, id, subscription_id, plan_id, plan_version_id, price_id, component, billing_mode, quantity,
    active_from, position, metadata, created_at, updated_at)
  select organization_id, item_id, subscription_id, plan_id, version_id, price_id, component, billing_mode, 1, at, 0, '{}', at, at from hashed
), changed as (
  insert into subscription_changes (organization_id, id, subscription_id, field, old_value, new_value, at, recorded_at, actor)
  select organization_id, uuidv7(), subscription_id, 'status', null, '"incomplete"', at, at, 'system:bench' from hashed
), invoiced as (
  insert into invoices (organization_id, id, origin, status, reason, number, number_series, number_seq, legal_entity_id, account_id, bill_to_account_id,
    currency, collection, subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied, amount_paid,
    written_off, net_days, issuer, buyer, due_at, finalized_at, content_hash, metadata, created_at, updated_at, recorded_at)
  select organization_id, invoice_id, 'native', 'open', 'subscription_created', number, invoice_prefix, seq, entity_id, account_id, account_id,
    currency, 'automatic', amount, 0, tax, 0, 0, total, 0, 0, 0, 0, net_days, issuer, buyer, at, at, content_hash, '{}', at, at, at from hashed
), lined as (
  insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, subscription_id, subscription_item_id, component, price_id,
    description, period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, currency, derivation, created_at)
  select organization_id, line_id, invoice_id, 1, 'recurring', account_id, subscription_id, item_id, component, price_id, description, at, period_end,
    1, unit_amount::numeric, amount, 0, tax, currency, derivation, at from hashed
), taxed as (
  insert into invoice_taxes (organization_id, id, invoice_id, tax_rate_id, name, percent, inclusive, taxable, amount, created_at)
  select organization_id, tax_id, invoice_id, rate_id, rate_name, percent, false, amount, tax, at from hashed where rate_id is not null
), billed as (
  insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id)
  select organization_id, uuidv7(), item_id, component, 'recurring', at, period_end, line_id from hashed
), posted as (
  insert into ledger_entries (organization_id, transaction_id, account, currency, amount, source_type, source_id, effect, at, recorded_at)
  select h.organization_id, h.transaction_id, e.account, h.currency, e.amount, 'invoice', h.invoice_id, 'finalize', h.at, h.at
  from hashed h cross join lateral (values ('receivable', h.total), ('deferred_revenue', -h.amount), ('tax_payable', -h.tax)) e(account, amount)
  where e.amount <> 0
), paying as (
  insert into payments (organization_id, id, account_id, provider, status, amount, currency, amount_refunded, payment_method_id, off_session,
    capture_method, next_attempt_at, lookups, metadata, created_at, updated_at, recorded_at)
  select organization_id, payment_id, account_id, provider, 'pending', total, currency, 0, method_id, true, 'automatic', at, 0, '{}', at, at, at from hashed
), applied as (
  insert into payment_applications (organization_id, id, payment_id, invoice_id, amount, status, created_at, updated_at)
  select organization_id, uuidv7(), payment_id, invoice_id, total, 'pending', at, at from hashed
), happened as materialized (
  select h.organization_id, h.account_id, h.at, f.* from hashed h cross join lateral (values
    (1, h.finalized_fact, 'invoice.finalized', 'invoice', h.invoice_id, jsonb_build_object('invoiceId', h.invoice_id, 'number', h.number, 'status', 'open',
      'accountId', h.account_id, 'billToAccountId', h.account_id, 'currency', h.currency, 'total', h.total::text, 'amountDue', h.total::text,
      'amountPaid', '0', 'collection', 'automatic', 'paymentMethodId', null, 'dueAt', h.at, 'subscriptionIds', jsonb_build_array(h.subscription_id))),
    (2, h.created_fact, 'subscription.created', 'subscription', h.subscription_id, jsonb_build_object('status', 'incomplete',
      'planIds', jsonb_build_array(h.plan_id), 'currency', h.currency, 'accountId', h.account_id, 'subscriptionId', h.subscription_id)),
    (3, h.started_fact, 'payment.started', 'payment', h.payment_id, jsonb_build_object('amount', h.total::text, 'status', 'pending', 'currency', h.currency,
      'provider', h.provider, 'accountId', h.account_id, 'attemptNo', 0, 'paymentId', h.payment_id, 'invoiceIds', jsonb_build_array(h.invoice_id),
      'offSession', true))) f(place, fact_id, type, object_type, object_id, data)
), told as (
  insert into facts (organization_id, id, type, object_type, object_id, account_id, at, recorded_at, actor, data)
  select organization_id, fact_id, type, object_type, object_id, account_id, at, at, 'system:bench', data from happened
), queued as (
  insert into fact_queue (organization_id, fact_id, object_id, recorded_at)
  select organization_id, fact_id, object_id, at from happened order by place
), kept as (
  insert into idempotency_keys (organization_id, key, operation, request_hash, state, result, recorded_at, finished_at)
  select organization_id, $5, 'createSubscription', encode(sha256(convert_to($5 || account_id || plan_id, 'utf8')), 'hex'), 'finished',
    jsonb_build_object('id', subscription_id), at, at from hashed
)
select subscription_id as id from hashed`;
