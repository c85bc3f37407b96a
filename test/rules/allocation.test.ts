import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allocate, distribute, type RemainderRule, type SplitRule, splitEqually } from '../../src/rules/allocation.ts';
import { parseDecimal, rational, sum } from '../../src/rules/money.ts';
import { LONG, runs } from './runs.ts';

const amount = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
const weights = fc
  .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 20 })
  .filter((all) => all.some((weight) => weight > 0));
const parts = (all: readonly (number | string)[]) =>
  all.map((weight, index) => ({ weight: parseDecimal(String(weight)), key: `k${all.length - index}` }));
const rules: RemainderRule[] = [
  'largest_remainder_ties_by_position',
  'largest_remainder_ties_by_key',
  'remainder_all_to_largest_weight',
];
const splits: SplitRule[] = [
  'remainder_one_unit_each_from_first',
  'remainder_one_unit_each_from_last',
  'remainder_all_to_first',
  'remainder_all_to_last',
];

describe('allocation by weight', () => {
  test(
    'adds up, mirrors its negative, and gives nothing to weight zero',
    () => {
      fc.assert(
        fc.property(amount, weights, fc.constantFrom(...rules), (total, all, rule) => {
          const shares = allocate(total, parts(all), rule);
          expect(sum(shares)).toBe(total);
          expect(allocate(-total, parts(all), rule)).toEqual(shares.map((share) => -share));
          all.forEach((weight, index) => {
            if (weight === 0) expect(shares[index]).toBe(0n);
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'by largest remainder no share is a unit away from its exact value',
    () => {
      fc.assert(
        fc.property(amount, weights, (total, all) => {
          const whole = BigInt(all.reduce((left, right) => left + right, 0));
          allocate(total, parts(all)).forEach((share, index) => {
            const off = share * whole - total * BigInt(all[index]!);
            expect(off < whole && off > -whole).toBe(true);
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test('breaks ties by position, or by key', () => {
    expect(allocate(1n, parts([1, 1, 1]))).toEqual([1n, 0n, 0n]);
    expect(allocate(1n, parts([1, 1, 1]), 'largest_remainder_ties_by_key')).toEqual([0n, 0n, 1n]);
    expect(allocate(5n, parts(['0.7', '0.3']))).toEqual([4n, 1n]);
    expect(allocate(200n, parts([40, 81, 40]), 'remainder_all_to_largest_weight')).toEqual([49n, 102n, 49n]);
  });

  test('refuses what cannot be split', () => {
    expect(() => allocate(1n, [])).toThrow(RangeError);
    expect(() => allocate(1n, parts([0, 0]))).toThrow(RangeError);
    expect(() => allocate(1n, [{ weight: rational(-1n) }])).toThrow(RangeError);
    expect(allocate(0n, parts([0, 0]))).toEqual([0n, 0n]);
    expect(() => distribute(5n, [1n, 1n], 1n)).toThrow(RangeError);
  });
});

describe('equal split', () => {
  test(
    'adds up; parts differ by a unit at most unless one part takes all',
    () => {
      fc.assert(
        fc.property(amount, fc.integer({ min: 1, max: 60 }), fc.constantFrom(...splits), (total, count, rule) => {
          const shares = splitEqually(total, count, rule);
          expect(shares.length).toBe(count);
          expect(sum(shares)).toBe(total);
          const sorted = [...shares].sort((left, right) => (left < right ? -1 : 1));
          if (rule.startsWith('remainder_one')) expect(sorted.at(-1)! - sorted[0]! <= 1n).toBe(true);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('gives the extra units where the rule says', () => {
    expect(splitEqually(10000n, 3)).toEqual([3334n, 3333n, 3333n]);
    expect(splitEqually(-10000n, 3)).toEqual([-3334n, -3333n, -3333n]);
    expect(splitEqually(11n, 4, 'remainder_one_unit_each_from_last')).toEqual([2n, 3n, 3n, 3n]);
    expect(splitEqually(11n, 4, 'remainder_all_to_first')).toEqual([5n, 2n, 2n, 2n]);
    expect(splitEqually(11n, 4, 'remainder_all_to_last')).toEqual([2n, 2n, 2n, 5n]);
    for (const count of [0, -1, 1.5, 10_001]) expect(() => splitEqually(1n, count)).toThrow(RangeError);
  });
});
