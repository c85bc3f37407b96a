import { createHash } from 'node:crypto';
import type pg from 'pg';
import { booksColumns } from '../../support/books-columns.ts';

type Value = string | number | boolean | null;
type Row = Record<string, Value>;

/** Makes tables in place of the views: without keys and constraints, so that every rule can be broken. */
export async function makeTables(client: pg.Client): Promise<void> {
  await client.query('create schema conformance');
  for (const [name, columns] of Object.entries(booksColumns)) {
    await client.query(`create table conformance.${name} (${columns})`);
  }
}

/** Adds rows; what is not named gets its default. */
export async function add(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    const names = Object.keys(row);
    await client.query(
      `insert into conformance.${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    );
  }
}

/** A year of little things in which every rule holds and has something to look at. Everything is of organization `a` unless said. */
export async function addSaneWorld(client: pg.Client): Promise<void> {
  for (const [table, rows] of Object.entries({ ...selling(), ...invoicing(), ...money(), ...credits(), ...rest() })) {
    await add(
      client,
      table,
      rows.map((row) => ({ ...(table === 'outbox' || 'org_id' in row ? {} : { org_id: 'a' }), ...row })),
    );
  }
  await add(client, 'ledger_entries', ledger());
  await add(client, 'audit_log', auditChain());
}

/** Midnight UTC of a day of 2026, like `02-15`. */
const day = (monthAndDay: string) => `2026-${monthAndDay}T00:00:00Z`;

function selling(): Record<string, Row[]> {
  const common = {
    account_id: 'acc',
    timezone: 'UTC',
    interval_unit: 'month',
    on_test_clock: true,
    clock_now: day('03-15'),
  };
  const march = { current_period_start: day('03-01'), current_period_end: day('04-01') };
  return {
    subscriptions: [
      { id: 'monthly', status: 'active', anchor_at: day('01-01'), started_at: day('01-01'), ...common, ...march },
      {
        id: 'weekly',
        status: 'active',
        started_at: '2026-03-01T23:00:00Z',
        anchor_at: '2026-03-01T23:00:00Z',
        ...common,
        timezone: 'Europe/Vienna',
        interval_unit: 'week',
        current_period_start: '2026-03-08T23:00:00Z',
        current_period_end: '2026-03-15T23:00:00Z',
      },
      {
        id: 'ended',
        status: 'canceled',
        started_at: day('01-01'),
        anchor_at: day('01-15'),
        trial_start: day('01-01'),
        trial_end: day('01-15'),
        current_period_start: day('01-15'),
        current_period_end: day('02-15'),
        ended_at: day('02-15'),
        ...common,
      },
      { id: 'paused', status: 'active', anchor_at: day('01-01'), started_at: day('01-01'), ...common, ...march },
      {
        id: 'trial',
        status: 'trialing',
        anchor_at: day('03-20'),
        started_at: day('03-06'),
        trial_start: day('03-06'),
        trial_end: day('03-20'),
        ...common,
        current_period_start: day('03-06'),
        current_period_end: day('03-20'),
      },
      {
        id: 'foreign',
        org_id: 'b',
        status: 'active',
        anchor_at: day('03-01'),
        started_at: day('03-01'),
        ...common,
        ...march,
      },
    ],
    subscription_pauses: [
      { id: 'pause', subscription_id: 'paused', paused_from: day('02-01'), resumed_at: day('03-01') },
    ],
    subscription_items: [
      { id: 'i-monthly', subscription_id: 'monthly', billing_mode: 'advance', active_from: day('01-01') },
      { id: 'i-metered', subscription_id: 'monthly', billing_mode: 'usage_only', active_from: day('01-01') },
      { id: 'i-weekly', subscription_id: 'weekly', billing_mode: 'arrears', active_from: '2026-03-01T23:00:00Z' },
      {
        id: 'i-ended',
        subscription_id: 'ended',
        billing_mode: 'advance',
        active_from: day('01-01'),
        active_to: day('02-15'),
      },
      { id: 'i-paused', subscription_id: 'paused', billing_mode: 'advance', active_from: day('01-01') },
      {
        id: 'i-foreign',
        org_id: 'b',
        subscription_id: 'foreign',
        billing_mode: 'usage_only',
        active_from: day('03-01'),
      },
    ],
    usage_events: [
      {
        id: 'u1',
        event_key: 'k1',
        subscription_item_id: 'i-metered',
        component: 'api',
        quantity: 1,
        occurred_at: day('02-10'),
        recorded_at: day('02-10'),
        billed_line_id: 'l-api',
      },
      {
        id: 'u2',
        event_key: 'k2',
        subscription_item_id: 'i-metered',
        component: 'api',
        quantity: 2,
        occurred_at: day('02-11'),
        recorded_at: day('02-11'),
        billed_line_id: 'l-api',
      },
      {
        id: 'u3',
        event_key: 'k3',
        subscription_item_id: 'i-metered',
        component: 'calls',
        quantity: 9,
        occurred_at: day('02-12'),
        recorded_at: day('02-12'),
        billed_line_id: 'l-calls',
      },
      // Came after the rating: waits for the next.
      {
        id: 'u4',
        event_key: 'k4',
        subscription_item_id: 'i-metered',
        component: 'api',
        quantity: 5,
        occurred_at: day('02-13'),
        recorded_at: day('03-05'),
      },
    ],
  };
}

const invoiceDefaults = {
  account_id: 'acc',
  currency: 'EUR',
  discount_total: 0,
  tax_total: 0,
  content_hash: 'h',
  content_hash_now: 'h',
};

function issued(id: string, seq: number, row: Row): Row {
  const times = { due_at: day('02-15'), finalized_at: day('02-01'), created_at: day('02-01') };
  return { id, number: `A-${seq}`, number_series: 'A', number_seq: seq, ...invoiceDefaults, ...times, ...row };
}

function invoicing(): Record<string, Row[]> {
  const paid = { status: 'paid', amount_due: 0, paid_at: day('02-02') };
  return {
    invoices: [
      issued('paid', 1, { ...paid, subtotal: 1000, tax_total: 200, total: 1200, amount_paid: 1200 }),
      issued('open', 2, {
        status: 'open',
        subtotal: 1000,
        discount_total: 100,
        tax_total: 180,
        total: 1080,
        credits_applied: 80,
        amount_due: 1000,
      }),
      issued('lost', 3, {
        status: 'uncollectible',
        subtotal: 1200,
        tax_total: 200,
        tax_included: 200,
        total: 1200,
        written_off: 1200,
        amount_due: 0,
      }),
      issued('parts', 4, {
        status: 'open',
        subtotal: 500,
        total: 500,
        credit_notes_applied: 100,
        amount_paid: 200,
        amount_due: 200,
      }),
      issued('void', 5, { status: 'void', subtotal: 300, total: 300, amount_due: 0, voided_at: day('02-03') }),
      issued('carried', 6, { ...paid, subtotal: -300, carried_to_credit: 300, total: 0 }),
      issued('usage', 7, { ...paid, subtotal: 30, total: 30, amount_paid: 30 }),
      issued('periods', 8, { status: 'open', subtotal: 4700, total: 4700, amount_due: 4700 }),
      {
        id: 'draft',
        status: 'draft',
        ...invoiceDefaults,
        content_hash: null,
        content_hash_now: null,
        subtotal: 100,
        total: 100,
        amount_due: 100,
        created_at: day('03-01'),
      },
      issued('foreign', 1, { org_id: 'b', status: 'open', subtotal: 100, total: 100, amount_due: 100 }),
    ],
    invoice_lines: lines(),
    invoice_taxes: [
      { id: 't-paid', invoice_id: 'paid', rate_percent: 20, inclusive: false, taxable: 1000, amount: 200 },
      { id: 't-open', invoice_id: 'open', rate_percent: 20, inclusive: false, taxable: 900, amount: 180 },
      { id: 't-lost', invoice_id: 'lost', rate_percent: 20, inclusive: true, taxable: 1200, amount: 200 },
    ],
    billed_periods: [
      period('l-jan', 'i-monthly', '01-01', '02-01'),
      period('l-feb', 'i-monthly', '02-01', '03-01'),
      period('l-mar', 'i-monthly', '03-01', '04-01'),
      {
        ...period('l-week', 'i-weekly', '03-02', '03-09'),
        period_start: '2026-03-01T23:00:00Z',
        period_end: '2026-03-08T23:00:00Z',
      },
      period('l-ended', 'i-ended', '01-15', '02-15'),
      period('l-before', 'i-paused', '01-01', '02-01'),
      period('l-whole', 'i-paused', '03-01', '03-16'),
      period('l-rest', 'i-paused', '03-16', '04-01'),
      { ...period('l-api', 'i-metered', '02-01', '03-01'), component: 'api', kind: 'usage' },
      { ...period('l-calls', 'i-metered', '02-01', '03-01'), component: 'calls', kind: 'usage' },
    ],
    credit_notes: [
      {
        id: 'note',
        invoice_id: 'paid',
        number: 'CN-1',
        number_series: 'CN',
        number_seq: 1,
        currency: 'EUR',
        total: 120,
        to_balance: 60,
        to_refund: 60,
        status: 'issued',
      },
      {
        id: 'note-open',
        invoice_id: 'parts',
        number: 'CN-2',
        number_series: 'CN',
        number_seq: 2,
        currency: 'EUR',
        total: 100,
        to_invoice: 100,
        status: 'issued',
      },
    ],
    credit_note_lines: [
      { id: 'nl', credit_note_id: 'note', invoice_line_id: 'l-jan', amount: 120 },
      { id: 'nl-open', credit_note_id: 'note-open', invoice_line_id: 'l-parts', amount: 100 },
    ],
  };
}

function period(line: string, item: string, from: string, to: string): Row {
  return {
    id: `p-${line}`,
    subscription_item_id: item,
    component: '',
    kind: 'recurring',
    period_start: day(from),
    period_end: day(to),
    invoice_line_id: line,
  };
}

function lines(): Row[] {
  const line = (id: string, invoice: string, amount: number, more: Row = {}): Row => {
    return {
      id,
      invoice_id: invoice,
      kind: 'one_off',
      quantity: 1,
      unit_amount: amount,
      amount,
      currency: 'EUR',
      ...more,
    };
  };
  const recurring = (
    id: string,
    invoice: string,
    amount: number,
    item: string,
    from: string,
    to: string,
    more: Row = {},
  ) => {
    return line(id, invoice, amount, {
      kind: 'recurring',
      subscription_item_id: item,
      period_start: day(from),
      period_end: day(to),
      ...more,
    });
  };
  const usage = { kind: 'usage', rated_at: day('03-01') };
  return [
    recurring('l-jan', 'paid', 1000, 'i-monthly', '01-01', '02-01', { tax_amount: 200 }),
    recurring('l-feb', 'open', 1000, 'i-monthly', '02-01', '03-01', { discount_amount: 100, tax_amount: 180 }),
    recurring('l-mar', 'lost', 1200, 'i-monthly', '03-01', '04-01', { tax_amount: 200 }),
    line('l-parts', 'parts', 500),
    line('l-void', 'void', 300),
    line('l-carried', 'carried', -300, { kind: 'adjustment' }),
    recurring('l-api', 'usage', 20, 'i-metered', '02-01', '03-01', {
      ...usage,
      component: 'api',
      aggregation: 'sum',
      quantity: 3,
    }),
    recurring('l-calls', 'usage', 10, 'i-metered', '02-01', '03-01', {
      ...usage,
      component: 'calls',
      aggregation: 'count',
    }),
    recurring('l-week', 'periods', 500, 'i-weekly', '03-02', '03-09', {
      period_start: '2026-03-01T23:00:00Z',
      period_end: '2026-03-08T23:00:00Z',
    }),
    recurring('l-ended', 'periods', 1000, 'i-ended', '01-15', '02-15'),
    recurring('l-before', 'periods', 1000, 'i-paused', '01-01', '02-01'),
    // Billed whole, then its rest taken back and billed anew at another price.
    recurring('l-whole', 'periods', 1500, 'i-paused', '03-01', '04-01'),
    recurring('l-back', 'periods', -800, 'i-paused', '03-16', '04-01', { reverses_line_id: 'l-whole' }),
    recurring('l-rest', 'periods', 1500, 'i-paused', '03-16', '04-01'),
    line('l-draft', 'draft', 100),
    line('l-foreign', 'foreign', 100, { org_id: 'b' }),
  ];
}

function money(): Record<string, Row[]> {
  const payment = (id: string, amount: number, status = 'succeeded'): Row => {
    const settled = status === 'succeeded' ? day('02-02') : null;
    return {
      id,
      account_id: 'acc',
      provider: 'stripe',
      status,
      amount,
      currency: 'EUR',
      created_at: day('02-01'),
      settled_at: settled,
    };
  };
  const attempt = (id: string, paymentId: string, attemptNo: number, status: string, amount: number): Row => {
    return {
      id,
      payment_id: paymentId,
      attempt_no: attemptNo,
      provider: 'stripe',
      provider_ref: `pi_${paymentId}`,
      idempotency_key: id,
      status,
      amount,
    };
  };
  return {
    payments: [
      payment('p-paid', 1200),
      payment('p-open', 1000, 'pending'),
      payment('p-part', 200),
      payment('p-usage', 430),
    ],
    payment_attempts: [
      attempt('at-paid-1', 'p-paid', 1, 'failed', 1200),
      attempt('at-paid-2', 'p-paid', 2, 'succeeded', 1200),
      attempt('at-open', 'p-open', 1, 'pending', 1000),
      attempt('at-part', 'p-part', 1, 'succeeded', 200),
      attempt('at-usage', 'p-usage', 1, 'succeeded', 430),
    ],
    payment_applications: [
      { id: 'ap-paid', payment_id: 'p-paid', invoice_id: 'paid', amount: 1200, status: 'applied' },
      { id: 'ap-open', payment_id: 'p-open', invoice_id: 'open', amount: 1000, status: 'pending' },
      {
        id: 'ap-part',
        payment_id: 'p-part',
        invoice_id: 'parts',
        installment_id: 'n1',
        amount: 200,
        status: 'applied',
      },
      { id: 'ap-usage', payment_id: 'p-usage', invoice_id: 'usage', amount: 30, status: 'applied' },
    ],
    refunds: [
      {
        id: 'refund',
        payment_id: 'p-paid',
        credit_note_id: 'note',
        amount: 60,
        currency: 'EUR',
        status: 'succeeded',
        provider: 'stripe',
        provider_ref: 're_1',
        requested_by: 'ann',
        approved_by: 'bob',
        approval_required: true,
      },
    ],
    disputes: [
      {
        id: 'dispute',
        payment_id: 'p-paid',
        amount: 100,
        currency: 'EUR',
        status: 'open',
        funds_withdrawn: 100,
        provider_ref: 'dp_1',
      },
    ],
    dunning_attempts: [
      { id: 'd1', invoice_id: 'open', attempt_no: 1, at: day('02-05') },
      { id: 'd2', invoice_id: 'open', attempt_no: 2, at: day('02-08') },
      { id: 'd3', invoice_id: 'void', attempt_no: 1, at: day('02-02') },
    ],
    installment_plans: [
      { id: 'plan', account_id: 'acc', invoice_id: 'parts', total: 400, currency: 'EUR', status: 'active' },
    ],
    installments: [
      { id: 'n1', plan_id: 'plan', seq: 1, amount: 200, due_at: day('02-10'), status: 'paid' },
      { id: 'n2', plan_id: 'plan', seq: 2, amount: 200, due_at: day('05-10'), status: 'scheduled' },
    ],
  };
}

function credits(): Record<string, Row[]> {
  const entries: [amount: number, sourceType: string, sourceId: string][] = [
    [500, 'grant', 'gift'],
    [-80, 'invoice_application', 'open'],
    [-50, 'invoice_application', 'void'],
    [50, 'invoice_application', 'void'],
    [300, 'carried_over', 'carried'],
    [60, 'credit_note', 'note'],
    [400, 'overpayment', 'p-usage'],
    [-20, 'expiry', 'gift'],
  ];
  return {
    credit_entries: entries.map(([amount, type, id], at) => {
      return {
        id: `c${at}`,
        account_id: 'acc',
        currency: 'EUR',
        amount,
        source_type: type,
        source_id: id,
        seq: at + 1,
      };
    }),
  };
}

function rest(): Record<string, Row[]> {
  const event = { org_id: 'a', provider: 'stripe', type: 'charge.refunded', livemode: false };
  return {
    provider_events: [
      { id: 'e1', ...event, provider_event_id: 'evt_1', applied_at: day('02-02'), effects: 1 },
      { id: 'e2', ...event, provider_event_id: 'evt_2', ignored_at: day('02-02') },
      { id: 'e3', ...event, provider_event_id: 'evt_3', dead_at: day('02-02') },
    ],
    outbox: [1, 2, 3].map((id) => ({
      id,
      org_id: 'a',
      aggregate_id: 'thing',
      topic: 'made',
      recorded_at: day('02-01'),
      published_at: day('02-01'),
      published_seq: id,
    })),
    idempotency_keys: [
      { key: 'done', request_hash: 'x', state: 'finished', recorded_at: day('02-01'), finished_at: day('02-01') },
    ],
    capacity: [{ resource_id: 'hall', kind: 'seats', capacity: 10, taken: 6, held: 4 }],
    mrr_movements: [
      { id: 'm1', account_id: 'acc', currency: 'EUR', kind: 'new', amount: 1000, at: day('02-01'), fact_id: 'f1' },
      // Half past eleven in the evening of the 10th in New York.
      {
        id: 'm2',
        account_id: 'acc',
        currency: 'EUR',
        kind: 'churn',
        amount: -400,
        at: '2026-02-11T04:30:00Z',
        fact_id: 'f2',
      },
    ],
    mrr_snapshots: [
      { currency: 'EUR', on_date: '2026-02-09', timezone: 'America/New_York', mrr: 1000 },
      { currency: 'EUR', on_date: '2026-02-10', timezone: 'America/New_York', mrr: 600 },
    ],
  };
}

/** Transactions as they are posted: source, effect, and what each account gets (debit positive). */
function ledger(): Row[] {
  const posted: [organization: string, source: string, effect: string, amounts: Record<string, number>][] = [
    ['a', 'paid', 'finalize', { receivable: 1200, revenue: -1000, tax_payable: -200 }],
    ['a', 'p-paid', 'settle', { cash: 1200, receivable: -1200 }],
    ['a', 'open', 'finalize', { receivable: 1080, revenue: -900, tax_payable: -180 }],
    ['a', 'open', 'apply_credit', { credits: 80, receivable: -80 }],
    ['a', 'lost', 'finalize', { receivable: 1200, revenue: -1000, tax_payable: -200 }],
    ['a', 'lost', 'write_off', { bad_debt: 1200, receivable: -1200 }],
    ['a', 'parts', 'finalize', { receivable: 500, revenue: -500 }],
    ['a', 'p-part', 'settle', { cash: 200, receivable: -200 }],
    ['a', 'note-open', 'credit', { revenue: 100, receivable: -100 }],
    ['a', 'void', 'finalize', { receivable: 300, revenue: -300 }],
    ['a', 'void', 'void', { receivable: -300, revenue: 300 }],
    ['a', 'carried', 'finalize', { revenue: 300, credits: -300 }],
    ['a', 'usage', 'finalize', { receivable: 30, revenue: -30 }],
    ['a', 'p-usage', 'settle', { cash: 430, receivable: -30, credits: -400 }],
    ['a', 'periods', 'finalize', { receivable: 4700, revenue: -4700 }],
    ['a', 'gift', 'grant', { revenue: 500, credits: -500 }],
    ['a', 'gift', 'expire', { credits: 20, revenue: -20 }],
    ['a', 'note', 'credit', { revenue: 100, tax_payable: 20, credits: -60, refunds: -60 }],
    ['a', 'refund', 'settle', { refunds: 60, cash: -60 }],
    ['a', 'dispute', 'withdraw', { disputed: 100, cash: -100 }],
    ['b', 'foreign', 'finalize', { receivable: 100, revenue: -100 }],
  ];
  return posted
    .flatMap(([organization, source, effect, amounts], at) =>
      Object.entries(amounts).map(([account, amount]) => ({
        txn_id: `x${at}`,
        org_id: organization,
        account,
        currency: 'EUR',
        amount,
        source_type: 'thing',
        source_id: source,
        effect,
      })),
    )
    .map((row, id) => ({ id: id + 1, ...row }));
}

/** Three links, made here and not with the query that judges them. */
function auditChain(): Row[] {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  let previous = 'genesis';
  return [1, 2, 3].map((seq) => {
    const at = day(`02-0${seq}`);
    // The second's payload was erased; its hash stays.
    const payload = seq === 2 ? null : `{"step":${seq}}`;
    const payloadHash = sha256(payload ?? 'erased');
    const link = ['a', seq, Date.parse(at) * 1000, 'ann', 'made', 'thing:1', payloadHash].map((part) =>
      JSON.stringify(part),
    );
    const row = {
      org_id: 'a',
      seq,
      at,
      actor: 'ann',
      action: 'made',
      target: 'thing:1',
      payload,
      payload_hash: payloadHash,
      prev_hash: previous,
      hash: sha256(`[${[JSON.stringify(previous), ...link].join(', ')}]`),
    };
    previous = row.hash;
    return row;
  });
}
