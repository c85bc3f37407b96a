import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { divideRounded, parseDecimal, rational, sum, toFixedDecimal } from '../../src/rules/money.ts';
import {
  computeTaxes,
  effectiveTaxPercent,
  exclusiveTax,
  inclusiveTax,
  type TaxRate,
  type TaxRounding,
} from '../../src/rules/tax.ts';
import {
  amountDue,
  applyPayment,
  type InvoiceTotals,
  invoiceTotals,
  type TotalsLine,
  taxableLines,
} from '../../src/rules/totals.ts';
import { LONG, runs } from './runs.ts';

const RATES: readonly TaxRate[] = [
  { id: 'vat', percent: '20', inclusive: false },
  { id: 'city', percent: '8.875', inclusive: false },
  { id: 'tiny', percent: '0.001', inclusive: false },
  { id: 'zero', percent: '0', inclusive: false },
  { id: 'gst', percent: '5', inclusive: true },
  { id: 'qst', percent: '9.975', inclusive: true },
];
const anyLine: fc.Arbitrary<TotalsLine> = fc
  .record({
    amountMinor: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
    discounted: fc.integer({ min: 0, max: 100 }),
    taxRates: fc.subarray([...RATES]),
  })
  .map(({ amountMinor, discounted, taxRates }) => ({
    amountMinor,
    discountMinor: (amountMinor * BigInt(discounted)) / 100n,
    taxRates,
  }));
const anyInvoice = fc.array(anyLine, { maxLength: 12 });
const rate = (id: string): TaxRate => RATES.find((one) => one.id === id)!;

/** What the books ask of any invoice (I05, I06). */
function expectIdentities(totals: InvoiceTotals): void {
  expect(totals.taxTotalMinor).toBe(sum(totals.lines.map((line) => line.taxMinor)));
  expect(totals.taxTotalMinor).toBe(sum(totals.taxes.map((row) => row.amountMinor)));
  expect(totals.totalMinor).toBe(
    totals.subtotalMinor -
      totals.discountTotalMinor +
      totals.taxTotalMinor -
      totals.taxIncludedMinor +
      totals.carriedToCreditMinor,
  );
}

describe('tax on a figure', () => {
  test('each exclusive rate is rounded by itself', () => {
    expect(exclusiveTax(rational(9999n), ['8.875', '2.125', '0.5'])).toEqual({
      taxMinor: 1149n,
      perRate: [887n, 212n, 50n],
    });
    expect(exclusiveTax(rational(-1250n), ['10']).taxMinor).toBe(-125n);
    expect(exclusiveTax(rational(5n), ['50'], 'half_even').taxMinor).toBe(2n);
    expect(exclusiveTax(rational(5n), [])).toEqual({ taxMinor: 0n, perRate: [] });
  });

  test('an inclusive tax is what is left of the gross', () => {
    expect(inclusiveTax(11498n, ['5', '9.975'])).toEqual({ netMinor: 10000n, taxMinor: 1498n, perRate: [500n, 998n] });
    expect(inclusiveTax(5n, ['20'])).toEqual({ netMinor: 4n, taxMinor: 1n, perRate: [1n] });
    expect(inclusiveTax(-12000n, ['20']).netMinor).toBe(-10000n);
    expect(inclusiveTax(100n, ['0'])).toEqual({ netMinor: 100n, taxMinor: 0n, perRate: [0n] });
    expect(() => inclusiveTax(100n, ['-100'])).toThrow(RangeError);
  });
});

