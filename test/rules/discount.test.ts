import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CouponFrequency, nextDiscount, type RedeemedCoupon, useCoupon } from '../../src/rules/coupon.ts';
import { applyDiscounts, type Discount, limitedDiscount } from '../../src/rules/discount.ts';
import { divideRounded, sum } from '../../src/rules/money.ts';
import { overOneDenominator, type Rational } from '../../src/rules/rational.ts';
import { LONG, runs } from './runs.ts';

const MOST = 6;
const anyLines = fc.array(fc.bigInt({ min: -(10n ** 6n), max: 10n ** 9n }), { minLength: 1, maxLength: MOST });
const percent = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => (thousandths / 1_000).toFixed(3));
/** Limits are drawn for the most lines there can be and cut to those there are. */
const anyDiscount: fc.Arbitrary<Discount> = fc
  .record({
    fixed: fc.boolean(),
    amountMinor: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    percent,
    limit: fc.option(fc.subarray([...Array(MOST).keys()])),
  })
  .map(({ fixed, amountMinor, percent, limit }) => ({
    ...(fixed ? { kind: 'fixed' as const, amountMinor } : { kind: 'percentage' as const, percent }),
    ...(limit === null ? {} : { lines: limit }),
  }));
const within = (discount: Discount, count: number): Discount =>
  discount.lines === undefined ? discount : { ...discount, lines: discount.lines.filter((index) => index < count) };
const anyCase = fc
  .record({ lines: anyLines, discounts: fc.array(anyDiscount, { maxLength: 5 }) })
  .map(({ lines, discounts }) => ({ lines, discounts: discounts.map((discount) => within(discount, lines.length)) }));

const roundedSum = (values: readonly Rational[]): bigint => {
  const { numerators, denominator } = overOneDenominator(values);
  return divideRounded(sum(numerators), denominator);
};
const fixed = (amountMinor: bigint, ...lines: number[]): Discount => ({
  kind: 'fixed',
  amountMinor,
  ...(lines.length === 0 ? {} : { lines }),
});
const percentage = (text: string, ...lines: number[]): Discount => ({
  kind: 'percentage',
  percent: text,
  ...(lines.length === 0 ? {} : { lines }),
});

