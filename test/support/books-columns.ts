/**
 * The columns of the books as the contract has them: view → `name type [default …], …` in their order. The test holds the
 * migrated views to it, and makes tables of it on which every rule is broken once; neither knows keys or nullability.
 */
export const booksColumns: Readonly<Record<string, string>> = {
  invoices:
    "id text, org_id text, account_id text, origin text default 'native', number text, number_series text, number_seq bigint, status text, currency text, subtotal bigint, discount_total bigint, tax_total bigint, tax_included bigint default 0, carried_to_credit bigint default 0, total bigint, credits_applied bigint default 0, credit_notes_applied bigint default 0, amount_paid bigint default 0, written_off bigint default 0, amount_due bigint, due_at timestamptz, finalized_at timestamptz, paid_at timestamptz, voided_at timestamptz, created_at timestamptz, content_hash text, content_hash_now text",
  invoice_lines:
    "id text, org_id text, invoice_id text, subscription_item_id text, component text default '', kind text, period_start timestamptz, period_end timestamptz, quantity numeric, unit_amount numeric, amount bigint, discount_amount bigint default 0, tax_amount bigint default 0, currency text, reverses_line_id text, aggregation text, rated_at timestamptz",
  invoice_taxes:
    'id text, org_id text, invoice_id text, rate_percent numeric, inclusive boolean, taxable bigint, amount bigint',
  billed_periods:
    'id text, org_id text, subscription_item_id text, component text, kind text, period_start timestamptz, period_end timestamptz, invoice_line_id text',
  payments:
    'id text, org_id text, account_id text, provider text, status text, amount bigint, currency text, created_at timestamptz, settled_at timestamptz, recorded_at timestamptz default now()',
  payment_attempts:
    'id text, org_id text, payment_id text, attempt_no int, provider text, provider_ref text, idempotency_key text, status text, amount bigint, recorded_at timestamptz default now()',
  payment_applications:
    'id text, org_id text, payment_id text, invoice_id text, installment_id text, amount bigint, status text',
  refunds:
    'id text, org_id text, payment_id text, credit_note_id text, amount bigint, currency text, status text, provider text, provider_ref text, requested_by text, approved_by text, approval_required boolean',
  disputes:
    'id text, org_id text, payment_id text, amount bigint, currency text, status text, funds_withdrawn bigint, provider_ref text',
  credit_notes:
    'id text, org_id text, invoice_id text, number text, number_series text, number_seq bigint, currency text, total bigint, to_balance bigint default 0, to_refund bigint default 0, to_invoice bigint default 0, status text',
  credit_note_lines:
    'id text, org_id text, credit_note_id text, invoice_line_id text, amount bigint, period_start timestamptz, period_end timestamptz',
  credit_entries:
    'id text, org_id text, account_id text, currency text, amount bigint, source_type text, source_id text, seq bigint',
  ledger_entries:
    'id bigint, txn_id text, org_id text, account text, currency text, amount bigint, source_type text, source_id text, effect text, at timestamptz default now()',
  subscriptions:
    'id text, org_id text, account_id text, status text, timezone text, anchor_at timestamptz, interval_unit text, interval_count int default 1, current_period_start timestamptz, current_period_end timestamptz, started_at timestamptz, ends_at timestamptz, ended_at timestamptz, trial_start timestamptz, trial_end timestamptz, parked_reason text, on_test_clock boolean, clock_now timestamptz',
  subscription_pauses: 'id text, org_id text, subscription_id text, paused_from timestamptz, resumed_at timestamptz',
  subscription_items:
    'id text, org_id text, subscription_id text, billing_mode text, active_from timestamptz, active_to timestamptz',
  usage_events:
    "id text, org_id text, event_key text, subscription_item_id text, component text default '', quantity numeric, occurred_at timestamptz, recorded_at timestamptz default now(), voided_at timestamptz, billed_line_id text",
  provider_events:
    'id text, org_id text, provider text, provider_event_id text, type text, livemode boolean, recorded_at timestamptz default now(), applied_at timestamptz, ignored_at timestamptz, effects int default 0, dead_at timestamptz',
  outbox:
    'id bigint, org_id text, aggregate_id text, topic text, recorded_at timestamptz, published_at timestamptz, published_seq bigint, dead_at timestamptz',
  idempotency_keys:
    'org_id text, key text, request_hash text, state text, recorded_at timestamptz, finished_at timestamptz',
  audit_log:
    'org_id text, seq bigint, at timestamptz, actor text, action text, target text, payload text, payload_hash text, prev_hash text, hash text',
  dunning_attempts:
    'id text, org_id text, invoice_id text, installment_id text, attempt_no int, payment_id text, at timestamptz',
  installment_plans: 'id text, org_id text, account_id text, invoice_id text, total bigint, currency text, status text',
  installments: 'id text, org_id text, plan_id text, seq int, amount bigint, due_at timestamptz, status text',
  capacity: 'resource_id text, org_id text, kind text, capacity bigint, taken bigint, held bigint',
  mrr_movements:
    'id text, org_id text, account_id text, currency text, kind text, amount bigint, at timestamptz, fact_id text',
  mrr_snapshots: 'org_id text, currency text, on_date date, timezone text, mrr bigint',
};

/** The same of what rules of our own look at beside the contract. */
export const ownColumns: Readonly<Record<string, string>> = {
  frozen_credits: 'id text, org_id text, source_type text, invoice_id text',
};
