import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CreditedInvoice, creditRefusal, splitCreditNote } from '../../src/rules/credit-limits.ts';
import {
  type CreditableLine,
  creditLine,
  creditNoteAmounts,
  creditNoteSequence,
  creditPart,
  type LineFigures,
  type RatePart,
  taxShare,
  terminationCredit,
} from '../../src/rules/credit-note.ts';
import { creditUpTo } from '../../src/rules/credit-up-to.ts';
import { applyDiscounts } from '../../src/rules/discount.ts';
import { parseDecimal, rational, sum } from '../../src/rules/money.ts';
import type { TaxRate } from '../../src/rules/tax.ts';
import { invoiceTotals } from '../../src/rules/totals.ts';
import { LONG, runs } from './runs.ts';

const RATES: readonly TaxRate[] = [
  { id: 'vat', percent: '20', inclusive: false },
  { id: 'city', percent: '8.875', inclusive: false },
  { id: 'gst', percent: '5', inclusive: true },
];
const NOTHING: LineFigures = { amountMinor: 0n, discountMinor: 0n, taxMinor: 0n, taxIncludedMinor: 0n };
const plus = (left: LineFigures, right: LineFigures): LineFigures => ({
  amountMinor: left.amountMinor + right.amountMinor,
  discountMinor: left.discountMinor + right.discountMinor,
  taxMinor: left.taxMinor + right.taxMinor,
  taxIncludedMinor: left.taxIncludedMinor + right.taxIncludedMinor,
});

