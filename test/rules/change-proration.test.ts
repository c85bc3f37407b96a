import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allowedCredit,
  billedAnew,
  type ChangeInput,
  type ChangeSide,
  leftAfterRefund,
  leftOfPieces,
  prorateChange,
  prorateIntervalChange,
  withBilled,
} from '../../src/rules/change-proration.ts';
import { formatDecimal, parseDecimal, rational } from '../../src/rules/money.ts';
import { contradictions, evaluateDerivation, priceComponent } from '../../src/rules/pricing.ts';
import { creditsForRest, shareOfPeriod, sumOfShares } from '../../src/rules/proration.ts';
import { anyQuantity, anyQuantityModel } from './prices.ts';
import { LONG, runs } from './runs.ts';

const at = (text: string): Date => new Date(text);
const june = { start: at('2026-06-01T00:00:00Z'), end: at('2026-07-01T00:00:00Z') };
const MONTH_MS = 30 * 86_400_000;

const anySide = fc.record({ model: anyQuantityModel, quantity: anyQuantity });
const anyOffset = fc.integer({ min: 0, max: MONTH_MS });
const anyMode = fc.constantFrom('by_second' as const, 'by_day' as const);
const anyRounding = fc.constantFrom('half_away_from_zero' as const, 'half_even' as const, 'floor' as const);

const wholePrice = (side: ChangeSide, input: ChangeInput): bigint =>
  priceComponent(side.model, { currency: input.currency, quantity: side.quantity, rounding: input.rounding })
    .amountMinor;

const anyChange = fc
  .record({ old: anySide, new: anySide, offset: anyOffset, mode: anyMode, rounding: anyRounding })
  .map(({ offset, ...change }) => ({
    ...change,
    currency: 'EUR',
    period: june,
    at: new Date(june.start.getTime() + offset),
  }));

const unit = (unitAmount: string, quantity = '1'): ChangeSide => ({
  model: { kind: 'per_unit', unitAmount },
  quantity,
});

