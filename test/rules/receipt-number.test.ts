import { expect, test } from '@jest/globals';
import { receiptNumber } from '../../src/rules/receipt-number.ts';

test('a receipt is numbered by its day and its place in it', () => {
  expect(receiptNumber('2026-03-09', 1)).toBe('RCP-2026-0309-0001');
  expect(receiptNumber('2026-12-31', 9999)).toBe('RCP-2026-1231-9999');
  expect(receiptNumber('2026-12-31', 10_000)).toBe('RCP-2026-1231-10000');
});

test('refuses a day that is none and a place that is none', () => {
  for (const day of ['2026-02-30', '2026-13-01', '20260101', ''])
    expect(() => receiptNumber(day, 1)).toThrow(RangeError);
  for (const place of [0, -1, 1.5, Number.NaN]) expect(() => receiptNumber('2026-01-01', place)).toThrow(RangeError);
});
