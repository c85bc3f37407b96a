import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

export type SubscriptionStatus = 'incomplete' | 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled';
export type SubscriptionEvent =
  /** The start is reached and a trial begins. */
  | 'trial_started'
  /** What the first invoice asked for is settled, or nothing was due. */
  | 'activated'
  /** The trial is over and the first paid period begins. */
  | 'trial_ended'
  /** A collection of one of its invoices failed. */
  | 'payment_failed'
  /** None of its invoices is overdue any more. */
  | 'recovered'
  /** It stands still, and nothing is billed. */
  | 'paused'
  /** It goes on after a pause. */
  | 'resumed'
  /** It goes on after a pause, and so does its trial. */
  | 'trial_resumed'
  /** The first invoice was not paid in time. */
  | 'lapsed'
  | 'canceled'
  /** It is taken up again after its end, and begins anew. */
  | 'reactivated';

/** Statuses of a subscription: failure is a status. Only a reactivation leads out of the end. */
export const subscriptionLifecycle: LifecycleTable<SubscriptionStatus, SubscriptionEvent> = {
  incomplete: { trial_started: 'trialing', activated: 'active', lapsed: 'canceled', canceled: 'canceled' },
  trialing: { trial_ended: 'active', paused: 'paused', canceled: 'canceled' },
  active: { payment_failed: 'past_due', paused: 'paused', canceled: 'canceled' },
  past_due: { recovered: 'active', paused: 'paused', canceled: 'canceled' },
  paused: { resumed: 'active', trial_resumed: 'trialing', canceled: 'canceled' },
  canceled: { reactivated: 'incomplete' },
};

/** One move of a subscription on its table, at an instant of its account's clock. */
export interface StatusMove {
  from: SubscriptionStatus;
  event: SubscriptionEvent;
  to: SubscriptionStatus;
  at: Date;
}

/** Where an event leads. Throws where the table has no such move: callers ask only what they have checked. */
export function moveStatus(from: string, event: SubscriptionEvent, at: Date): StatusMove {
  const to = next(subscriptionLifecycle, from as SubscriptionStatus, event);
  if (!to) throw new Error(`a subscription that is ${from} does not take ${event}`);
  return { from: from as SubscriptionStatus, event, to, at };
}
