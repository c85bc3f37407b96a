import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sum } from '../../src/rules/money.ts';
import {
  assertBalanced,
  balanceOf,
  type LedgerAccount,
  type Posting,
  postCreditApplication,
  postCreditGrant,
  postDisputeClosed,
  postDisputeWithdrawn,
  postFinalize,
  postRecovery,
  postRefund,
  postSettle,
  postVoid,
  postWriteOff,
  reversePosting,
} from '../../src/rules/posting.ts';
import { type InvoiceTotals, invoiceTotals, type TotalsLine } from '../../src/rules/totals.ts';
import { LONG, runs } from './runs.ts';

const finalizedAt = new Date('2026-06-01T00:00:00Z');
const later = new Date('2026-07-01T00:00:00Z');
const vat = { id: 'vat', percent: '20', inclusive: false };
const included = { id: 'included', percent: '7', inclusive: true };

function finalize(totals: InvoiceTotals, periodEnds: readonly (Date | null)[]): Posting {
  return postFinalize({
    currency: 'EUR',
    finalizedAt,
    lines: totals.lines.map((line, index) => ({ ...line, periodEnd: periodEnds[index] ?? null })),
    taxTotalMinor: totals.taxTotalMinor,
    carriedToCreditMinor: totals.carriedToCreditMinor,
    totalMinor: totals.totalMinor,
  });
}

const amounts = (posting: Posting): Partial<Record<LedgerAccount, bigint>> =>
  Object.fromEntries(posting.map((entry) => [entry.account, entry.amountMinor]));

describe('postings', () => {
  test('finalizing splits revenue by whether the service is still to come', () => {
    const totals = invoiceTotals([
      { amountMinor: 10000n, discountMinor: 1000n, taxRates: [vat] },
      { amountMinor: 500n },
      { amountMinor: 1070n, taxRates: [included] },
    ]);
    expect(amounts(finalize(totals, [later, null, finalizedAt]))).toEqual({
      receivable: 12370n,
      deferred_revenue: -9000n,
      revenue: -1500n,
      tax_payable: -1870n,
    });
  });

  test('a negative invoice becomes credit', () => {
    const totals = invoiceTotals([{ amountMinor: -10000n, taxRates: [vat] }]);
    expect(amounts(finalize(totals, [later]))).toEqual({
      deferred_revenue: 10000n,
      tax_payable: 2000n,
      credits: -12000n,
    });
  });

  test('each effect moves what it says', () => {
    const rows: [Posting, Partial<Record<LedgerAccount, bigint>>][] = [
      [postSettle('EUR', 100n), { cash: 100n, receivable: -100n }],
      [postSettle('EUR', 100n, 20n), { cash: 120n, receivable: -100n, credits: -20n }],
      [postSettle('EUR', 0n, 20n), { cash: 20n, credits: -20n }],
      [postCreditApplication('EUR', 30n), { credits: 30n, receivable: -30n }],
      [postWriteOff('EUR', 70n), { bad_debt: 70n, receivable: -70n }],
      [postRecovery('EUR', 70n), { receivable: 70n, bad_debt: -70n }],
      [postRefund('EUR', 40n), { refunds: 40n, cash: -40n }],
      [postRefund('EUR', 40n, [['credits', 40n]]), { credits: 40n, cash: -40n }],
      [postDisputeWithdrawn('EUR', 10n), { disputed: 10n, cash: -10n }],
      [postDisputeClosed('EUR', 10n, 'won'), { cash: 10n, disputed: -10n }],
      [postDisputeClosed('EUR', 10n, 'lost'), { bad_debt: 10n, disputed: -10n }],
      [postCreditGrant('EUR', 25n), { credits: -25n, revenue: 25n }],
      [postCreditGrant('EUR', -25n), { credits: 25n, revenue: -25n }],
      [postSettle('EUR', 0n), {}],
    ];
    for (const [posting, expected] of rows) expect(amounts(posting)).toEqual(expected);
  });

  test('refuses what does not balance and what runs the wrong way', () => {
    expect(() => postRefund('EUR', 40n, [['credits', 39n]])).toThrow(RangeError);
    expect(() => postSettle('EUR', -1n)).toThrow(RangeError);
    expect(() => postWriteOff('EUR', -1n)).toThrow(RangeError);
    expect(() =>
      assertBalanced([
        { account: 'cash', currency: 'EUR', amountMinor: 1n },
        { account: 'revenue', currency: 'USD', amountMinor: -1n },
      ]),
    ).toThrow(RangeError);
    expect(() =>
      postFinalize({
        currency: 'EUR',
        finalizedAt,
        lines: [],
        taxTotalMinor: 1n,
        carriedToCreditMinor: 0n,
        totalMinor: 0n,
      }),
    ).toThrow(RangeError);
  });

  const anyLine: fc.Arbitrary<TotalsLine> = fc.record({
    amountMinor: fc.bigInt({ min: -(10n ** 8n), max: 10n ** 8n }),
    taxRates: fc.subarray([vat, included]),
  });

  test(
    'the whole life of any invoice balances at each step and ends with nothing receivable',
    () => {
      fc.assert(
        fc.property(
          fc.array(anyLine, { maxLength: 8 }),
          fc.array(fc.boolean(), { maxLength: 8 }),
          fc.bigInt({ min: 0n, max: 10n ** 8n }),
          fc.constantFrom('paid', 'void', 'written_off', 'recovered'),
          (lines, served, credit, fate) => {
            const totals = invoiceTotals(lines, credit);
            const finalized = finalize(
              totals,
              served.map((past) => (past ? finalizedAt : later)),
            );
            const due = totals.amountDueMinor;
            const book: Posting[] = [finalized, postCreditApplication('EUR', totals.creditsAppliedMinor)];
            if (fate === 'paid') book.push(postSettle('EUR', due, 7n));
            if (fate === 'void') book.push(postVoid('EUR', finalized, totals.creditsAppliedMinor));
            if (fate === 'written_off' || fate === 'recovered') book.push(postWriteOff('EUR', due));
            if (fate === 'recovered') book.push(postRecovery('EUR', due), postSettle('EUR', due));
            for (const posting of book) {
              expect(sum(posting.map((entry) => entry.amountMinor))).toBe(0n);
              expect(new Set(posting.map((entry) => entry.account)).size).toBe(posting.length);
              expect(posting.every((entry) => entry.amountMinor !== 0n)).toBe(true);
            }
            expect(balanceOf(book, 'receivable', 'EUR')).toBe(0n);
            expect(balanceOf(book, 'bad_debt', 'EUR')).toBe(fate === 'written_off' ? due : 0n);
            if (fate === 'void')
              for (const account of ['revenue', 'tax_payable', 'credits'] as const)
                expect(balanceOf(book, account, 'EUR')).toBe(0n);
          },
        ),
        runs(),
      );
    },
    LONG,
  );

  test('reversing twice is doing nothing', () => {
    const posting = postSettle('EUR', 100n, 20n);
    expect(reversePosting(reversePosting(posting))).toEqual(posting);
    expect(balanceOf([posting, reversePosting(posting)], 'cash', 'EUR')).toBe(0n);
  });
});