/** Lines with coupons and taxes, and in which order and how finely they are credited. */
const anyInvoice = fc.record({
  lines: fc.array(
    fc.record({
      amountMinor: fc.oneof(fc.bigInt({ min: 1n, max: 200n }), fc.bigInt({ min: 1n, max: 10n ** 9n })),
      taxRates: fc.subarray([...RATES]),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  percent: fc.integer({ min: 0, max: 100 }),
  fixedMinor: fc.bigInt({ min: 0n, max: 10_000n }),
});
const anyOrder = fc.array(fc.record({ line: fc.nat(5), share: fc.integer({ min: 1, max: 100 }) }), { maxLength: 30 });

describe('credits by line', () => {
  test(
    'over any partition of an invoice they add up to it to the last unit, tax included, and none is negative',
    () => {
      fc.assert(
        fc.property(anyInvoice, anyOrder, ({ lines, percent, fixedMinor }, order) => {
          const discounted = applyDiscounts(
            lines.map((line) => line.amountMinor),
            [
              { kind: 'percentage', percent: String(percent) },
              { kind: 'fixed', amountMinor: fixedMinor },
            ],
          );
          const invoice = invoiceTotals(
            lines.map((line, index) => ({ ...line, discountMinor: discounted.lines[index]!.discountMinor })),
          );
          const credited = invoice.lines.map(() => NOTHING);
          let givenMinor = 0n;
          const credit = (index: number, amountMinor: bigint) => {
            const line = invoice.lines[index]!;
            const part = creditLine(line, credited[index]!, amountMinor);
            expect(part.totalMinor >= 0n && part.discountMinor >= 0n && part.discountMinor <= amountMinor).toBe(true);
            expect(part.taxMinor >= 0n && part.taxIncludedMinor >= 0n).toBe(true);
            credited[index] = plus(credited[index]!, part);
            givenMinor += part.totalMinor;
            expect(givenMinor <= invoice.totalMinor).toBe(true);
          };
          const left = (index: number) => invoice.lines[index]!.amountMinor - credited[index]!.amountMinor;
          for (const { line, share } of order) {
            const index = line % lines.length;
            const amount = (left(index) * BigInt(share)) / 100n;
            if (amount > 0n) credit(index, amount);
          }
          invoice.lines.forEach((_, index) => {
            if (left(index) > 0n) credit(index, left(index));
          });
          expect(credited).toEqual(invoice.lines.map(({ taxShares: _byRate, ...figures }) => figures));
          expect(givenMinor).toBe(invoice.totalMinor);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'rate by rate they add up to the line as well, included tax and negative lines too',
    () => {
      fc.assert(
        fc.property(anyInvoice, anyOrder, fc.boolean(), ({ lines, percent }, order, negative) => {
          const signed = lines.map((line, index) => (negative && index % 2 ? -line.amountMinor : line.amountMinor));
          const invoice = invoiceTotals(
            signed.map((amountMinor, index) => ({
              amountMinor,
              discountMinor: (amountMinor * BigInt(percent)) / 100n,
              taxRates: lines[index]!.taxRates,
            })),
          );
          const perRate = new Map<string, bigint>();
          invoice.lines.forEach((line) => {
            const taxes = line.taxShares.map(
              ({ rate, amountMinor }): RatePart => ({ rateId: rate.id, inclusive: rate.inclusive, amountMinor }),
            );
            expect(sum(taxes.map((one) => one.amountMinor))).toBe(line.taxMinor);
            const whole: CreditableLine = { ...line, taxes };
            let credited: CreditableLine = { amountMinor: 0n, discountMinor: 0n, taxes: [] };
            let total = 0n;
            const parts = order.map(({ share }) => (line.amountMinor * BigInt(share)) / 400n);
            for (const wanted of [...parts, null]) {
              const left = line.amountMinor - credited.amountMinor;
              const fits = wanted !== null && (line.amountMinor < 0n ? wanted >= left : wanted <= left);
              const amount = fits ? wanted : left;
              if (amount === 0n) continue;
              const part = creditPart(whole, credited, amount);
              total += part.totalMinor;
              credited = {
                amountMinor: credited.amountMinor + part.amountMinor,
                discountMinor: credited.discountMinor + part.discountMinor,
                taxes: [...credited.taxes, ...part.taxes],
              };
              if (wanted === null) break;
            }
            const { amountMinor, discountMinor, taxMinor, taxIncludedMinor } = line;
            expect([credited.amountMinor, credited.discountMinor]).toEqual([amountMinor, discountMinor]);
            expect(total).toBe(amountMinor - discountMinor + taxMinor - taxIncludedMinor);
            for (const { rateId, amountMinor: tax } of credited.taxes) {
              perRate.set(rateId, (perRate.get(rateId) ?? 0n) + tax);
            }
          });
          for (const { rate, amountMinor } of invoice.taxes) expect(perRate.get(rate.id) ?? 0n).toBe(amountMinor);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'up to a limit they come to just that, whatever the rates, and the last one takes what earlier ones left of the tax',
    () => {
      const anyLine = fc.record({
        amountMinor: fc.bigInt({ min: 1n, max: 5_000n }),
        percent: fc.bigInt({ min: 0n, max: 100n }),
        taxRates: fc.subarray([...RATES]),
        limits: fc.array(fc.bigInt({ min: 1n, max: 2_000n }), { minLength: 1, maxLength: 4 }),
      });
      fc.assert(
        fc.property(anyLine, ({ amountMinor, percent, taxRates, limits }) => {
          const discountMinor = (amountMinor * percent) / 100n;
          const [line] = invoiceTotals([{ amountMinor, discountMinor, taxRates }]).lines;
          const taxes = line!.taxShares.map(({ rate, amountMinor: amount }): RatePart => {
            return { rateId: rate.id, inclusive: rate.inclusive, amountMinor: amount };
          });
          const whole: CreditableLine = { amountMinor, discountMinor, taxes };
          let credited: CreditableLine = { amountMinor: 0n, discountMinor: 0n, taxes: [] };
          let total = 0n;
          const price = creditPart(whole, credited, amountMinor).totalMinor;
          for (const limit of [...limits, price]) {
            const left = amountMinor - credited.amountMinor;
            if (left === 0n) break;
            const most = limit < price - total ? limit : price - total;
            const part = creditUpTo(whole, credited, left, most);
            expect(part?.totalMinor ?? 0n).toBe(most);
            total += most;
            credited = {
              amountMinor: credited.amountMinor + (part?.amountMinor ?? 0n),
              discountMinor: credited.discountMinor + (part?.discountMinor ?? 0n),
              taxes: [...credited.taxes, ...(part?.taxes ?? [])],
            };
          }
          expect(total).toBe(price);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('unit by unit: the rounding difference is never more than a unit', () => {
    const line = { amountMinor: 100n, discountMinor: 40n, taxMinor: 12n, taxIncludedMinor: 0n };
    let credited = NOTHING;
    const totals: bigint[] = [];
    for (let unit = 0; unit < 100; unit += 1) {
      const part = creditLine(line, credited, 1n);
      totals.push(part.totalMinor);
      credited = plus(credited, part);
    }
    expect(totals.every((total) => total >= 0n && total <= 2n)).toBe(true);
    expect(sum(totals)).toBe(72n);
  });

  test('refuses what the line does not hold', () => {
    const line = { amountMinor: 100n, discountMinor: 0n, taxMinor: 0n, taxIncludedMinor: 0n };
    for (const amount of [0n, -1n, 101n]) expect(() => creditLine(line, NOTHING, amount)).toThrow(RangeError);
    expect(() => creditLine(line, { ...NOTHING, amountMinor: 60n }, 41n)).toThrow(RangeError);
  });
});

describe('credits by sums', () => {
  const anySums = fc.record({
    netMinor: fc.bigInt({ min: 1n, max: 10n ** 6n }),
    percent: fc.integer({ min: 0, max: 30 }),
    cuts: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 8 }),
  });

  test(
    'notes over any partition never exceed the invoice and equal it in the end, by rate or by share',
    () => {
      fc.assert(
        fc.property(anySums, fc.boolean(), ({ netMinor, percent, cuts }, byRate) => {
          const taxMinor = invoiceTotals([
            { amountMinor: netMinor, taxRates: [{ id: 'vat', percent: String(percent), inclusive: false }] },
          ]).taxTotalMinor;
          const nets: bigint[] = [];
          let left = netMinor;
          for (const cut of cuts) {
            const net = (left * BigInt(cut)) / 100n;
            if (net === 0n) continue;
            nets.push(net);
            left -= net;
          }
          nets.push(left);
          const rate = byRate ? parseDecimal(String(percent)) : undefined;
          const notes = creditNoteSequence({ netMinor, taxMinor }, nets, rate);
          expect(notes.every((note) => note.taxMinor >= 0n && note.creditableMinor >= 0n)).toBe(true);
          expect(sum(notes.map((note) => note.taxMinor))).toBe(taxMinor);
          expect(sum(notes.map((note) => note.totalMinor))).toBe(netMinor + taxMinor);
          expect(notes.at(-1)!.creditableMinor).toBe(0n);
        }),
        runs(),
      );
    },
    LONG,
  );

  test('each share is rounded, the last takes the rest, none more than is left', () => {
    const whole = { netMinor: 9n, taxMinor: 2n };
    const notes = creditNoteSequence(whole, [3n, 3n, 3n], parseDecimal('20'));
    expect(notes.map((note) => note.taxMinor)).toEqual([1n, 1n, 0n]);
    expect(notes.map((note) => note.creditableMinor)).toEqual([7n, 3n, 0n]);
    expect(taxShare({ netMinor: 100n, taxMinor: 20n }, { netMinor: 0n, taxMinor: 0n }, 33n)).toBe(7n);
    expect(taxShare({ netMinor: 100n, taxMinor: 20n }, { netMinor: 66n, taxMinor: 14n }, 34n)).toBe(6n);
    for (const net of [0n, -1n, 101n]) {
      expect(() => taxShare({ netMinor: 100n, taxMinor: 20n }, { netMinor: 0n, taxMinor: 0n }, net)).toThrow(
        RangeError,
      );
    }
  });
});

describe('the figures of a note', () => {
  const item = (amount: string, line: string, discount: string, ...rates: TaxRate[]) => ({
    amount: parseDecimal(amount),
    lineAmount: parseDecimal(line),
    lineDiscount: parseDecimal(discount),
    rates,
  });

  test('net and tax are rounded by themselves, and the total is their sum', () => {
    expect(creditNoteAmounts([item('26260', '39900', '25000', RATES[0]!)])).toEqual({
      discountShareMinor: 16454n,
      subTotalMinor: 9806n,
      taxMinor: 1961n,
      totalMinor: 11767n,
    });
    expect(creditNoteAmounts([item('33.4', '33.4', '0', RATES[0]!), item('33.4', '33.4', '0', RATES[1]!)])).toEqual({
      discountShareMinor: 0n,
      subTotalMinor: 67n,
      taxMinor: 10n,
      totalMinor: 77n,
    });
    expect(creditNoteAmounts([item('0', '0', '0')]).totalMinor).toBe(0n);
  });

  test('refuses parts that are none, and rates it cannot take apart', () => {
    for (const bad of [item('-1', '10', '0'), item('11', '10', '0'), item('1', '10', '0', RATES[2]!)]) {
      expect(() => creditNoteAmounts([bad])).toThrow(RangeError);
    }
  });

  const prepaid = {
    feeMinor: 3100n,
    usedShare: rational(15n, 31n),
    lineDiscountMinor: 0n,
    rates: [RATES[0]!],
    alreadyCreditedMinor: 0n,
    lineTotalMinor: 3720n,
    invoiceTotalMinor: 7440n,
    paidMinor: 7440n,
  };
  const outcome = (change: Partial<typeof prepaid>, mode: 'credit' | 'refund') => {
    const { itemNetMinor, totalMinor, refundMinor, creditMinor } = terminationCredit({ ...prepaid, ...change }, mode);
    return [itemNetMinor, totalMinor, refundMinor, creditMinor];
  };
  const rows: [string, Partial<typeof prepaid>, 'credit' | 'refund', bigint[]][] = [
    ['all as credit', {}, 'credit', [1600n, 1920n, 0n, 1920n]],
    ['all as money', {}, 'refund', [1600n, 1920n, 1920n, 0n]],
    ['only what was paid beyond the use', { paidMinor: 5580n }, 'refund', [1600n, 1920n, 990n, 930n]],
    ['nothing was paid beyond the use', { paidMinor: 930n }, 'refund', [1600n, 1920n, 0n, 1920n]],
    ['all was credited before', { alreadyCreditedMinor: 1700n }, 'refund', [0n, 0n, 0n, 0n]],
    ['all was used', { usedShare: rational(1n) }, 'refund', [0n, 0n, 0n, 0n]],
    ['an invoice of nothing', { invoiceTotalMinor: 0n, paidMinor: 0n }, 'refund', [1600n, 1920n, 0n, 1920n]],
  ];
  test.each(rows)('giving up a prepaid period: %s', (_title, change, mode, expected) => {
    expect(outcome(change, mode)).toEqual(expected);
  });

  test('refuses a share that is none', () => {
    expect(() => outcome({ usedShare: rational(32n, 31n) }, 'credit')).toThrow(RangeError);
    expect(() => outcome({ usedShare: rational(-1n, 31n) }, 'credit')).toThrow(RangeError);
  });
});

describe('limits', () => {
  const settled: CreditedInvoice = {
    totalMinor: 120n,
    paidMinor: 100n,
    settled: true,
    alreadyCreditedMinor: 0n,
    alreadyRefundedMinor: 0n,
  };
  const rows: [Partial<CreditedInvoice>, bigint, bigint, string | null][] = [
    [{}, 120n, 0n, null],
    [{}, 20n, 100n, null],
    [{}, 0n, 0n, 'amount_must_be_positive'],
    [{}, -1n, 2n, 'amount_must_be_positive'],
    [{}, 2n, -1n, 'amount_must_be_positive'],
    [{ settled: false }, 0n, 500n, 'refund_on_unpaid_invoice'],
    [{ settled: false }, 120n, 0n, null],
    [{}, 500n, 101n, 'refund_exceeds_paid'],
    [{ alreadyRefundedMinor: 60n }, 0n, 41n, 'refund_exceeds_paid'],
    [{}, 121n, 0n, 'credit_exceeds_remaining'],
    [{ alreadyCreditedMinor: 110n }, 11n, 0n, 'credit_exceeds_remaining'],
    [{}, 100n, 100n, 'note_exceeds_remaining'],
    [{ alreadyRefundedMinor: 100n }, 21n, 0n, 'note_exceeds_remaining'],
  ];
  test.each(rows)('%j, credit %s, refund %s: %s', (change, creditMinor, refundMinor, reason) => {
    expect(creditRefusal({ ...settled, ...change }, { creditMinor, refundMinor })).toBe(reason);
  });

  const amount = fc.bigInt({ min: -10n, max: 300n });
  test(
    'what is accepted never takes an invoice beyond its total, nor money beyond what was paid',
    () => {
      fc.assert(
        fc.property(
          fc.bigInt({ min: 0n, max: 200n }),
          fc.bigInt({ min: 0n, max: 200n }),
          fc.array(fc.record({ creditMinor: amount, refundMinor: amount }), { maxLength: 10 }),
          (totalMinor, paid, requests) => {
            const paidMinor = paid < totalMinor ? paid : totalMinor;
            let [creditedMinor, refundedMinor] = [0n, 0n];
            for (const request of requests) {
              const invoice = {
                totalMinor,
                paidMinor,
                settled: true,
                alreadyCreditedMinor: creditedMinor,
                alreadyRefundedMinor: refundedMinor,
              };
              if (creditRefusal(invoice, request) !== null) continue;
              creditedMinor += request.creditMinor;
              refundedMinor += request.refundMinor;
              expect(creditedMinor + refundedMinor <= totalMinor && refundedMinor <= paidMinor).toBe(true);
            }
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  const positive = fc.bigInt({ min: 0n, max: 1000n });
  test(
    'a note goes to the invoice, then tells of refunds, then back as money, then to the balance, and adds up',
    () => {
      fc.assert(
        fc.property(fc.tuple(positive, positive, positive, positive, positive, positive), (amounts) => {
          const [total, amountDueMinor, paidMinor, refundedMinor, refundableMinor, wanted] = amounts;
          const split = splitCreditNote(total, { amountDueMinor, paidMinor, refundedMinor, refundableMinor }, wanted);
          const { toInvoiceMinor, toRefundMinor, refundedBeforeMinor, toBalanceMinor } = split;
          const anew = toRefundMinor - refundedBeforeMinor;
          expect(toInvoiceMinor + toRefundMinor + toBalanceMinor).toBe(total);
          expect(toInvoiceMinor <= amountDueMinor && toRefundMinor <= paidMinor).toBe(true);
          expect(anew >= 0n && anew <= refundableMinor && anew <= wanted && toBalanceMinor >= 0n).toBe(true);
          if (toRefundMinor > 0n || toBalanceMinor > 0n) expect(toInvoiceMinor).toBe(amountDueMinor);
          const before = refundedMinor < paidMinor ? refundedMinor : paidMinor;
          if (anew > 0n || toBalanceMinor > 0n) expect(refundedBeforeMinor).toBe(before);
          if (toBalanceMinor > 0n) expect([refundableMinor, wanted, paidMinor - before]).toContain(anew);
        }),
        runs(),
      );
      const none = { amountDueMinor: 0n, paidMinor: 0n, refundedMinor: 0n, refundableMinor: 0n };
      expect(() => splitCreditNote(-1n, none, 0n)).toThrow(RangeError);
      expect(() => splitCreditNote(1n, none, -1n)).toThrow(RangeError);
    },
    LONG,
  );
});