describe('a change inside a period', () => {
  test(
    'and its reverse at the same instant net to zero',
    () => {
      fc.assert(
        fc.property(anyChange, (change) => {
          const there = prorateChange(change);
          const back = prorateChange({ ...change, old: change.new, new: change.old });
          expect(there.netMinor + back.netMinor).toBe(0n);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'credits never more than was billed, nor than the cap, and adds up',
    () => {
      fc.assert(
        fc.property(anyChange, fc.bigInt({ min: -100n, max: 1_000_000n }), (change, creditCapMinor) => {
          const free = prorateChange(change);
          const capped = prorateChange({ ...change, creditCapMinor });
          expect(-free.creditMinor <= wholePrice(change.old, change)).toBe(true);
          expect(free.creditMinor <= 0n && free.chargeMinor >= 0n).toBe(true);
          expect(-capped.creditMinor <= (creditCapMinor > 0n ? creditCapMinor : 0n)).toBe(true);
          expect(capped.creditMinor >= free.creditMinor).toBe(true);
          expect(capped.netMinor).toBe(capped.creditMinor + capped.chargeMinor);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'each line is what its derivation comes to',
    () => {
      fc.assert(
        fc.property(anyChange, fc.option(fc.bigInt({ min: -100n, max: 100_000n })), (change, cap) => {
          const { credit, charge } = prorateChange({ ...change, creditCapMinor: cap ?? undefined });
          const anew = { amountMinor: -credit!.amountMinor, derivation: billedAnew(credit!.derivation) };
          expect(evaluateDerivation(anew.derivation)).toBe(anew.amountMinor);
          expect(contradictions(anew.derivation)).toEqual([]);
          for (const line of [credit!, charge!]) {
            expect(evaluateDerivation(line.derivation)).toBe(line.amountMinor);
            expect(contradictions(line.derivation)).toEqual([]);
            expect(line.derivation.steps.at(-1)?.amount).toBe(formatDecimal(line.amountMinor, 'EUR'));
          }
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'at the first instant swaps the whole, at the last nothing',
    () => {
      fc.assert(
        fc.property(anyChange, (change) => {
          const first = prorateChange({ ...change, at: june.start });
          expect(first.netMinor).toBe(wholePrice(change.new, change) - wholePrice(change.old, change));
          expect(prorateChange({ ...change, at: june.end })).toMatchObject({ creditMinor: 0n, chargeMinor: 0n });
        }),
        runs(200),
      );
    },
    LONG,
  );

  test('what is added has no credit, what is removed no charge', () => {
    const input = { currency: 'EUR', period: june, at: at('2026-06-16T00:00:00Z') };
    expect(prorateChange({ ...input, new: unit('10') })).toMatchObject({ credit: null, netMinor: 500n });
    expect(prorateChange({ ...input, old: unit('10') })).toMatchObject({ charge: null, netMinor: -500n });
    expect(prorateChange(input)).toEqual({
      creditMinor: 0n,
      chargeMinor: 0n,
      netMinor: 0n,
      credit: null,
      charge: null,
    });
  });

  test('by day counts local dates of the zone', () => {
    const change = {
      currency: 'EUR',
      period: june,
      at: at('2026-06-16T02:00:00Z'),
      old: unit('30'),
      mode: 'by_day',
    } as const;
    expect(prorateChange(change).creditMinor).toBe(-1500n);
    const newYork = { start: at('2026-06-01T04:00:00Z'), end: at('2026-07-01T04:00:00Z') };
    expect(prorateChange({ ...change, period: newYork, timezone: 'America/New_York' }).creditMinor).toBe(-1600n);
  });

  test('to another interval restarts the period at the change, in local time', () => {
    const change = {
      currency: 'EUR',
      period: { start: at('2026-03-01T05:00:00Z'), end: at('2026-04-01T04:00:00Z') },
      at: at('2026-03-01T05:00:00Z'),
      timezone: 'America/New_York',
      old: unit('10'),
      new: unit('100'),
    };
    const result = prorateIntervalChange(change, { unit: 'year', count: 1 });
    expect(result).toMatchObject({ creditMinor: -1000n, chargeMinor: 10_000n, netMinor: 9_000n });
    expect(result.newPeriod).toEqual({ start: change.at, end: at('2027-03-01T05:00:00Z') });
    const monthly = prorateIntervalChange({ ...change, creditCapMinor: 1n }, { unit: 'month', count: 1 });
    expect(monthly.newPeriod.end).toEqual(at('2026-04-01T04:00:00Z'));
    expect(monthly.creditMinor).toBe(-1n);
  });
});

describe('a line whose time begins earlier', () => {
  test('costs what was billed of it on top of what follows, and its derivation says so', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 12n),
        fc.bigInt(0n, 10n ** 9n),
        fc.constantFrom('EUR', 'JPY', 'KWD'),
        (billed, price, currency) => {
          const rest = priceComponent(
            { kind: 'flat', amountMinor: price },
            { currency, quantity: '1', share: { fraction: rational(7n, 30n), mode: 'by_second' } },
          );
          const line = withBilled(rest, billed, currency);
          expect(line.amountMinor).toBe(rest.amountMinor + billed);
          expect(evaluateDerivation(line.derivation)).toBe(line.amountMinor);
          expect(contradictions(line.derivation)).toEqual([]);
        },
      ),
    );
  });
});

describe('what is left of a line that bills several pieces of time', () => {
  const juneDays = (...days: [from: number, to: number][]) =>
    days.map(([from, to]) => ({ start: new Date(Date.UTC(2026, 5, from)), end: new Date(Date.UTC(2026, 5, to)) }));

  test.each([
    ['one piece has all of it', 2_000n, 300n, juneDays([1, 11]), [[2_000n, 300n]]],
    [
      'halves',
      2_000n,
      300n,
      juneDays([1, 11], [21, 31]),
      [
        [1_000n, 150n],
        [1_000n, 150n],
      ],
    ],
    [
      'by length, the odd unit to the largest remainder',
      100n,
      1n,
      juneDays([1, 2], [3, 5], [9, 19]),
      [
        [8n, 0n],
        [15n, 0n],
        [77n, 1n],
      ],
    ],
    [
      'a discount of everything',
      5n,
      5n,
      juneDays([1, 2], [3, 5], [9, 11]),
      [
        [1n, 1n],
        [2n, 2n],
        [2n, 2n],
      ],
    ],
    [
      'nothing',
      0n,
      0n,
      juneDays([1, 2], [3, 5]),
      [
        [0n, 0n],
        [0n, 0n],
      ],
    ],
    [
      'more was given back than there was',
      -3n,
      0n,
      juneDays([1, 2], [3, 5]),
      [
        [-1n, 0n],
        [-2n, 0n],
      ],
    ],
  ])('%s', (_what, amount, discount, pieces, expected) => {
    const shares = leftOfPieces({ amount, discount }, pieces);
    expect(shares.map((one) => [one.amount, one.discount])).toEqual(expected);
  });

  test('refuses pieces without length', () => {
    expect(() => leftOfPieces({ amount: 1n, discount: 0n }, [])).toThrow(RangeError);
    expect(() => leftOfPieces({ amount: 1n, discount: 0n }, juneDays([2, 2]))).toThrow(RangeError);
  });

  test(
    'adds up to the line, within a unit of its length, never more discount than amount',
    () => {
      const lengths = fc.array(fc.integer({ min: 1, max: MONTH_MS }), { minLength: 1, maxLength: 6 });
      const money = fc.bigInt({ min: 0n, max: 1_000n });
      fc.assert(
        fc.property(money, money, lengths, (one, other, spans) => {
          const [discount, amount] = one < other ? [one, other] : [other, one];
          const pieces = spans.map((span) => ({ start: june.start, end: new Date(june.start.getTime() + span) }));
          const shares = leftOfPieces({ amount, discount }, pieces);
          expect(shares.reduce((sum, share) => sum + share.amount, 0n)).toBe(amount);
          expect(shares.reduce((sum, share) => sum + share.discount, 0n)).toBe(discount);
          const whole = BigInt(spans.reduce((sum, span) => sum + span, 0));
          shares.forEach((share, index) => {
            expect(share.discount >= 0n && share.discount <= share.amount).toBe(true);
            const off = share.amount * whole - amount * BigInt(spans[index]!);
            expect(off < whole && -off < whole).toBe(true);
          });
        }),
        runs(),
      );
    },
    LONG,
  );
});

describe('lines of which refunds gave something back', () => {
  test('half of ten lines of 1.01 is half of their sum', () => {
    const lines = Array.from({ length: 10 }, () => ({ amount: 101n, discount: 0n }));
    const left = leftAfterRefund(lines, { given: 505n, standing: 1010n });
    expect(left.map(({ amount }) => amount)).toEqual([51n, 51n, 51n, 51n, 51n, 50n, 50n, 50n, 50n, 50n]);
  });

  test(
    'are together what was not given back, and any of them never more than their part',
    () => {
      const money = fc.bigInt({ min: 0n, max: 1_000n });
      const line = fc
        .tuple(money, money)
        .map(([one, other]) => (one < other ? { amount: other, discount: one } : { amount: one, discount: other }));
      const netOf = (lines: readonly { amount: bigint; discount: bigint }[]) =>
        lines.reduce((sum, { amount, discount }) => sum + amount - discount, 0n);
      fc.assert(
        fc.property(
          fc.array(line, { maxLength: 20 }),
          fc.array(line, { maxLength: 5 }),
          money,
          (lines, others, back) => {
            const standing = netOf(lines) + netOf(others);
            const given = back < standing ? back : standing;
            const left = leftAfterRefund(lines, { given, standing });
            const rest = netOf(left);
            expect(others.length > 0 || rest === standing - given).toBe(true);
            expect(rest * standing <= netOf(lines) * (standing - given)).toBe(true);
            left.forEach(({ amount, discount }, index) => {
              const whole = lines[index]!;
              expect(discount >= 0n && discount <= amount && amount <= whole.amount).toBe(true);
              expect(discount <= whole.discount).toBe(true);
            });
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test('refuses more given back than stands', () => {
    expect(() => leftAfterRefund([{ amount: 2n, discount: 0n }], { given: 3n, standing: 2n })).toThrow(RangeError);
  });
});

describe('credit and shares', () => {
  test(
    'what is credited over time never exceeds what was paid',
    () => {
      const amount = fc.bigInt({ min: 0n, max: 10_000n });
      fc.assert(
        fc.property(amount, fc.array(amount, { maxLength: 10 }), (paid, potentials) => {
          let credited = 0n;
          for (const potential of potentials) {
            const allowed = allowedCredit(potential, paid, credited);
            expect(allowed >= 0n && allowed <= potential).toBe(true);
            credited += allowed;
          }
          const wished = potentials.reduce((sum, one) => sum + one, 0n);
          expect(credited).toBe(wished < paid ? wished : paid);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('more credited than paid allows nothing', () => {
    expect(allowedCredit(100n, 200n, 250n)).toBe(0n);
    expect(allowedCredit(-5n, 200n, 0n)).toBe(0n);
  });

  test(
    'lines of one share, rounded each, are off the total by half a unit a line at most',
    () => {
      const amounts = fc.array(fc.integer({ min: 0, max: 10 ** 9 }), { maxLength: 12 });
      fc.assert(
        fc.property(amounts, anyOffset, (units, offset) => {
          const lines = units.map((amount) => rational(BigInt(amount), 1_000n));
          const share = shareOfPeriod(june, { start: new Date(june.start.getTime() + offset), end: june.end });
          const each = sumOfShares(lines, share, 'EUR');
          const once = sumOfShares(lines, share, 'EUR', { rule: 'round_total_once' });
          const off = each > once ? each - once : once - each;
          expect(2n * off <= BigInt(lines.length) + 1n).toBe(true);
          if (lines.length === 1) expect(each).toBe(once);
        }),
        runs(),
      );
    },
    LONG,
  );

  test.each([
    ['2026-06-01T00:00:00Z', 8, '100.00000000'],
    ['2026-06-11T00:00:00Z', 3, '66.667'],
    ['2026-07-01T00:00:00Z', 2, '0.00'],
    ['2026-08-01T00:00:00Z', 2, '0.00'],
  ])('credits granted from %s on, at %i decimals: %s', (from, scale, credits) => {
    expect(creditsForRest('100', june, at(from), scale)).toBe(credits);
  });

  test('a total rounded once is rounded in the currency', () => {
    const half = [parseDecimal('1'), parseDecimal('2')];
    expect(sumOfShares(half, rational(1n, 2n), 'JPY', { rule: 'round_total_once' })).toBe(2n);
    expect(sumOfShares(half, rational(1n, 2n), 'JPY')).toBe(2n);
    expect(sumOfShares(half, rational(1n, 2n), 'JPY', { rounding: 'ceiling' })).toBe(2n);
    expect(sumOfShares([parseDecimal('1'), parseDecimal('1')], rational(1n, 2n), 'JPY')).toBe(2n);
    expect(() => sumOfShares(half, rational(1n, 2n), 'XAU')).toThrow(RangeError);
  });
});
