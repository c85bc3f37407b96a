import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { CreditableLine } from '../../src/rules/credit-note.ts';
import { taxesOfPart, taxLeft, withinTaxLeft } from '../../src/rules/tax-return.ts';

const taxed = (rateId: string, amountMinor: bigint, inclusive = false) => ({ rateId, inclusive, amountMinor });
const line = (amountMinor: bigint, ...taxes: ReturnType<typeof taxed>[]): CreditableLine => ({
  ...{ amountMinor, discountMinor: 0n, taxes },
});
const nothing = line(0n);

describe('what is left of the tax of a line', () => {
  it('is what was billed less what was taken back, rate by rate', () => {
    const whole = line(1_000n, taxed('state', 60n), taxed('city', 15n));
    const taken = line(400n, taxed('state', 20n), taxed('state', 4n), taxed('another', 9n));
    expect([...taxLeft(whole, taken)]).toEqual([
      ['state', 36n],
      ['city', 15n],
    ]);
  });

  const back = (rateId: string, ...amounts: bigint[]) => ({
    ...{ lineId: 'line', left: new Map([['vat', 459n]]), isTold: false, isLast: false },
    shares: amounts.map((amountMinor) => ({ rateId, amountMinor })),
  });
  test.each([
    ['stays as it is within what is left', [back('vat', -459n)], [[-459n]]],
    ['is no more than that by itself', [back('vat', -460n)], [[-459n]]],
    ['and together, the later one less', [back('vat', -230n), back('vat', -230n)], [[-230n], [-229n]]],
    ['is all that is left with the last of the line', [{ ...back('vat', -458n), isLast: true }], [[-459n]]],
    [
      'is all that is left behind the others',
      [back('vat', -229n), { ...back('vat', -229n), isLast: true }],
      [[-229n], [-230n]],
    ],
    ['is nothing of a rate that the line had not', [back('new', -5n)], [[0n]]],
    ['is not less where tax is asked for', [back('vat', 7n)], [[7n]]],
    [
      'leaves room for what is billed again',
      [back('vat', -459n), back('vat', 10n), back('vat', -20n)],
      [[-459n], [10n], [-10n]],
    ],
    [
      'counts what was told, and leaves it',
      [{ ...back('vat', -500n), isTold: true }, back('vat', -1n)],
      [[-500n], [0n]],
    ],
    ['passes by lines that take nothing back', [null, back('vat', -1n)], [null, [-1n]]],
    ['is counted line by line', [back('vat', -459n), { ...back('vat', -459n), lineId: 'other' }], [[-459n], [-459n]]],
  ] as const)('what goes back %s', (_name, returns, amounts) => {
    expect(withinTaxLeft(returns)).toEqual(amounts);
  });
});

describe('the taxes of a part of a line', () => {
  it('are shares to date, with what they are the tax of, net, or gross where it contains them', () => {
    const whole = line(1_000n, taxed('net', 200n), taxed('gross', 100n, true));
    const bases = new Map([
      ['net', 1_000n],
      ['gross', 500n],
    ]);
    const { taxes, after } = taxesOfPart(whole, bases, nothing, 250n);
    expect(taxes).toEqual([
      { ...taxed('net', 50n), taxableMinor: 250n },
      { ...taxed('gross', 25n, true), taxableMinor: 100n },
    ]);
    expect(after).toEqual(line(250n, taxed('net', 50n), taxed('gross', 25n, true)));
  });

  it('stand for themselves where rounding leaves no base', () => {
    const { taxes } = taxesOfPart(line(3n, taxed('flat', 3n)), new Map([['flat', 1n]]), nothing, 1n);
    expect(taxes).toEqual([{ ...taxed('flat', 1n), taxableMinor: 1n }]);
  });

  it('are nothing once all was taken, and of more than is left what is left', () => {
    const whole = line(100n, taxed('vat', 20n));
    const bases = new Map([['vat', 100n]]);
    const all = taxesOfPart(whole, bases, nothing, 130n).after;
    expect(all).toEqual(line(100n, taxed('vat', 20n)));
    const more = taxesOfPart(whole, bases, all, 5n);
    expect(more).toEqual({ taxes: [{ ...taxed('vat', 0n), taxableMinor: 0n }], after: all });
  });

  it('add up to the whole over any parts', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 9n });
    fc.assert(
      fc.property(minor, minor, fc.array(minor, { maxLength: 6 }), (amount, tax, parts) => {
        const whole = line(amount, taxed('vat', tax));
        let before: CreditableLine = nothing;
        let base = 0n;
        for (const part of [...parts, amount]) {
          const { taxes, after } = taxesOfPart(whole, new Map([['vat', 10n * amount]]), before, part);
          base += taxes[0]!.taxableMinor;
          before = after;
        }
        expect(taxLeft(whole, before).get('vat')).toBe(0n);
        expect([before.amountMinor, base]).toEqual([amount, 10n * amount]);
      }),
    );
  });
});
