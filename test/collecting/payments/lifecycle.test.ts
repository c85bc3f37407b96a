import { describe, expect, it } from '@jest/globals';
import { lookAgainAfter, nextStep } from '../../../src/collecting/payments/next-step.ts';
import {
  paymentLifecycle,
  paymentMove,
  paymentStatuses,
  refundLifecycle,
} from '../../../src/collecting/payments/payments.lifecycle.ts';
import { isFinal, moves } from '../../../src/rules/lifecycle.ts';

describe('the life of a payment', () => {
  it('walks every pair: what is not listed cannot happen', () => {
    expect(moves(paymentLifecycle).map(({ from, event, to }) => `${from} ${event} ${to}`)).toEqual([
      ...under('pending', true),
      ...under('unknown', true),
      ...under('requires_action', false),
      'requires_action retry pending',
      'requires_capture hold requires_capture',
      'requires_capture succeed succeeded',
      'requires_capture cancel canceled',
      'requires_capture fail failed',
      'failed wait pending',
      'failed ask requires_action',
      'failed hold requires_capture',
      'failed succeed succeeded',
      'failed cancel canceled',
      'failed retry pending',
      'canceled succeed succeeded',
      'succeeded reverse reversed',
    ]);
  });

  it('never takes money back by older news', () => {
    for (const event of ['wait', 'doubt', 'ask', 'hold', 'fail', 'cancel', 'retry', 'succeed'] as const) {
      expect(paymentMove('succeeded', event)).toBeUndefined();
      expect(paymentMove('reversed', event)).toBeUndefined();
    }
    expect(paymentStatuses.filter((status) => isFinal(paymentLifecycle, status))).toEqual(['reversed']);
  });

  it('lets a refund fail after it had succeeded', () => {
    expect(refundLifecycle.succeeded).toEqual({ fail: 'failed', cancel: 'canceled' });
    expect(refundLifecycle.failed).toEqual({});
  });
});

describe('what is to be done next', () => {
  const now = new Date('2026-03-02T12:00:00Z');
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const payment = (status: string, more: object = {}) => ({
    status,
    cancelRequestedAt: null,
    captureAmount: null,
    providerRef: 'pi_1',
    nextAttemptAt: now,
    ...more,
  });
  const attempt = (status: string, hours = 1, processing = false) => ({
    status,
    processing,
    recordedAt: hoursAgo(hours),
  });

  it.each([
    ['a first attempt', payment('pending'), null, 'charge'],
    ['another one after a decline', payment('pending'), attempt('failed'), 'charge'],
    ['the same one, whose answer we never had', payment('pending'), attempt('pending'), 'resend'],
    ['asking first, once the key may be forgotten', payment('pending'), attempt('pending', 25), 'look_up'],
    ['asking first, just before the key may be forgotten', payment('pending'), attempt('pending', 23.5), 'look_up'],
    ['asking a bank that takes its time', payment('pending'), attempt('pending', 1, true), 'look_up'],
    ['asking where the answer was lost', payment('unknown'), attempt('unknown'), 'look_up'],
    ['asking while the customer may have acted', payment('requires_action'), attempt('requires_action'), 'look_up'],
    ['asking while money is held', payment('requires_capture'), attempt('requires_capture'), 'look_up'],
    ['capturing', payment('requires_capture', { captureAmount: 5n }), attempt('requires_capture'), 'capture'],
    ['canceling', payment('requires_action', { cancelRequestedAt: now }), attempt('requires_action'), 'cancel'],
    ['canceling what has failed', payment('failed', { cancelRequestedAt: now }), attempt('failed'), 'cancel'],
    [
      'first the outcome, then canceling',
      payment('unknown', { cancelRequestedAt: now }),
      attempt('unknown'),
      'look_up',
    ],
    [
      'canceling what never left',
      payment('pending', { cancelRequestedAt: now, providerRef: null }),
      null,
      'cancel_here',
    ],
    ['asking whether a debit comes back', payment('succeeded'), attempt('succeeded'), 'look_up'],
    ['nothing when it is over', payment('succeeded', { nextAttemptAt: null }), attempt('succeeded'), 'nothing'],
    ['nothing when it has failed', payment('failed'), attempt('failed'), 'nothing'],
    ['nothing when nothing is due', payment('pending', { nextAttemptAt: null }), null, 'nothing'],
  ])('%s', (_name, row, last, step) => {
    expect(nextStep(row as never, last, now)).toBe(step);
  });

  it('is asked at growing distances, a lost answer soon', () => {
    expect([0, 1, 2, 3].map((lookups) => lookAgainAfter('answer', lookups))).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(lookAgainAfter('answer', 60)).toBe(3_600_000);
    expect(lookAgainAfter('customer', 13)).toBeNull();
  });
});

function under(status: string, doubt: boolean): string[] {
  const undecided = [
    ['wait', 'pending'],
    ['ask', 'requires_action'],
    ['hold', 'requires_capture'],
    ['succeed', 'succeeded'],
    ['fail', 'failed'],
    ['cancel', 'canceled'],
    ...(doubt ? [['doubt', 'unknown']] : []),
  ];
  return undecided.map(([event, to]) => `${status} ${event} ${to}`);
}
