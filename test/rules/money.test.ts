import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plainDecimal } from '../../src/rules/decimal.ts';
import {
  add,
  compare,
  divideRounded,
  formatDecimal,
  formatExact,
  formatScaled,
  isDecimal,
  isStorableAmount,
  movedPoint,
  mulDiv,
  multiply,
  parseDecimal,
  parseMoney,
  parseScaled,
  ROUNDING_MODES,
  type RoundingMode,
  rational,
  reduce,
  sum,
  sumMoney,
  toFixedDecimal,
} from '../../src/rules/money.ts';
import { LONG, runs } from './runs.ts';

const anyInteger = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const divisor = fc.bigInt({ min: 1n, max: 10n ** 12n });

describe('rounding', () => {
  // value × 10 of each row, then the integer each mode makes of it
  const rows: [bigint, Record<RoundingMode, bigint>][] = [
    [25n, { half_away_from_zero: 3n, half_even: 2n, down: 2n, up: 3n, ceiling: 3n, floor: 2n }],
    [35n, { half_away_from_zero: 4n, half_even: 4n, down: 3n, up: 4n, ceiling: 4n, floor: 3n }],
    [24n, { half_away_from_zero: 2n, half_even: 2n, down: 2n, up: 3n, ceiling: 3n, floor: 2n }],
    [26n, { half_away_from_zero: 3n, half_even: 3n, down: 2n, up: 3n, ceiling: 3n, floor: 2n }],
    [5n, { half_away_from_zero: 1n, half_even: 0n, down: 0n, up: 1n, ceiling: 1n, floor: 0n }],
    [-25n, { half_away_from_zero: -3n, half_even: -2n, down: -2n, up: -3n, ceiling: -2n, floor: -3n }],
    [-35n, { half_away_from_zero: -4n, half_even: -4n, down: -3n, up: -4n, ceiling: -3n, floor: -4n }],
    [-24n, { half_away_from_zero: -2n, half_even: -2n, down: -2n, up: -3n, ceiling: -2n, floor: -3n }],
    [-5n, { half_away_from_zero: -1n, half_even: 0n, down: 0n, up: -1n, ceiling: 0n, floor: -1n }],
    [30n, { half_away_from_zero: 3n, half_even: 3n, down: 3n, up: 3n, ceiling: 3n, floor: 3n }],
  ];
  test.each(rows)('%s tenths', (tenths, expected) => {
    for (const mode of ROUNDING_MODES) {
      expect([mode, divideRounded(tenths, 10n, mode)]).toEqual([mode, expected[mode]]);
      expect([mode, divideRounded(-tenths, -10n, mode)]).toEqual([mode, expected[mode]]);
    }
  });

  test(
    'is never more than a unit off, and half at most in the half modes',
    () => {
      fc.assert(
        fc.property(anyInteger, divisor, fc.constantFrom(...ROUNDING_MODES), (dividend, by, mode) => {
          const off = divideRounded(dividend, by, mode) * by - dividend;
          const distance = off < 0n ? -off : off;
          return mode.startsWith('half') ? distance * 2n <= by : distance < by;
        }),
        runs(),
      );
    },
    LONG,
  );

  test('a product is rounded once, not on the way', () => {
    expect(mulDiv(1n, 1n, 3n)).toBe(0n);
    expect(mulDiv(2n ** 70n, 3n, 2n ** 70n)).toBe(3n);
    expect(() => mulDiv(1n, 1n, 0n)).toThrow(RangeError);
  });
});

