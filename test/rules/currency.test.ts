import { describe, expect, test } from '@jest/globals';
import {
  currencyCodes,
  exactMinor,
  findCurrency,
  isActiveCurrency,
  isBillableCurrency,
  majorToMinor,
  minorToMajor,
  minorUnitDigits,
  priceToMajor,
  priceToMinor,
  roundDecimal,
} from '../../src/rules/currency.ts';
import { LIST_ONE, LIST_THREE } from '../../src/rules/currency-table.ts';

const FORM = /^[A-Z]{3} (?:[0-4]|-) (?:\d{4}-\d{2}-\d{2} )?\S.*$/;

describe('the currency table', () => {
  test('has well-formed rows and no code twice', () => {
    const rows = `${LIST_ONE}${LIST_THREE}`.split('\n').filter((row) => row !== '');
    for (const row of rows) expect(row).toMatch(FORM);
    expect(currencyCodes().length).toBe(rows.length);
    expect(currencyCodes()).toEqual([...currencyCodes()].sort());
  });

  test('follows the standard where display data differ', () => {
    for (const code of ['COP', 'HUF', 'IDR', 'MGA', 'LBP', 'PKR', 'MRU'])
      expect([code, minorUnitDigits(code)]).toEqual([code, 2]);
    for (const code of ['ISK', 'UGX', 'KRW', 'UYI']) expect([code, minorUnitDigits(code)]).toEqual([code, 0]);
    for (const code of ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'])
      expect([code, minorUnitDigits(code)]).toEqual([code, 3]);
    for (const code of ['CLF', 'UYW']) expect([code, minorUnitDigits(code)]).toEqual([code, 4]);
    for (const code of ['XAU', 'XDR', 'XTS', 'XXX', 'QQQ']) expect([code, minorUnitDigits(code)]).toEqual([code, null]);
    expect(findCurrency('EUR')).toEqual({
      code: 'EUR',
      digits: 2,
      name: 'Euro',
      activeSince: '1999-01-01',
      activeUntil: null,
    });
  });

  test('knows when a code was in use', () => {
    const rows: [string, string, boolean][] = [
      ['HRK', '2022-12-31', true],
      ['HRK', '2023-01-01', false],
      ['BGN', '2025-12-31', true],
      ['BGN', '2026-01-01', false],
      ['XCG', '2025-03-30', false],
      ['XCG', '2025-03-31', true],
      ['ANG', '2025-03-30', true],
      ['ANG', '2025-03-31', false],
      ['EUR', '1998-12-31', false],
      ['EUR', '2026-01-01', true],
      ['USD', '1950-01-01', true],
      ['ZZZ', '2026-01-01', false],
    ];
    for (const row of rows) expect([row[0], row[1], isActiveCurrency(row[0], row[1])]).toEqual(row);
    expect(isBillableCurrency('XAU', '2026-01-01')).toBe(false);
    expect(isBillableCurrency('KWD', '2026-01-01')).toBe(true);
  });
});

describe('rounding to a currency', () => {
  test.each([
    ['1.005', 'USD', 'half_away_from_zero', '1.01'],
    ['-1.005', 'USD', 'half_away_from_zero', '-1.01'],
    ['1.005', 'USD', 'half_even', '1.00'],
    ['1.0005', 'BHD', 'half_away_from_zero', '1.001'],
    ['2.5', 'JPY', 'half_even', '2'],
    ['-0.004', 'EUR', 'half_away_from_zero', '0.00'],
    ['-2.5', 'JPY', 'ceiling', '-2'],
  ] as const)('%s %s %s', (amount, currency, mode, rounded) => {
    expect(roundDecimal(amount, currency, mode)).toBe(rounded);
  });

  test('minor and major units', () => {
    expect(minorToMajor(-5n, 'USD')).toBe('-0.05');
    expect(minorToMajor(7n, 'JPY')).toBe('7');
    expect(majorToMinor('1.2345', 'CLF')).toBe(12345n);
    expect(exactMinor('0.005', 'USD')).toEqual({ numerator: 500n, denominator: 1000n });
    expect(() => minorToMajor(1n, 'XXX')).toThrow(RangeError);
  });

  test.each([
    ['1250.5', 'EUR', '12.505', '1250.5'],
    ['-0.5', 'EUR', '-0.005', '-0.5'],
    ['1900', 'EUR', '19.00', '1900'],
    ['0.000000000001', 'KWD', '0.000000000000001', '0.000000000001'],
    ['12', 'JPY', '12', '12'],
  ])('a price of %s minor units %s is %s, and back', (minor, currency, major, back) => {
    expect(priceToMajor(minor, currency)).toBe(major);
    expect(priceToMinor(major, currency)).toBe(back);
  });

  test('a price that does not end is a fraction in both', () => {
    expect(priceToMinor('20/3', 'EUR')).toBe('2000/3');
  });
});
