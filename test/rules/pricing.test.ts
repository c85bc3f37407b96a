import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { add, compare, formatExact, parseDecimal, rational } from '../../src/rules/money.ts';
import { priceComponent, standardAmount } from '../../src/rules/pricing.ts';
import { calendarDayFraction, prorate, shareOfPeriod } from '../../src/rules/proration.ts';
import { LONG, runs } from './runs.ts';

const at = (text: string): Date => new Date(text);
const june = { start: at('2026-06-01T00:00:00Z'), end: at('2026-07-01T00:00:00Z') };

describe('share of a period', () => {
  test(
    'parts that tile a period add up to the whole, by second and by day',
    () => {
      const cuts = fc.array(fc.integer({ min: 0, max: 30 * 86_400_000 }), { maxLength: 6 });
      fc.assert(
        fc.property(cuts, fc.constantFrom('by_second' as const, 'by_day' as const), (offsets, mode) => {
          const bounds = [0, ...offsets.sort((left, right) => left - right), 30 * 86_400_000];
          let whole = rational(0n);
          for (let index = 1; index < bounds.length; index += 1) {
            const start = new Date(june.start.getTime() + bounds[index - 1]!);
            const end = new Date(june.start.getTime() + bounds[index]!);
            whole = add(whole, shareOfPeriod(june, { start, end }, mode));
          }
          expect(compare(whole, rational(1n))).toBe(0);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('by second follows the clock, by day only local dates', () => {
    const part = { start: at('2026-06-16T12:00:00Z'), end: june.end };
    expect(formatExact(shareOfPeriod(june, part))).toBe('29/60');
    expect(formatExact(shareOfPeriod(june, part, 'by_day'))).toBe('0.5');
    const spring = { start: at('2026-03-01T05:00:00Z'), end: at('2026-04-01T04:00:00Z') };
    const half = { start: at('2026-03-17T04:00:00Z'), end: spring.end };
    expect(formatExact(shareOfPeriod(spring, half, 'by_day', 'America/New_York'))).toBe('15/31');
    expect(formatExact(shareOfPeriod(spring, half))).toBe('360/743');
  });

  test('what lies outside the period does not count', () => {
    expect(
      shareOfPeriod(june, { start: at('2026-01-01T00:00:00Z'), end: at('2026-12-01T00:00:00Z') }, 'by_day'),
    ).toEqual(rational(30n, 30n));
    expect(
      shareOfPeriod(june, { start: at('2026-08-01T00:00:00Z'), end: at('2026-09-01T00:00:00Z') }, 'by_day').numerator,
    ).toBe(0n);
    expect(shareOfPeriod(june, { start: june.end, end: june.start }, 'by_day').numerator).toBe(0n);
    expect(() => shareOfPeriod({ start: june.end, end: june.start }, june)).toThrow(RangeError);
    expect(() => shareOfPeriod(june, { start: at('nonsense'), end: june.end })).toThrow(RangeError);
  });

  test('a prorated amount is rounded once', () => {
    expect(prorate(rational(2000n), rational(20n, 30n))).toBe(1333n);
    expect(prorate(rational(25n), rational(1n, 2n), 'half_even')).toBe(12n);
    expect(prorate(rational(-25n), rational(1n, 2n))).toBe(-13n);
  });

  test('fractions of calendar days, over either reference period', () => {
    const input = { from: '2024-02-23', to: '2024-03-15', unit: 'month', count: 1 } as const;
    expect(formatExact(calendarDayFraction({ ...input, reference: 'starting_at_from' }))).toBe('21/29');
    expect(formatExact(calendarDayFraction({ ...input, reference: 'ending_at_to' }))).toBe('21/29');
    expect(formatExact(calendarDayFraction({ ...input, reference: 'ending_at_to', fixedDaysInMonth: 30 }))).toBe(
      '11/15',
    );
    expect(
      formatExact(
        calendarDayFraction({ ...input, from: '2024-03-31', to: '2024-04-15', reference: 'starting_at_from' }),
      ),
    ).toBe('0.5');
  });
});

describe('pricing a component', () => {
  test('a flat price ignores quantity, a unit price multiplies, finer than the currency until the end', () => {
    expect(priceComponent({ kind: 'flat', amountMinor: 1999n }, { currency: 'USD', quantity: '3' }).amountMinor).toBe(
      1999n,
    );
    const seats = priceComponent({ kind: 'per_unit', unitAmount: '0.0149' }, { currency: 'USD', quantity: '100.5' });
    expect(seats.amountMinor).toBe(150n);
    expect(seats.derivation).toEqual({
      version: 1,
      currency: 'USD',
      steps: [
        { step: 'per_unit', unitAmount: '0.0149', quantity: '100.5', amount: '1.49745' },
        { step: 'round', mode: 'half_away_from_zero', currency: 'USD', digits: 2, amount: '1.50' },
      ],
    });
    expect(
      priceComponent({ kind: 'per_unit', unitAmount: '99.5' }, { currency: 'JPY', quantity: '1' }).amountMinor,
    ).toBe(100n);
    expect(formatExact(standardAmount('5.12345', '10'))).toBe('51.2345');
  });

  test('a share is taken before the rounding, and is written down', () => {
    const fraction = shareOfPeriod(june, { start: at('2026-06-11T00:00:00Z'), end: june.end });
    const priced = priceComponent(
      { kind: 'flat', amountMinor: 2000n },
      { currency: 'USD', quantity: '1', share: { fraction, mode: 'by_second' } },
    );
    expect(priced.amountMinor).toBe(1333n);
    expect(priced.derivation.steps.map((step) => [step.step, step.amount])).toEqual([
      ['flat', '20.00'],
      ['prorate', '40/3'],
      ['round', '13.33'],
    ]);
    expect(JSON.parse(JSON.stringify(priced.derivation))).toEqual(priced.derivation);
  });

  test(
    'the derivation ends in the amount, and the price is linear in its quantity',
    () => {
      const price = fc.integer({ min: 0, max: 10 ** 9 }).map((units) => (units / 10 ** 4).toFixed(4));
      fc.assert(
        fc.property(price, fc.integer({ min: 0, max: 10_000 }), (unitAmount, quantity) => {
          const priced = priceComponent(
            { kind: 'per_unit', unitAmount },
            { currency: 'EUR', quantity: String(quantity) },
          );
          const exact = parseDecimal(unitAmount);
          const off = priced.amountMinor * exact.denominator - exact.numerator * BigInt(quantity) * 100n;
          expect((off < 0n ? -off : off) * 2n <= exact.denominator).toBe(true);
          expect(parseDecimal(priced.derivation.steps.at(-1)!.amount)).toEqual({
            numerator: priced.amountMinor,
            denominator: 100n,
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test('refuses bad decimals and currencies', () => {
    expect(() => priceComponent({ kind: 'per_unit', unitAmount: '1e3' }, { currency: 'USD', quantity: '1' })).toThrow(
      RangeError,
    );
    expect(() => priceComponent({ kind: 'per_unit', unitAmount: '1' }, { currency: 'USD', quantity: '' })).toThrow(
      RangeError,
    );
    expect(() => priceComponent({ kind: 'flat', amountMinor: 1n }, { currency: 'XAU', quantity: '1' })).toThrow(
      RangeError,
    );
  });
});