describe('decimals', () => {
  test.each(['', ' 1', '1 ', '+1', '1e3', '.5', '1.', '0x10', '1,5', 'NaN', '--1', '1.0000000000001', '1'.repeat(19)])(
    'refuses %j',
    (text) => {
      expect(isDecimal(text)).toBe(false);
      expect(() => parseDecimal(text)).toThrow(RangeError);
    },
  );

  test.each([
    ['007', '7'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['-0.10', '-0.10'],
    ['00.5', '0.5'],
    ['1.50', '1.50'],
  ])('%s reads %s once it was stored', (text, stored) => {
    expect(plainDecimal(text)).toBe(stored);
    expect(plainDecimal(stored)).toBe(stored);
  });

  test('what is no plain decimal is not stored as one', () => {
    for (const text of ['', '1e3', '.5', '1.', ' 1']) expect(() => plainDecimal(text)).toThrow(RangeError);
  });

  test.each([
    ['45.50', -2, '0.455'],
    ['-3', 2, '-300'],
    ['0.000000000001', -4, '0.0000000000000001'],
    ['1/3', 2, '100/3'],
  ])('%s with its point moved by %i is %s', (text, places, moved) => {
    expect(movedPoint(text, places)).toBe(moved);
  });

  test('keeps what a float would lose', () => {
    expect(parseScaled('9007199254740993.00', 2)).toBe(900719925474099300n);
    expect(add(parseDecimal('0.1'), parseDecimal('0.2'))).toEqual(parseDecimal('0.3'));
    expect(parseScaled('-0.05', 2)).toBe(-5n);
    expect(() => parseScaled('0.005', 2)).toThrow(RangeError);
  });

  test(
    'a scaled integer survives its text',
    () => {
      fc.assert(
        fc.property(
          fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }),
          fc.integer({ min: 0, max: 12 }),
          (value, digits) => {
            expect(parseScaled(formatScaled(value, digits), digits)).toBe(value);
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test(
    'an exact text has the value of its fraction',
    () => {
      fc.assert(
        fc.property(anyInteger, divisor, (numerator, denominator) => {
          const text = formatExact({ numerator, denominator });
          const [top = '', bottom = '1'] = text.split('/');
          const limits = { maxIntegerDigits: 60, maxFractionDigits: 60 };
          const back = multiply(parseDecimal(top, limits), rational(1n, BigInt(bottom)));
          expect(compare(back, { numerator, denominator })).toBe(0);
        }),
        runs(),
      );
      expect(formatExact(rational(20n, 3n))).toBe('20/3');
      expect(formatExact(rational(-5n, 40n))).toBe('-0.125');
      expect(formatExact(rational(0n, 7n))).toBe('0');
    },
    LONG,
  );

  test('a fraction is reduced and shown', () => {
    expect(reduce(rational(6n, -4n))).toEqual({ numerator: -3n, denominator: 2n });
    expect(toFixedDecimal(rational(2n, 3n), 9)).toBe('0.666666667');
  });
});

describe('money', () => {
  test('reads and writes each number of decimals', () => {
    expect(parseMoney('19.99', 'USD')).toEqual({ amountMinor: 1999n, currency: 'USD' });
    expect(parseMoney('1999', 'JPY').amountMinor).toBe(1999n);
    expect(parseMoney('1.999', 'KWD').amountMinor).toBe(1999n);
    expect(formatDecimal(12345n, 'CLF')).toBe('1.2345');
    expect(() => parseMoney('19.999', 'USD')).toThrow(RangeError);
    expect(() => parseMoney('1.5', 'JPY')).toThrow(RangeError);
    expect(() => parseMoney('1', 'XAU')).toThrow(RangeError);
    expect(() => parseMoney('1', 'ABC')).toThrow(RangeError);
  });

  test('adds within a currency only', () => {
    expect(sum([1n, -3n, 5n])).toBe(3n);
    expect(sumMoney([parseMoney('1.00', 'EUR'), parseMoney('0.05', 'EUR')], 'EUR').amountMinor).toBe(105n);
    expect(() => sumMoney([parseMoney('1', 'JPY')], 'EUR')).toThrow(RangeError);
    expect(isStorableAmount(2n ** 63n - 1n)).toBe(true);
    expect(isStorableAmount(2n ** 63n)).toBe(false);
  });
});
