import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { billingCycles } from '../../src/rules/billing-cycles.ts';
import { addPeriods, formatDay } from '../../src/rules/calendar.ts';
import { compare, parseDecimal } from '../../src/rules/money.ts';
import { LONG, runs } from './runs.ts';

const monthly = { billingDay: 31, unit: 'month', count: 1 } as const;

describe('billing cycles', () => {
  test.each([
    ['before the start', { startOn: '2026-02-01', targetOn: '2026-01-31' }, '0.000000000'],
    ['the leading part, 27 of 28 days', { startOn: '2026-02-01', targetOn: '2026-02-27' }, '0.964285714'],
    ['and the first whole one on its day', { startOn: '2026-02-01', targetOn: '2026-02-28' }, '1.964285714'],
    ['a start on the clamped day leads nothing', { startOn: '2026-02-28', targetOn: '2026-02-28' }, '1.000000000'],
    [
      'the end cuts the last: 15 of 31 days',
      { startOn: '2026-02-28', targetOn: '2027-01-01', endOn: '2026-03-15' },
      '0.483870968',
    ],
    [
      'an end before the first boundary',
      { startOn: '2026-02-01', targetOn: '2027-01-01', endOn: '2026-02-15' },
      '0.500000000',
    ],
    ['an end at the start', { startOn: '2026-02-01', targetOn: '2027-01-01', endOn: '2026-02-01' }, '0.000000000'],
    [
      'stepped back the reference is 28 January to 28 February',
      { startOn: '2026-02-14', targetOn: '2026-02-27', reference: 'stepped_back' },
      '0.451612903',
    ],
    ['re-clamped it is 31 January to 28 February', { startOn: '2026-02-14', targetOn: '2026-02-27' }, '0.500000000'],
    [
      'a quarter whose day is past begins one quarter later',
      { startOn: '2026-01-31', targetOn: '2026-01-31', billingDay: 7, count: 3 },
      '0.733333333',
    ],
  ] as const)('%s', (_name, input, cycles) => {
    expect(billingCycles({ ...monthly, ...input })).toBe(cycles);
  });

  test(
    'from the billing day on, every interval is one cycle, and an end cuts no more than it should',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 30_000 }),
          fc.integer({ min: 0, max: 40 }),
          fc.constantFrom('month' as const, 'quarter' as const, 'year' as const),
          fc.integer({ min: 0, max: 400 }),
          (day, whole, unit, later) => {
            const startOn = formatDay(day);
            const input = { startOn, billingDay: Number(startOn.slice(8)), unit, count: 1 };
            const targetOn = addPeriods(startOn, unit, 1, whole);
            const cycles = billingCycles({ ...input, targetOn });
            expect(cycles).toBe(`${whole + 1}.000000000`);
            expect(billingCycles({ ...input, targetOn, endOn: targetOn })).toBe(`${whole}.000000000`);
            const ended = billingCycles({ ...input, targetOn, endOn: formatDay(day + later) });
            expect(compare(parseDecimal(ended), parseDecimal(cycles)) <= 0).toBe(true);
          },
        ),
        runs(500),
      );
    },
    LONG,
  );

  test('refuses what has no answer', () => {
    const input = { ...monthly, startOn: '2026-01-01', targetOn: '2026-02-01' };
    expect(() => billingCycles({ ...input, billingDay: 32 })).toThrow(RangeError);
    expect(() => billingCycles({ ...input, billingDay: 0 })).toThrow(RangeError);
    expect(() => billingCycles({ ...input, count: 0 })).toThrow(RangeError);
    expect(() => billingCycles({ ...input, unit: 'week' })).toThrow(RangeError);
    expect(() => billingCycles({ ...input, startOn: '2026-02-30' })).toThrow(RangeError);
  });
});
