import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isDecimal, PERCENT_LIMITS, parseDecimal } from '../../src/rules/decimal.ts';
import { divideRounded } from '../../src/rules/rational.ts';
import { withToldTaxes } from '../../src/rules/told-tax.ts';
import { invoiceTotals } from '../../src/rules/totals.ts';

const rate = { id: 'rate', percent: '23', inclusive: false };

function rowsOf(told: readonly (readonly [taxable: bigint, amount: bigint])[]) {
  const lines = told.map(([amountMinor]) => ({ amountMinor, discountMinor: 0n, taxRates: [] }));
  const taxes = told.map(([taxableMinor, amountMinor]) => [{ rate, taxableMinor, amountMinor }]);
  return withToldTaxes(invoiceTotals(lines), taxes).taxes.map((row) => [row.rate.percent, row.amountMinor]);
}

describe('what was told of several lines', () => {
  it('is one row where its percentage gives it of them together, else one a line', () => {
    expect(
      rowsOf([
        [1_000n, 230n],
        [1_000n, 230n],
      ]),
    ).toEqual([['23', 460n]]);
    expect(
      rowsOf([
        [1_998n, 459n],
        [1_000n, 230n],
      ]),
    ).toEqual([
      ['22.97', 459n],
      ['23', 230n],
    ]);
  });

  it('has the shortest percentage that gives it, where its own does not', () => {
    expect(rowsOf([[-1_998n, -459n]])).toEqual([['22.97', -459n]]);
    expect(rowsOf([[-450n, -85n]])).toEqual([['18.9', -85n]]);
    expect(rowsOf([[300n, 1n]])).toEqual([['0.3', 1n]]);
  });

  it('gives its amount again, whatever it is, and has room in the books', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 15n });
    fc.assert(
      fc.property(minor, minor, fc.boolean(), (taxable, amount, isBack) => {
        const [base, tax] = isBack ? [-taxable, -amount] : [taxable, amount];
        fc.pre(amount <= taxable);
        const [[percent]] = rowsOf([[base, tax]]) as [[string]];
        expect(isDecimal(percent, PERCENT_LIMITS)).toBe(true);
        const { numerator, denominator } = parseDecimal(percent, PERCENT_LIMITS);
        expect(divideRounded(base * numerator, denominator * 100n)).toBe(tax);
      }),
    );
  });
});
