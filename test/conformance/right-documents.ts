import type { JsonObject } from './adapter.ts';
import type { Case } from './core.ts';

const one = (op: string, inputs: JsonObject, expected: JsonObject, policy: string | null = null): Case => ({
  id: `${op}.documents`,
  op,
  policy,
  inputs: { currency: 'EUR', ...inputs },
  expected,
});
const fixed = (amount: string) => ({ type: 'fixed', amount });
const percentage = (percent: string) => ({ type: 'percentage', percent });
const line = (amount: string, ...rates: string[]) => ({ amount, tax_rates_percent: rates });
const lines = [line('0.03', '20'), line('0.03', '20')];

/** One right case for each op of invoices and credit notes, made up here. */
export const RIGHT_DOCUMENTS: readonly Case[] = [
  one('invoice.totals', { lines, discounts: [] }, { tax: '0.02', line_taxes: ['0.01', '0.01'] }, 'round_tax_per_line'),
  one('invoice.totals', { lines, discounts: [] }, { tax: '0.01', total: '0.07' }, 'round_tax_on_total'),
  one(
    'invoice.totals',
    {
      lines: [line('10.00', '10'), line('20.00', '25')],
      discounts: [{ ...fixed('1.00'), lines: [0] }, percentage('10')],
      line_discount_decimals: 3,
    },
    {
      subtotal: '30.00',
      discount: '3.90',
      tax: '5.31',
      total: '31.41',
      line_discounts: ['1.9', '2'],
      effective_tax_rate_percent: '20.34483',
    },
    'discount_before_tax',
  ),
  one(
    'invoice.coupon_apply',
    { base: '2.00', ...fixed('5.00'), frequency: 'once', already_used: '1.00' },
    { discount: '2.00', remaining_amount: '2.00', ended: false },
  ),
  one(
    'invoice.coupon_apply',
    { base: '2.00', ...percentage('5'), frequency: 'repeating', periods_left: 1 },
    { discount: '0.10', periods_left: 0, ended: true },
  ),
  one(
    'invoice.coupon_sequence',
    { base: '10.00', discounts_in_order: [percentage('50'), fixed('1.00'), percentage('50')] },
    { discount: '8.00', net: '2.00' },
    'each_on_the_remainder',
  ),
  one(
    'invoice.discount_allocation',
    { discount: '0.05', lines: ['0.10', '0.10', '0.20'] },
    { line_discounts: ['0.01', '0.01', '0.03'] },
    'proportional_largest_remainder',
  ),
  one(
    'invoice.percentage_per_line',
    { percent: '10', lines: ['0.15', '0.15', '0.15'] },
    { discount: '0.06', line_discounts: ['0.02', '0.02', '0.02'] },
    'round_each_line',
  ),
  one(
    'invoice.percentage_per_line',
    { percent: '10', lines: ['0.15', '0.15', '0.15'] },
    { discount: '0.05' },
    'round_total_once',
  ),
  one(
    'invoice.discount_then_credits',
    {
      lines: ['10.00', '10.00'],
      line_discounts_percent: { '1': '50' },
      invoice_discount: fixed('3.00'),
      prepaid_credits: ['2.00', '9.00'],
      credit_eligible_lines: [1],
    },
    { discount: '8.00', credits: '4.00', total: '8.00' },
    'discounts_then_prepaid_credits',
  ),
  one('invoice.minimum_true_up', { minimum: '31.00', used: '4.00', days: 10, period_days: 31 }, { true_up: '6.00' }),
  one(
    'invoice.plan_commitment_true_up',
    { commitment: '0.10', plan_fee: '0.05', days: 1, period_days: 2 },
    { true_up: '0.02' },
    'prorate_and_round_each_then_subtract',
  ),
  one(
    'invoice.wallet_allocation',
    {
      due: '10.00',
      lines: [
        { kind: 'usage', amount: '4.00' },
        { kind: 'recurring', amount: '6.00' },
      ],
      wallets_in_priority_order: [
        { name: 'limited', balance: '9.00', line_kinds: ['usage'] },
        { name: 'all', balance: '5.00' },
      ],
    },
    { applied: { limited: '4.00', all: '5.00' } },
  ),
  one('invoice.wallet_top_up', { credits: '10.004', rate_amount: '2.5' }, { credits: '10.00', amount: '25.00' }),
  one(
    'invoice.wallet_ongoing_balance',
    { balance: '1.00', unbilled_usage: '3.00' },
    { ongoing_balance: '-2.00', balance: '1.00' },
  ),
  one(
    'credit_note.amounts',
    { items: [{ amount: '5.00', tax_rate_percent: '25', line_amount: '10.00', line_discount: '1.01' }] },
    { discount_share: '0.51', sub_total: '4.50', tax: '1.12', total: '5.62' },
    'sub_and_tax_rounded_total_is_their_sum',
  ),
  one(
    'credit_note.sequence',
    {
      invoice: { sub_total: '0.09', tax: '0.02', total: '0.11' },
      credit_notes_net_in_order: ['0.03', '0.06'],
      tax_rate_percent: '20',
    },
    { totals: ['0.04', '0.07'], taxes: ['0.01', '0.01'], creditable_after_each: ['0.07', '0.00'] },
    'last_note_takes_the_rounding_difference',
  ),
  one(
    'credit_note.termination',
    {
      plan_fee: '30.00',
      period_days: 30,
      used_days: 10,
      tax_rate_percent: '10',
      already_credited_net: '5.00',
      line_discount: '0',
      invoice_total: '33.00',
      line_share_of_invoice: '33.00',
      paid: '20.00',
      mode: 'refund',
    },
    { item_net: '15.00', tax: '1.50', total: '16.50', refund: '9.00', credit: '7.50' },
    'refund_is_paid_share_minus_used_value',
  ),
  one(
    'credit_note.limits',
    {
      invoice: { total: '5.00', paid: '5.00', settled: true, already_credited_total: '0', already_refunded: '4.00' },
      request: { credit: '0', refund: '2.00' },
    },
    { accepted: false, reason: 'refund_exceeds_paid' },
  ),
  one(
    'refund.tax_share',
    { net: '9.00', tax: '1.00', already_refunded_net: '6.00', already_refunded_tax: '0.67', refund_net: '3.00' },
    { refund_tax: '0.33' },
  ),
];