describe('taxes of an invoice', () => {
  test('one base per rate over all lines, one rounding, shares that add up', () => {
    const taxes = computeTaxes([
      { amountMinor: 333n, rates: [rate('vat')] },
      { amountMinor: 333n, rates: [rate('vat')] },
      { amountMinor: 333n, rates: [rate('vat'), rate('city')] },
    ]);
    expect(taxes.rates).toEqual([
      { rate: rate('vat'), taxableMinor: 999n, amountMinor: 200n },
      { rate: rate('city'), taxableMinor: 333n, amountMinor: 30n },
    ]);
    expect(taxes.lines.map((line) => line.taxMinor)).toEqual([67n, 67n, 96n]);
    expect(taxes.taxMinor).toBe(230n);
  });

  test('lines with both kinds are freed of the included tax first', () => {
    const taxes = computeTaxes([{ amountMinor: 10500n, rates: [rate('gst'), rate('vat')] }]);
    expect(taxes.rates).toEqual([
      { rate: rate('gst'), taxableMinor: 10500n, amountMinor: 500n },
      { rate: rate('vat'), taxableMinor: 10000n, amountMinor: 2000n },
    ]);
    expect([taxes.taxMinor, taxes.includedMinor]).toEqual([2500n, 500n]);
  });

  test('lines of opposite sign keep their own tax', () => {
    const taxes = computeTaxes([
      { amountMinor: 10000n, rates: [rate('vat')] },
      { amountMinor: -10000n, rates: [rate('vat')] },
    ]);
    expect(taxes.lines.map((line) => line.taxMinor)).toEqual([2000n, -2000n]);
    expect(taxes.rates[0]?.amountMinor).toBe(0n);
  });

  test(
    'rates, lines and totals agree, and each exclusive rate is its base rounded once',
    () => {
      fc.assert(
        fc.property(anyInvoice, (lines) => {
          const taxes = computeTaxes(
            lines.map((line) => ({ amountMinor: line.amountMinor, rates: line.taxRates ?? [] })),
          );
          expect(sum(taxes.lines.map((line) => line.taxMinor))).toBe(taxes.taxMinor);
          expect(sum(taxes.rates.map((row) => row.amountMinor))).toBe(taxes.taxMinor);
          expect(sum(taxes.rates.filter((row) => row.rate.inclusive).map((row) => row.amountMinor))).toBe(
            taxes.includedMinor,
          );
          for (const row of taxes.rates) {
            if (row.rate.inclusive) continue;
            const percent = parseDecimal(row.rate.percent);
            expect(row.amountMinor).toBe(
              divideRounded(row.taxableMinor * percent.numerator, percent.denominator * 100n),
            );
          }
          const mirrored = computeTaxes(
            lines.map((line) => ({ amountMinor: -line.amountMinor, rates: line.taxRates ?? [] })),
          );
          expect(mirrored.taxMinor).toBe(-taxes.taxMinor);
        }),
        runs(),
      );
    },
    LONG,
  );
});

/** Fractions stand as they were computed: here only their sums are compared. */
const plain = ({ lines, ...totals }: InvoiceTotals) => ({
  ...totals,
  lines: lines.map(({ taxShares, ...line }) => ({
    ...line,
    shares: taxShares.map((share) => [share.rate.id, share.amountMinor, 'together' in share ? share.together : null]),
  })),
});

describe('where tax is rounded', () => {
  const vat = [rate('vat')];
  const taxOf = (amounts: readonly bigint[], rounding: TaxRounding) =>
    invoiceTotals(
      amounts.map((amountMinor) => ({ amountMinor, taxRates: vat })),
      0n,
      rounding,
    ).taxTotalMinor;

  test('once a rate, once in all, or on every line', () => {
    expect([taxOf([2n, 2n, 2n], 'per_rate'), taxOf([2n, 2n, 2n], 'on_total'), taxOf([2n, 2n, 2n], 'per_line')]).toEqual(
      [1n, 1n, 0n],
    );
    const two = [{ amountMinor: 2n, taxRates: [rate('vat'), { ...rate('vat'), id: 'other' }] }];
    expect(invoiceTotals(two).taxTotalMinor).toBe(0n);
    const once = invoiceTotals(two, 0n, 'on_total');
    expect(once.taxes.map((row) => row.amountMinor)).toEqual([1n, 0n]);
    expect(once.totalMinor).toBe(3n);
  });

  test('on a discount before it was rounded, if it is given', () => {
    const taxRates = [{ id: 'half', percent: '49.8', inclusive: false }];
    const kept = { amountMinor: 100n, discountMinor: 33n, taxRates };
    const exact = invoiceTotals([{ ...kept, exactDiscount: rational(98n, 3n) }]);
    expect([exact.taxes[0]?.taxableMinor, exact.taxTotalMinor, exact.totalMinor]).toEqual([67n, 34n, 101n]);
    expect(invoiceTotals([kept]).taxTotalMinor).toBe(33n);
  });

  test('the percentage over the whole is exact', () => {
    const lines = taxableLines([
      { amountMinor: 17900n, taxRates: [{ id: 'ten', percent: '10', inclusive: false }] },
      { amountMinor: 39900n, discountMinor: 25000n, taxRates: vat },
    ]);
    expect(toFixedDecimal(effectiveTaxPercent(lines), 5)).toBe('14.54268');
    expect(effectiveTaxPercent([])).toEqual(rational(0n));
    expect(effectiveTaxPercent(taxableLines([{ amountMinor: 100n, taxRates: [rate('gst')] }]))).toEqual(rational(0n));
  });

  test(
    'lines, rates and total agree wherever it is rounded, and exact discounts that are whole change nothing',
    () => {
      fc.assert(
        fc.property(anyInvoice, fc.constantFrom<TaxRounding>('per_rate', 'on_total', 'per_line'), (lines, rounding) => {
          const totals = invoiceTotals(lines, 0n, rounding);
          expectIdentities(totals);
          const exact = lines.map((line) => ({
            ...line,
            exactDiscount: rational((line.discountMinor ?? 0n) * 3n, 3n),
          }));
          expect(plain(invoiceTotals(exact, 0n, rounding))).toEqual(plain(totals));
        }),
        runs(),
      );
    },
    LONG,
  );
});

