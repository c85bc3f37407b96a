import { day, type Row } from './sane-rows.ts';

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

/** An invoice in each state, with lines, taxes, billed periods and credit notes. */
export function invoicing(): Record<string, Row[]> {
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
        subtotal: 300,
        total: 300,
        amount_due: 300,
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
    recurring('l-void', 'void', 300, 'i-given-up', '02-01', '03-01'),
    line('l-carried', 'carried', -300, { kind: 'adjustment', reverses_line_id: 'l-draft' }),
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
    line('l-draft', 'draft', 300),
    line('l-foreign', 'foreign', 100, { org_id: 'b' }),
  ];
}
