import { columnsRead } from '../../platform/lookahead.ts';
import { columnsAs } from '../../platform/sql-text.ts';

/** All columns of a subscription's row. */
const subscriptionColumns = [
  'organization_id',
  'id',
  'external_id',
  'account_id',
  'test_clock_id',
  'status',
  'currency',
  'timezone',
  'anchor_at',
  'interval_unit',
  'interval_count',
  'collection',
  'payment_method_id',
  'net_days',
  'legal_entity_id',
  'purchase_order_number',
  'started_at',
  'current_period_start',
  'current_period_end',
  'trial_start',
  'trial_end',
  'ends_at',
  'ended_at',
  'cancel_requested_at',
  'cancel_reason',
  'next_billing_at',
  'lapses_at',
  'trial_reminds_at',
  'parked_at',
  'parked_reason',
  'metadata',
  'created_at',
  'updated_at',
] as const;

/** The columns of subscriptions `s` that a request needs, under the names that rows have in code. */
export const shownSubscriptionColumns = columnsRead<(typeof subscriptionColumns)[number]>(
  {
    always: ['id', 'account_id', 'payment_method_id', 'legal_entity_id', 'status', 'created_at'],
    fields: {
      externalId: ['external_id'],
      currency: ['currency'],
      timezone: ['timezone'],
      anchorAt: ['anchor_at'],
      intervalUnit: ['interval_unit'],
      intervalCount: ['interval_count'],
      collection: ['collection'],
      netDays: ['net_days'],
      purchaseOrderNumber: ['purchase_order_number'],
      startedAt: ['started_at'],
      currentPeriod: ['current_period_start', 'current_period_end'],
      trial: ['trial_start', 'trial_end'],
      endsAt: ['ends_at'],
      endedAt: ['ended_at'],
      cancelRequestedAt: ['cancel_requested_at'],
      cancelReason: ['cancel_reason'],
      nextBillingAt: ['next_billing_at'],
      lapsesAt: ['lapses_at'],
      parkedAt: ['parked_at'],
      parkedReason: ['parked_reason'],
      metadata: ['metadata'],
      updatedAt: ['updated_at'],
    },
  },
  (names) => columnsAs('s', names),
);

/** All columns of an item's row. */
export const itemColumns = [
  'organization_id',
  'id',
  'subscription_id',
  'plan_id',
  'plan_version_id',
  'price_id',
  'component',
  'billing_mode',
  'quantity',
  'price_override_id',
  'billed_once_at',
  'active_from',
  'active_to',
  'position',
  'metadata',
  'created_at',
  'updated_at',
] as const;

/** All columns of a row of the history. */
export const changeColumns = [
  'organization_id',
  'id',
  'subscription_id',
  'field',
  'old_value',
  'new_value',
  'at',
  'recorded_at',
  'actor',
] as const;

/** All columns of a scheduled change's row. */
export const scheduledColumns = [
  'organization_id',
  'id',
  'subscription_id',
  'kind',
  'effective_at',
  'at_period_end',
  'terms',
  'status',
  'closed_at',
  'created_at',
  'updated_at',
] as const;
