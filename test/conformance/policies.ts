/**
 * The policies that a product may leave out, by op; every other policy is due. A case under a due policy is never skipped:
 * if its adapter does not offer the policy, the case fails.
 */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'calendar.next_boundary': ['snap_to_anchor_then_step'],
  'calendar.boundaries': ['anchor_utc_wall_clock'],
  'calendar.days_between': ['fixed_month_length'],
  'proration.fraction': ['fixed_month_length'],
  'proration.change': ['by_day_last_day_inclusive', 'by_day_rounded_daily_rate'],
  'currency.allocate': ['remainder_all_to_largest_weight'],
  'instalment.split': ['remainder_all_to_first', 'remainder_all_to_last', 'remainder_one_unit_each_from_last'],
  'invoice.coupon_sequence': ['percentage_on_original_amount'],
  'invoice.discount_allocation': ['first_line_first'],
  'invoice.plan_commitment_true_up': ['subtract_then_prorate_and_round'],
  'credit_note.amounts': ['total_rounded_once'],
  'price.graduated': ['zero_usage_bills_nothing'],
  'price.graduated_prorated_events': ['tier_by_full_units_price_on_prorated_units'],
  'usage.prorated_recurring_sum': ['by_day_event_day_included'],
  'usage.prorated_event': ['by_day_event_day_included'],
  'usage.prorated_recurring_unique': ['by_day_add_and_remove_days_included'],
  'analytics.mrr': ['round_each_subscription', 'week_is_365_over_84'],
};

/** Whether a policy may be skipped for an op. */
export function isOptionalPolicy(op: string, policy: string): boolean {
  return OPTIONAL[op]?.includes(policy) === true;
}
