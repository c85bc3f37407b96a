import { Migration } from '@mikro-orm/migrations';

/**
 * The books: what an auditor may read, as views with the columns the invariants are written over. They show rows with
 * the rights of whoever reads, so the role `conformance_reader` sees every organization and the runtime only its own.
 * A view of what does not exist yet is empty.
 */
export class Books extends Migration {
  override name = '0020-books';

  override up(): void {
    this.addSql('create schema conformance');
    this.addSql('grant usage on schema conformance to conformance_reader');
    // Whoever reads the views may have their schema first in the search path, and there are invoices in both.
    this.addSql('alter function invoice_content_text(uuid, uuid) set search_path from current');
    for (const [name, query] of Object.entries({ ...money(), ...subscriptions(), ...machinery(), ...notYet() })) {
      this.addSql(`create view conformance.${name} with (security_invoker = true) as ${query}`);
      this.addSql(`grant select on conformance.${name} to conformance_reader`);
    }
  }
}

type Views = Record<string, string>;

function money(): Views {
  return {
    invoices: `
      select id::text, organization_id::text as org_id, account_id::text, origin, number, number_series, number_seq, status, currency,
        subtotal, discount_total, tax_total, tax_included, carried_to_credit, total, credits_applied, credit_notes_applied,
        amount_paid, written_off, amount_due, due_at, finalized_at, paid_at, voided_at, created_at, content_hash,
        case when finalized_at is not null then
          encode(sha256(convert_to(public.invoice_content_text(organization_id, id), 'utf8')), 'hex') end as content_hash_now
      from public.invoices`,
    invoice_lines: `
      select id::text, organization_id::text as org_id, invoice_id::text, subscription_item_id::text, component, kind, period_start, period_end,
        quantity, unit_amount, amount, discount_amount, tax_amount, currency, reverses_line_id::text, null::text as aggregation, null::timestamptz as rated_at
      from public.invoice_lines`,
    invoice_taxes: `
      select id::text, organization_id::text as org_id, invoice_id::text, percent as rate_percent, inclusive, taxable, amount from public.invoice_taxes`,
    billed_periods: `
      select id::text, organization_id::text as org_id, subscription_item_id::text, component, kind, period_start, period_end, invoice_line_id::text
      from public.billed_periods`,
    payments: `
      select id::text, organization_id::text as org_id, account_id::text, provider, status, amount, currency, created_at, settled_at, recorded_at
      from public.payments`,
    payment_attempts: `
      select id::text, organization_id::text as org_id, payment_id::text, attempt_no, provider, provider_ref, id::text as idempotency_key, status, amount, recorded_at
      from public.payment_attempts`,
    payment_applications: `
      select id::text, organization_id::text as org_id, payment_id::text, invoice_id::text, installment_id::text, amount, status
      from public.payment_applications`,
    refunds: `
      select id::text, organization_id::text as org_id, payment_id::text, null::text as credit_note_id, amount, currency, status, provider, provider_ref,
        requested_by, approved_by, approval_required
      from public.refunds`,
    credit_entries: `
      select id::text, organization_id::text as org_id, account_id::text, currency, amount, source_type, source_id::text, seq from public.credit_entries`,
    ledger_entries: `
      select id, transaction_id::text as txn_id, organization_id::text as org_id, account, currency, amount, source_type, source_id::text, effect, at
      from public.ledger_entries`,
    dunning_attempts: `
      select id::text, organization_id::text as org_id, invoice_id::text, installment_id::text, attempt_no, payment_id::text, at from public.dunning_attempts`,
  };
}

