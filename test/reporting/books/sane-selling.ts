import { day, type Row } from './sane-rows.ts';

/** Subscriptions in advance and in arrears, one ended, one paused, one in its trial; and usage. */
export function selling(): Record<string, Row[]> {
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
      // What a void gave up of one item.
      { id: 'void', subscription_id: 'monthly', paused_from: day('02-01'), resumed_at: day('03-01') },
    ],
    subscription_items: [
      { id: 'i-monthly', subscription_id: 'monthly', billing_mode: 'advance', active_from: day('01-01') },
      {
        id: 'i-given-up',
        subscription_id: 'monthly',
        billing_mode: 'advance',
        active_from: day('02-01'),
        active_to: day('03-01'),
      },
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
