import type { JsonObject } from './adapter.ts';
import type { Case } from './core.ts';

const one = (op: string, inputs: JsonObject, expected: JsonObject, policy: string | null = null): Case => ({
  id: `${op}.here`,
  op,
  policy,
  inputs,
  expected,
});

const tiers = [
  { up_to: '3', unit_amount: '4', flat_amount: '7' },
  { up_to: '8', unit_amount: '3', flat_amount: '0.5' },
  { up_to: null, unit_amount: '0.25', flat_amount: '0' },
];
const july = { period_start: '2026-07-01T00:00:00Z', period_end: '2026-08-01T00:00:00Z' };

/** Right cases of prices and proration, made up here and worked out by hand. */
export const RIGHT_PRICES: readonly Case[] = [
  one('price.graduated', { tiers, quantity: '9.5' }, { amount: '34.875' }),
  one('price.graduated', { tiers, quantity: '2', quantity_already_billed: '3' }, { amount: '6.5' }),
  one('price.graduated', { tiers, quantity: '0' }, { amount: '7' }, 'zero_usage_bills_first_flat'),
  one('price.graduated', { tiers, quantity: '0' }, { amount: '0' }, 'zero_usage_bills_nothing'),
  one('price.volume', { tiers, quantity: '3.5' }, { amount: '11' }),
  one('price.volume', { tiers, quantity: '2', tier_quantity: '9' }, { amount: '0.5' }),
  one(
    'price.package',
    { package_size: '6', package_amount: '2.5', free_units: '4', quantity: '3', quantity_already_billed: '8' },
    { amount: '2.5', packages: '1' },
  ),
  one(
    'price.package',
    { package_size: '6', package_amount: '2.5', free_units: '0', quantity: '17', rounding: 'down' },
    { amount: '5', packages: '2' },
  ),
  one(
    'price.graduated_percentage',
    {
      tiers: [
        { up_to: '50', rate_percent: '10', flat_amount: '1' },
        { up_to: null, rate_percent: '0.5', flat_amount: '2' },
      ],
      quantity: '60',
    },
    { amount: '8.05' },
  ),
  one(
    'price.percentage',
    {
      rate_percent: '10',
      fixed_amount: '0.1',
      events: ['5', '20', '0.2', '300'],
      free_events: null,
      free_amount: '15',
      per_transaction_min: '1.5',
      per_transaction_max: '20',
    },
    { amount: '22.6' },
    'no_minimum_on_event_already_partly_free_total',
  ),
  one(
    'price.dynamic',
    { event_amounts_minor: ['12.5', '7.5'], quantity: '8' },
    { amount: '0.2', unit_amount: '0.025' },
  ),
  one('price.dynamic_multiplier', { currency: 'JPY', base_amount: '33', multiplier: '1.5' }, { amount: '50' }),
  one(
    'price.commitment',
    {
      currency: 'EUR',
      amount: '3.20',
      previously_billed: '5',
      minimum: '10.00',
      maximum: null,
      is_last_line_of_period: true,
    },
    { minimum_top_up: '1.80', maximum_discount: '0', total: '5' },
  ),
  one(
    'price.unit_conversion',
    { operation: 'multiply', factor: '0.3', rounding: 'floor', quantity: '11' },
    { quantity: '3' },
  ),
  one(
    'price.free_usage',
    { free_units: '10', used_before: '6.5', used_now: '5' },
    { billable_now: '1.5', discounted_now: '3.5' },
  ),
  one(
    'price.bucketed',
    { model: { type: 'volume', tiers }, bucket_quantities: ['3', '4'] },
    { amount: '31.5' },
    'price_each_bucket_then_sum',
  ),
  one(
    'price.tiered_blocks',
    {
      mode: 'graduated',
      tiers: [
        { block_size: '4', max_blocks: '2', block_amount: '3' },
        { block_size: '10', max_blocks: null, block_amount: '5' },
      ],
      quantity: '19',
    },
    { amount: '16', tier_amounts: ['6', '10'] },
    'block_rounded_up_per_tier',
  ),
  one(
    'proration.change',
    {
      currency: 'EUR',
      ...july,
      at: '2026-07-21T00:00:00Z',
      old: { unit_amount: '31', quantity: '2' },
      new: { unit_amount: '6.20', quantity: '1' },
      rounding: 'half_up_each_line',
      credit_cap: '20',
    },
    { credit: '-20', charge: '2.20', net: '-17.80' },
    'by_second',
  ),
  one(
    'proration.change',
    {
      currency: 'EUR',
      ...july,
      at: '2026-07-21T18:00:00Z',
      old: { unit_amount: '3.10', quantity: '1' },
      new: null,
      rounding: 'half_up_each_line',
    },
    { credit: '-1.10', charge: '0', net: '-1.10' },
    'by_day',
  ),
  one(
    'proration.change_interval',
    {
      currency: 'EUR',
      ...july,
      at: '2026-07-31T00:00:00Z',
      old: { unit_amount: '15.50', quantity: '1' },
      new: { unit_amount: '40', quantity: '1', interval: 'quarter' },
    },
    { credit: '-0.50', charge: '40', net: '39.50', new_period_end: '2026-10-31T00:00:00Z' },
    'by_second',
  ),
  one(
    'proration.credit_cap',
    { potential_credit: '7', original_amount_paid: '9.5', credits_already_issued: '3.25' },
    { credit: '6.25' },
    'credit_never_exceeds_amount_paid',
  ),
  one(
    'proration.billing_cycles',
    {
      start: '2026-03-21',
      end: '2026-05-11',
      target: '2026-12-01',
      billing_day: 31,
      interval: 'month',
      interval_count: 1,
      timing: 'in_advance',
    },
    { cycles: '1.677419355' },
    'by_calendar_day_reclamped_reference',
  ),
  one(
    'proration.credits_grant',
    { credits: '10', ...july, at: '2026-07-11T00:00:00Z', scale: 3 },
    { credits: '6.774' },
    'by_second',
  ),
  one(
    'proration.sum_of_lines',
    { currency: 'EUR', lines: ['0.03', '0.03'], ...july, from: '2026-07-01T00:00:00Z', to: '2026-07-16T12:00:00Z' },
    { total: '0.04' },
    'round_each_line',
  ),
  one(
    'proration.sum_of_lines',
    { currency: 'EUR', lines: ['0.03', '0.03'], ...july, from: '2026-07-01T00:00:00Z', to: '2026-07-16T12:00:00Z' },
    { total: '0.03' },
    'round_total_once',
  ),
];