function subscriptions(): Views {
  return {
    subscriptions: `
      select s.id::text, s.organization_id::text as org_id, s.account_id::text, s.status, s.timezone, s.anchor_at, s.interval_unit, s.interval_count,
        s.current_period_start, s.current_period_end, s.started_at, s.ends_at, s.ended_at, s.trial_start, s.trial_end, s.parked_reason,
        s.test_clock_id is not null as on_test_clock, coalesce(c.now_at, now()) as clock_now
      from public.subscriptions s
      left join public.test_clocks c on c.organization_id = s.organization_id and c.id = s.test_clock_id`,
    // Spans in which nothing is billed on purpose; so far those that a void gave up.
    subscription_pauses: `
      select id::text, organization_id::text as org_id, subscription_id::text, period_start as paused_from, period_end as resumed_at
      from public.released_periods`,
    subscription_items: `
      select id::text, organization_id::text as org_id, subscription_id::text, billing_mode, active_from, active_to from public.subscription_items`,
  };
}

function machinery(): Views {
  return {
    provider_events: `
      select id::text, organization_id::text as org_id, provider, provider_event_id, type, livemode, recorded_at, applied_at, ignored_at, effects, coalesce(dead_at, parked_at) as dead_at
      from public.provider_events`,
    outbox: `
      select p.queue_id as id, p.organization_id::text as org_id, f.object_id::text as aggregate_id, f.type as topic, f.recorded_at,
        p.published_at, p.sequence as published_seq, null::timestamptz as dead_at
      from public.published_facts p join public.facts f on f.organization_id = p.organization_id and f.id = p.fact_id
      union all
      select q.id, q.organization_id::text, q.object_id::text, f.type, q.recorded_at, null, null, null
      from public.fact_queue q join public.facts f on f.organization_id = q.organization_id and f.id = q.fact_id`,
    idempotency_keys: `
      select organization_id::text as org_id, key, request_hash, state, recorded_at, finished_at from public.idempotency_keys`,
    // The payload is the text whose hash the relay sealed; a changed fact gives another one.
    audit_log: `
      select p.organization_id::text as org_id, p.sequence as seq, f.recorded_at as at, f.actor, f.type as action, f.object_type || ':' || f.object_id as target,
        format('["%s","%s","%s","%s",%s,%s]', f.id, f.type, f.object_type, f.object_id, coalesce('"' || f.account_id || '"', 'null'), f.data::text) as payload,
        p.payload_hash, p.previous_hash as prev_hash, p.hash
      from public.published_facts p join public.facts f on f.organization_id = p.organization_id and f.id = p.fact_id`,
  };
}

/** Columns of what is not built yet, each with no rows. */
function notYet(): Views {
  const columns: Record<string, string> = {
    disputes:
      'id text, org_id text, payment_id text, amount bigint, currency text, status text, funds_withdrawn bigint, provider_ref text',
    credit_notes:
      'id text, org_id text, invoice_id text, number text, number_series text, number_seq bigint, currency text, total bigint, to_balance bigint, to_refund bigint, to_invoice bigint, status text',
    credit_note_lines:
      'id text, org_id text, credit_note_id text, invoice_line_id text, amount bigint, period_start timestamptz, period_end timestamptz',
    usage_events:
      'id text, org_id text, event_key text, subscription_item_id text, component text, quantity numeric, occurred_at timestamptz, recorded_at timestamptz, voided_at timestamptz, billed_line_id text',
    installment_plans:
      'id text, org_id text, account_id text, invoice_id text, total bigint, currency text, status text',
    installments: 'id text, org_id text, plan_id text, seq int, amount bigint, due_at timestamptz, status text',
    capacity: 'resource_id text, org_id text, kind text, capacity bigint, taken bigint, held bigint',
    mrr_movements:
      'id text, org_id text, account_id text, currency text, kind text, amount bigint, at timestamptz, fact_id text',
    mrr_snapshots: 'org_id text, currency text, on_date date, timezone text, mrr bigint',
  };
  return Object.fromEntries(
    Object.entries(columns).map(([name, list]) => {
      const empty = list.split(', ').map((column) => {
        const [field, type] = column.split(' ');
        return `null::${type} as ${field}`;
      });
      return [name, `select ${empty.join(', ')} where false`];
    }),
  );
}
