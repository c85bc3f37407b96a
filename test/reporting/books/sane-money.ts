import { day, type Row } from './sane-rows.ts';

/** Payments, refunds, a dispute, dunning and installments. */
export function money(): Record<string, Row[]> {
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

/** One credit balance, entry by entry. */
export function credits(): Record<string, Row[]> {
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
    frozen_credits: [
      { id: 'kept', source_type: 'carried_over', invoice_id: 'carried' },
      { id: 'bounced', source_type: 'top_up', invoice_id: 'open' },
    ],
  };
}

/** Transactions as they are posted: source, effect, and what each account gets (debit positive). */
export function ledger(): Row[] {
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
