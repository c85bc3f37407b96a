import { describe, expect, test } from '@jest/globals';
import {
  customerAction,
  declineClass,
  isRetried,
  knownDeclineCodes,
  nextRetryAt,
  type RetrySchedule,
  retrySchedule,
  visibleDeclineCode,
} from '../../src/rules/dunning.ts';

const firstAt = new Date('2026-03-07T12:00:00Z');
const iso = (dates: readonly Date[]): string[] => dates.map((date) => date.toISOString());

describe('retries', () => {
  test('by default 1, 3 and 7 days after the first failure', () => {
    const planned = retrySchedule(firstAt);
    expect(iso(planned.retriesAt)).toEqual([
      '2026-03-08T12:00:00.000Z',
      '2026-03-10T12:00:00.000Z',
      '2026-03-14T12:00:00.000Z',
    ]);
    expect(planned.givesUpAfterAttempts).toBe(4);
  });

  test('the next retry by failures so far; a late retry does not move the ones after it', () => {
    const lastAt = new Date('2026-03-12T00:00:00Z');
    const next = (count: number) => nextRetryAt({ count, firstAt, lastAt })?.toISOString() ?? null;
    expect([next(1), next(2), next(3), next(4), next(0)]).toEqual([
      '2026-03-08T12:00:00.000Z',
      '2026-03-10T12:00:00.000Z',
      '2026-03-14T12:00:00.000Z',
      null,
      null,
    ]);
  });

  test('gaps follow each attempt', () => {
    const gaps: RetrySchedule = { days: [2, 5, 7], measuredFrom: 'previous_attempt' };
    expect(iso(retrySchedule(firstAt, gaps).retriesAt)).toEqual([
      '2026-03-09T12:00:00.000Z',
      '2026-03-14T12:00:00.000Z',
      '2026-03-21T12:00:00.000Z',
    ]);
    const lastAt = new Date('2026-03-10T06:00:00Z');
    expect(nextRetryAt({ count: 2, firstAt, lastAt }, gaps)?.toISOString()).toBe('2026-03-15T06:00:00.000Z');
  });

  test('refuses schedules that go back in time', () => {
    for (const days of [[-1], [3, 1], [Number.NaN], new Array(101).fill(1)]) {
      expect(() => retrySchedule(firstAt, { days, measuredFrom: 'first_failure' })).toThrow(RangeError);
    }
  });
});

describe('declines', () => {
  test.each([
    ['insufficient_funds', 'soft', true],
    ['generic_decline', 'soft', true],
    ['processing_error', 'soft', true],
    ['a_code_of_tomorrow', 'soft', true],
    ['authentication_required', 'authentication', false],
    ['expired_card', 'new_card', false],
    ['incorrect_cvc', 'fix_data', false],
    ['call_issuer', 'ask_issuer', false],
    ['stolen_card', 'hard', false],
    ['duplicate_transaction', 'stop', false],
    ['testmode_decline', 'configuration', false],
  ])('%s is %s', (code, expected, retried) => {
    expect([declineClass(code), isRetried(code)]).toEqual([expected, retried]);
  });

  test('the advice decides where there is one', () => {
    expect(declineClass('insufficient_funds', 'do_not_try_again')).toBe('hard');
    expect(declineClass('stolen_card', 'try_again_later')).toBe('soft');
    expect(declineClass('generic_decline', 'confirm_card_data')).toBe('fix_data');
    expect(declineClass('stolen_card', 'advice_of_tomorrow')).toBe('hard');
    expect(declineClass('stolen_card', null)).toBe('hard');
    expect(declineClass('constructor', 'toString')).toBe('soft');
  });

  test('each class asks the customer for what can help', () => {
    expect(customerAction('soft')).toBe('none');
    expect(customerAction('hard')).toBe('new_card');
    expect(customerAction('authentication')).toBe('authenticate');
    expect(customerAction('fix_data')).toBe('correct_card');
    expect(customerAction('ask_issuer')).toBe('contact_issuer');
    expect(customerAction('stop')).toBe('none');
  });

  test('the table knows each code once, and hides what must not be told', () => {
    expect(new Set(knownDeclineCodes()).size).toBe(knownDeclineCodes().length);
    expect(knownDeclineCodes().length).toBe(49);
    expect(visibleDeclineCode('stolen_card')).toBe('generic_decline');
    expect(visibleDeclineCode('expired_card')).toBe('expired_card');
  });
});