describe('totals of an invoice', () => {
  test(
    'the identities of the books hold for any lines and any credit',
    () => {
      fc.assert(
        fc.property(anyInvoice, fc.bigInt({ min: -5n, max: 10n ** 10n }), (lines, credit) => {
          const totals = invoiceTotals(lines, credit);
          expect(totals.subtotalMinor).toBe(sum(lines.map((line) => line.amountMinor)));
          expect(totals.discountTotalMinor).toBe(sum(totals.lines.map((line) => line.discountMinor)));
          expectIdentities(totals);
          expect(totals.totalMinor >= 0n && totals.carriedToCreditMinor >= 0n).toBe(true);
          expect(totals.carriedToCreditMinor === 0n || totals.totalMinor === 0n).toBe(true);
          expect(totals.amountDueMinor).toBe(totals.totalMinor - totals.creditsAppliedMinor);
          expect(totals.creditsAppliedMinor >= 0n && totals.amountDueMinor >= 0n).toBe(true);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('discounts come before tax, credits after', () => {
    const totals = invoiceTotals([{ amountMinor: 10000n, discountMinor: 1000n, taxRates: [rate('vat')] }], 800n);
    expect([totals.taxTotalMinor, totals.totalMinor, totals.creditsAppliedMinor, totals.amountDueMinor]).toEqual([
      1800n,
      10800n,
      800n,
      10000n,
    ]);
  });

  test('a negative invoice is a zero invoice and a credit, tax included', () => {
    const totals = invoiceTotals([{ amountMinor: -10000n, taxRates: [rate('vat')] }], 500n);
    expect([totals.taxTotalMinor, totals.carriedToCreditMinor, totals.totalMinor, totals.creditsAppliedMinor]).toEqual([
      -2000n,
      12000n,
      0n,
      0n,
    ]);
    expect(invoiceTotals([]).totalMinor).toBe(0n);
  });

  test('refuses a discount that does not fit its line', () => {
    for (const [amountMinor, discountMinor] of [
      [100n, 101n],
      [100n, -1n],
      [-100n, 1n],
      [-100n, -101n],
      [0n, 1n],
    ] as const) {
      expect(() => invoiceTotals([{ amountMinor, discountMinor }])).toThrow(RangeError);
    }
    expect(invoiceTotals([{ amountMinor: -100n, discountMinor: -100n }]).totalMinor).toBe(0n);
  });

  test('what is due, and what a payment leaves over', () => {
    expect(
      amountDue({
        totalMinor: 100n,
        amountPaidMinor: 30n,
        writtenOffMinor: 20n,
        creditsAppliedMinor: 5n,
        creditNotesAppliedMinor: 5n,
      }),
    ).toBe(40n);
    expect(amountDue({ totalMinor: 100n, void: true })).toBe(0n);
    expect(() => amountDue({ totalMinor: 100n, amountPaidMinor: 101n })).toThrow(RangeError);
    expect(applyPayment(150n, 100n)).toEqual({ appliedMinor: 100n, leftOverMinor: 50n });
    expect(applyPayment(50n, 100n)).toEqual({ appliedMinor: 50n, leftOverMinor: 0n });
    expect(() => applyPayment(-1n, 100n)).toThrow(RangeError);
  });
});
