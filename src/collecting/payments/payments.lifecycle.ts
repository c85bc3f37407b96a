import { invalidState } from '../../platform/errors.ts';
import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

export const paymentStatuses = [
  'pending',
  'unknown',
  'requires_action',
  'requires_capture',
  'succeeded',
  'failed',
  'canceled',
  'reversed',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

/**
 * `wait`: the provider has not decided · `doubt`: its answer was lost · `ask`: the customer must act · `hold`: the money is
 * held until it is captured · `succeed`, `fail`, `cancel` · `retry`: another attempt is to be made · `reverse`: the money is
 * gone again.
 */
export const paymentEvents = ['wait', 'doubt', 'ask', 'hold', 'succeed', 'fail', 'cancel', 'retry', 'reverse'] as const;
export type PaymentEvent = (typeof paymentEvents)[number];

const undecided = {
  wait: 'pending',
  ask: 'requires_action',
  hold: 'requires_capture',
  succeed: 'succeeded',
  fail: 'failed',
  cancel: 'canceled',
} as const;

/**
 * What has failed may still succeed, since the customer can confirm it on session, and money that comes although we had
 * given up counts. What has succeeded never goes back but by a reversal: older news changes nothing.
 */
export const paymentLifecycle: LifecycleTable<PaymentStatus, PaymentEvent> = {
  pending: { ...undecided, doubt: 'unknown' },
  unknown: { ...undecided, doubt: 'unknown' },
  requires_action: { ...undecided, retry: 'pending' },
  requires_capture: { hold: 'requires_capture', succeed: 'succeeded', cancel: 'canceled', fail: 'failed' },
  failed: {
    wait: 'pending',
    ask: 'requires_action',
    hold: 'requires_capture',
    succeed: 'succeeded',
    cancel: 'canceled',
    retry: 'pending',
  },
  canceled: { succeed: 'succeeded' },
  succeeded: { reverse: 'reversed' },
  reversed: {},
};

/** The status an event leads to, or undefined where it changes nothing. */
export function paymentMove(from: string, event: PaymentEvent): PaymentStatus | undefined {
  return next(paymentLifecycle, from as PaymentStatus, event);
}

const refundStatuses = [
  'requested',
  'rejected',
  'approved',
  'pending',
  'unknown',
  'requires_action',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type RefundStatus = (typeof refundStatuses)[number];

const refundEvents = ['approve', 'reject', 'wait', 'doubt', 'ask', 'succeed', 'fail', 'cancel'] as const;
export type RefundEvent = (typeof refundEvents)[number];

const refunding = {
  wait: 'pending',
  ask: 'requires_action',
  succeed: 'succeeded',
  fail: 'failed',
  cancel: 'canceled',
} as const;

/** A refund that has succeeded can still fail: then the money is back with us. */
export const refundLifecycle: LifecycleTable<RefundStatus, RefundEvent> = {
  requested: { approve: 'approved', reject: 'rejected', cancel: 'canceled' },
  rejected: {},
  approved: { ...refunding, doubt: 'unknown' },
  pending: { ...refunding, doubt: 'unknown' },
  unknown: { ...refunding, doubt: 'unknown' },
  requires_action: refunding,
  succeeded: { fail: 'failed', cancel: 'canceled' },
  failed: {},
  canceled: {},
};

/** The status an event leads to, or undefined where it changes nothing. */
export function refundMove(from: string, event: RefundEvent): RefundStatus | undefined {
  return next(refundLifecycle, from as RefundStatus, event);
}

/** INVALID_STATE naming status and wish, for what a caller asks of a payment. */
export function refuseMove(status: string, wish: string, path?: string[]) {
  return invalidState(`A payment that is ${status.toUpperCase()} cannot be ${wish}.`, path);
}

/** Statuses in which money may still come by itself. */
export const inFlightStatuses: readonly string[] = ['pending', 'unknown', 'requires_action', 'requires_capture'];