describe('discounts on lines', () => {
  test(
    'fit their lines and add up by line, by discount and in total',
    () => {
      fc.assert(
        fc.property(anyCase, fc.constantFrom('total_once' as const, 'each_line' as const), (one, rounding) => {
          const applied = applyDiscounts(one.lines, one.discounts, rounding);
          expect(sum(applied.lines.map((line) => line.discountMinor))).toBe(applied.totalMinor);
          expect(sum(applied.discounts.map((discount) => discount.amountMinor))).toBe(applied.totalMinor);
          expect(roundedSum(applied.lines.map((line) => line.exact))).toBe(applied.totalMinor);
          applied.lines.forEach((line, index) => {
            const most = one.lines[index]! > 0n ? one.lines[index]! : 0n;
            expect(line.discountMinor >= 0n && line.discountMinor <= most).toBe(true);
            const off = line.discountMinor * line.exact.denominator - line.exact.numerator;
            expect(off < line.exact.denominator && -off < line.exact.denominator).toBe(true);
            if (rounding === 'each_line') expect(line.exact.denominator).toBe(1n);
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'each takes no more than it says, nothing outside its limit, and a fixed amount in full where there is enough',
    () => {
      fc.assert(
        fc.property(anyCase, ({ lines, discounts }) => {
          const applied = applyDiscounts(lines, discounts);
          discounts.forEach((discount, position) => {
            const { amountMinor, shares } = applied.discounts[position]!;
            expect(amountMinor >= 0n).toBe(true);
            if (discount.kind === 'fixed') expect(amountMinor <= discount.amountMinor).toBe(true);
            shares.forEach((share, index) => {
              expect(share.numerator >= 0n).toBe(true);
              if (discount.lines !== undefined && !discount.lines.includes(index)) expect(share.numerator).toBe(0n);
            });
          });
          const [first] = discounts;
          if (first?.kind !== 'fixed') return;
          const open = sum(lines.filter((line, index) => line > 0n && (first.lines?.includes(index) ?? true)));
          const most = first.amountMinor < open ? first.amountMinor : open;
          expect(applied.discounts[0]!.amountMinor).toBe(most);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'a discount more never lowers what is taken off, and percentages commute',
    () => {
      fc.assert(
        fc.property(anyCase, percent, percent, ({ lines, discounts }, one, other) => {
          const all = applyDiscounts(lines, discounts).totalMinor;
          expect(applyDiscounts(lines, discounts.slice(0, -1)).totalMinor <= all).toBe(true);
          const forth = applyDiscounts(lines, [percentage(one), percentage(other)]).lines;
          expect(applyDiscounts(lines, [percentage(other), percentage(one)]).lines).toEqual(forth);
        }),
        runs(),
      );
    },
    LONG,
  );

  const rows: [string, readonly bigint[], readonly Discount[], readonly bigint[]][] = [
    ['fixed then percentage: on the remainder', [20000n], [fixed(2500n), percentage('50')], [11250n]],
    ['percentage then fixed: another sum', [20000n], [percentage('50'), fixed(2500n)], [12500n]],
    ['in proportion, one unit to the largest remainder', [100n, 200n], [fixed(100n)], [33n, 67n]],
    ['equal remainders go to the earlier line', [10n, 10n], [fixed(5n)], [3n, 2n]],
    ['in proportion to what is left, not to the price', [100n, 100n], [fixed(50n, 0), fixed(60n)], [70n, 40n]],
    ['capped at the lines it is for', [100n, 900n], [fixed(500n, 0)], [100n, 0n]],
    ['nothing left for the next', [5n], [fixed(10n), percentage('20')], [5n]],
    ['credits and empty lines take no part', [-500n, 0n, 100n], [percentage('10'), fixed(20n)], [0n, 0n, 30n]],
    ['one rounding over three lines', [33n, 34n, 33n], [percentage('10')], [3n, 4n, 3n]],
    ['the same line named twice counts once', [100n], [fixed(30n, 0, 0)], [30n]],
    ['no lines', [], [fixed(10n)], []],
  ];
  test.each(rows)('%s', (_title, lines, discounts, expected) => {
    expect(applyDiscounts(lines, discounts).lines.map((line) => line.discountMinor)).toEqual(expected);
  });

  test('a percentage may be rounded on every line instead', () => {
    const lines = [15n, 15n, 15n];
    expect(applyDiscounts(lines, [percentage('10')], 'each_line').totalMinor).toBe(6n);
    expect(applyDiscounts(lines, [percentage('10')]).totalMinor).toBe(5n);
    expect(applyDiscounts(lines, [fixed(10n)], 'each_line').totalMinor).toBe(10n);
  });

  test('refuses what is no discount', () => {
    for (const bad of [
      fixed(-1n),
      percentage('-1'),
      percentage('100.001'),
      percentage('ten'),
      fixed(1n, 1),
      fixed(1n, 0.5),
    ]) {
      expect(() => applyDiscounts([100n], [bad])).toThrow(RangeError);
    }
  });
});

describe('redeemed coupons', () => {
  const coupon = (
    frequency: CouponFrequency,
    discount: Discount,
    more: Partial<RedeemedCoupon> = {},
  ): RedeemedCoupon => ({
    discount,
    frequency,
    ...more,
  });

  test(
    'a fixed amount given once is never given twice, over any row of invoices',
    () => {
      fc.assert(
        fc.property(
          fc.bigInt({ min: 1n, max: 10_000n }),
          fc.array(fc.bigInt({ min: 0n, max: 5_000n }), { maxLength: 8 }),
          (amountMinor, bases) => {
            let redeemed = coupon('once', fixed(amountMinor));
            let given = 0n;
            for (const base of bases) {
              const offered = nextDiscount(redeemed);
              const { totalMinor } = applyDiscounts([base], offered === null ? [] : [offered]);
              const use = useCoupon(redeemed, totalMinor);
              given += totalMinor;
              expect(use.usedMinor).toBe(given);
              expect(use.remainingMinor).toBe(amountMinor - given);
              expect(use.ended).toBe(given === amountMinor);
              redeemed = { ...redeemed, usedMinor: use.usedMinor! };
            }
            const total = sum(bases);
            expect(given).toBe(total < amountMinor ? total : amountMinor);
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test('a repeating one counts down and loses what did not fit', () => {
    const redeemed = coupon('repeating', fixed(12n), { periodsLeft: 2 });
    expect(useCoupon(redeemed, 6n)).toEqual({ usedMinor: null, remainingMinor: null, periodsLeft: 1, ended: false });
    expect(nextDiscount({ ...redeemed, periodsLeft: 1 })).toEqual(fixed(12n));
    expect(useCoupon({ ...redeemed, periodsLeft: 1 }, 12n).ended).toBe(true);
    expect(nextDiscount({ ...redeemed, periodsLeft: 0 })).toBeNull();
  });

  test('a percentage once is spent by its first use; forever never ends; nothing to discount uses nothing', () => {
    const once = coupon('once', percentage('20'));
    expect(useCoupon(once, 7n).ended).toBe(true);
    expect(nextDiscount({ ...once, usedMinor: 7n })).toBeNull();
    expect(useCoupon(once, 0n).ended).toBe(false);
    expect(useCoupon(coupon('forever', fixed(5n)), 5n).ended).toBe(false);
    expect(useCoupon(coupon('repeating', fixed(5n), { periodsLeft: 3 }), 0n).periodsLeft).toBe(3);
  });

  test('refuses a use that cannot be', () => {
    expect(() => useCoupon(coupon('once', fixed(5n)), 6n)).toThrow(RangeError);
    expect(() => useCoupon(coupon('once', fixed(5n)), -1n)).toThrow(RangeError);
    expect(() => nextDiscount(coupon('once', fixed(5n), { usedMinor: 6n }))).toThrow(RangeError);
    expect(() => nextDiscount(coupon('repeating', fixed(5n)))).toThrow(RangeError);
    expect(() => useCoupon(coupon('repeating', fixed(5n), { periodsLeft: 0 }), 5n)).toThrow(RangeError);
  });
});

test('a limited discount takes what it would alone, but no more than its limit, of the same lines', () => {
  fc.assert(
    fc.property(anyLines, anyDiscount, fc.bigInt({ min: 0n, max: 10n ** 7n }), (lines, any, most) => {
      const discount = within(any, lines.length);
      const taken = applyDiscounts(lines, [limitedDiscount(lines, discount, most)]);
      const whole = applyDiscounts(lines, [discount]);
      expect(taken.totalMinor).toBe(whole.totalMinor < most ? whole.totalMinor : most);
      const outside = taken.lines.filter((_line, index) => !(discount.lines?.includes(index) ?? true));
      expect(outside.every(({ discountMinor }) => discountMinor === 0n)).toBe(true);
    }),
    runs(),
  );
});
