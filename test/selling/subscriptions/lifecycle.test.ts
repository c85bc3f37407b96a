import { describe, expect, it } from '@jest/globals';
import { moves } from '../../../src/rules/lifecycle.ts';
import {
  moveStatus,
  type SubscriptionEvent,
  type SubscriptionStatus,
  subscriptionLifecycle,
} from '../../../src/selling/subscriptions/index.ts';

const statuses = ['incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled'] as const;
const events = [
  'trial_started',
  'activated',
  'trial_ended',
  'payment_failed',
  'recovered',
  'paused',
  'resumed',
  'trial_resumed',
  'lapsed',
  'canceled',
  'reactivated',
] as const;

const allowed = new Map<string, SubscriptionStatus>([
  ['incomplete trial_started', 'trialing'],
  ['incomplete activated', 'active'],
  ['incomplete lapsed', 'canceled'],
  ['incomplete canceled', 'canceled'],
  ['trialing trial_ended', 'active'],
  ['trialing canceled', 'canceled'],
  ['active payment_failed', 'past_due'],
  ['active canceled', 'canceled'],
  ['past_due recovered', 'active'],
  ['past_due canceled', 'canceled'],
  ['active paused', 'paused'],
  ['past_due paused', 'paused'],
  ['trialing paused', 'paused'],
  ['paused resumed', 'active'],
  ['paused trial_resumed', 'trialing'],
  ['paused canceled', 'canceled'],
  ['canceled reactivated', 'incomplete'],
]);

describe('the lifecycle of a subscription', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const pairs = statuses.flatMap((status) => events.map((event) => [status, event] as const));

  it.each(pairs)('from %s by %s', (status: SubscriptionStatus, event: SubscriptionEvent) => {
    const to = allowed.get(`${status} ${event}`);
    if (to) expect(moveStatus(status, event, at)).toEqual({ from: status, event, to, at });
    else expect(() => moveStatus(status, event, at)).toThrow('does not take');
  });

  it('has no other moves', () => {
    expect(moves(subscriptionLifecycle)).toHaveLength(allowed.size);
  });
});
