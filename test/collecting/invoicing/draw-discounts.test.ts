import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawDiscounts } from '../../../src/collecting/invoicing/draw-discounts.ts';
import type { InvoiceDiscount } from '../../../src/collecting/invoicing/index.ts';
import type { InvoiceLineRow } from '../../../src/collecting/invoicing/invoicing.entities.ts';
import { newId } from '../../../src/platform/id.ts';
import { sum } from '../../../src/rules/money.ts';
import { runs } from '../../rules/runs.ts';

const accountId = newId();
const month = (index: number) => new Date(Date.UTC(2026, index, 1));

/** One invoice a month, its lines of that month. */
const anyInvoices = fc.array(
  fc.array(
    fc.record({
      amount: fc.bigInt({ min: -2_000n, max: 5_000n }),
      own: fc.boolean(),
      price: fc.constantFrom('a', 'b'),
      subscription: fc.constantFrom('one', 'other'),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  { minLength: 1, maxLength: 6 },
);

const anyDiscounts = fc.array(
  fc.record({
    fixed: fc.boolean(),
    amount: fc.integer({ min: 1, max: 9_000 }),
    percent: fc.integer({ min: 1, max: 10_000 }).map((hundredths) => (hundredths / 100).toFixed(2)),
    currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
    frequency: fc.constantFrom('once' as const, 'repeating' as const, 'forever' as const),
    periods: fc.integer({ min: 1, max: 4 }),
    priceIds: fc.constantFrom(null, ['a'], ['b']),
    subscriptionId: fc.constantFrom(null, 'one'),
    from: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 4 },
);

type Given = typeof anyDiscounts extends fc.Arbitrary<(infer One)[]> ? One : never;
type Line = typeof anyInvoices extends fc.Arbitrary<(infer One)[][]> ? One : never;

const discountOf = (given: Given): InvoiceDiscount => ({
  id: newId(),
  couponName: 'Any',
  terms: {
    kind: given.fixed ? 'fixed' : 'percentage',
    amount: given.fixed ? String(given.amount) : null,
    currency: given.fixed ? given.currency : null,
    percent: given.fixed ? null : given.percent,
    frequency: given.frequency,
    periods: given.frequency === 'repeating' ? given.periods : null,
    ...{ accountId, subscriptionId: given.subscriptionId, priceIds: given.priceIds && [...given.priceIds] },
  },
  ...{ startedAt: month(given.from), endedAt: null, usedAt: null },
  ...{ usedAmount: 0n, usedTimes: 0, coveredUntil: null, periodUsed: 0n },
});

const lineOf = ({ amount, own, price, subscription }: Line, index: number): InvoiceLineRow =>
  ({
    id: newId(),
    amount,
    // What is taken back brings its part of a discount.
    discountAmount: own && amount < 0n ? amount / 2n : 0n,
    accountId,
    currency: 'EUR',
    derivation: {},
    subscriptionId: subscription,
    priceId: price,
    reversesLineId: null,
    periodStart: month(index),
    periodEnd: month(index + 1),
  }) as Partial<InvoiceLineRow> as InvoiceLineRow;

describe('discounts of a row of invoices', () => {
  it('fit their lines, add up by coupon and by line, keep to their scope, and give no more than they say', () => {
    fc.assert(
      fc.property(anyInvoices, anyDiscounts, (invoices, given) => {
        const discounts = given.map(discountOf);
        const taken = discounts.map(() => 0n);
        const counted = discounts.map(() => 0);
        invoices.forEach((drafts, index) => {
          const lines = drafts.map((draft) => lineOf(draft, index));
          const before = lines.map((line) => line.discountAmount);
          const invoice = { organizationId: newId(), id: newId(), currency: 'EUR', createdAt: month(index) };
          const drawn = drawDiscounts(invoice, lines, discounts, month(index));
          lines.forEach((line, at) => {
            const shares = drawn.shares.filter((share) => share.invoiceLineId === line.id);
            expect(line.discountAmount - before[at]!).toBe(sum(shares.map((share) => share.amount)));
            if (line.amount > 0n) expect(line.discountAmount >= 0n && line.discountAmount <= line.amount).toBe(true);
            else expect(line.discountAmount).toBe(before[at]);
          });
          for (const row of drawn.discounts) {
            const at = discounts.findIndex((discount) => discount.id === row.discountId);
            const { terms, startedAt } = discounts[at]!;
            const shares = drawn.shares.filter((share) => share.invoiceDiscountId === row.id);
            expect(sum(shares.map((share) => share.amount))).toBe(row.amount);
            expect(startedAt <= month(index)).toBe(true);
            expect(row.skipped === 'currency').toBe(terms.currency === 'USD');
            for (const { invoiceLineId } of shares) {
              const line = lines.find((one) => one.id === invoiceLineId)!;
              expect(terms.priceIds?.includes(line.priceId!) ?? true).toBe(true);
              expect(terms.subscriptionId ?? line.subscriptionId).toBe(line.subscriptionId);
            }
            if (terms.kind === 'fixed') expect(row.amount - row.returned <= BigInt(terms.amount!)).toBe(true);
            taken[at]! += row.amount - row.returned;
            counted[at]! += row.consumes && row.amount > 0n ? 1 : 0;
          }
        });
        discounts.forEach(({ terms, usedAmount, usedTimes }, at) => {
          expect([usedAmount, usedTimes]).toEqual([taken[at], counted[at]]);
          if (terms.frequency === 'repeating') expect(usedTimes <= terms.periods!).toBe(true);
          if (terms.frequency !== 'once') return;
          if (terms.kind === 'fixed') expect(usedAmount <= BigInt(terms.amount!)).toBe(true);
          else expect(usedTimes <= 1).toBe(true);
        });
      }),
      runs(),
    );
  });
});
