import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toDiscountStep } from '../../../src/collecting/invoicing/api/derivation-discounts.graphql.ts';
import { toTaxSteps } from '../../../src/collecting/invoicing/api/derivation-taxes.graphql.ts';
import { drawDiscounts } from '../../../src/collecting/invoicing/discounts/draw-discounts.ts';
import { type InvoiceDiscount, unusedDiscount } from '../../../src/collecting/invoicing/index.ts';
import type { InvoiceLineRow } from '../../../src/collecting/invoicing/invoicing.entities.ts';
import { taxSharesOf } from '../../../src/collecting/invoicing/issuing/compute-invoice.ts';
import { discountStepsOf } from '../../../src/collecting/invoicing/lines/line-derivation.ts';
import type { UsableTaxRate } from '../../../src/collecting/tax/index.ts';
import { newId } from '../../../src/platform/id.ts';
import { invoiceTotals } from '../../../src/rules/totals.ts';
import { runs } from '../../rules/runs.ts';
import { contradictionsOf, type ExplainedLine } from '../../support/explained.ts';

const at = new Date('2026-05-01T00:00:00Z');
const accountId = newId();

interface Line {
  amount: bigint;
  price: string;
  rates: readonly number[];
}
interface Off {
  percent: string | null;
  amount: number;
  priceIds: readonly string[] | null;
}
interface Rate {
  percent: string;
  inclusive: boolean;
}

const lineOf = ({ amount, price }: Line): InvoiceLineRow =>
  ({
    ...{ id: newId(), amount, discountAmount: 0n, accountId, currency: 'EUR', derivation: {}, priceId: price },
    ...{ subscriptionId: null, reversesLineId: null, periodStart: null, periodEnd: null },
  }) as Partial<InvoiceLineRow> as InvoiceLineRow;

const discountOf = ({ percent, amount, priceIds }: Off): InvoiceDiscount => ({
  ...{ id: newId(), couponName: 'Any', startedAt: at, endedAt: null, usedAt: null, ...unusedDiscount },
  terms: {
    ...{ kind: percent === null ? 'fixed' : 'percentage', percent, frequency: 'forever', periods: null },
    ...(percent === null ? { amount: `${amount}`, currency: 'EUR' } : { amount: null, currency: null }),
    ...{ accountId, subscriptionId: null, priceIds: priceIds && [...priceIds] },
  },
});

const rateOf = ({ percent, inclusive }: Rate): UsableTaxRate => ({
  ...{ id: newId(), name: 'Tax', country: 'AT', region: null, jurisdiction: '', percent, inclusive },
  ...{ validFrom: null, validTo: null, category: null },
});

/** An invoice of these lines as its API explains it. */
function explained(given: readonly Line[], offs: readonly Off[], rates: readonly Rate[]): ExplainedLine[] {
  const lines = given.map(lineOf);
  const known = rates.map(rateOf);
  const invoice = { organizationId: newId(), id: newId(), currency: 'EUR', createdAt: at };
  drawDiscounts(invoice, lines, offs.map(discountOf), at);
  const totals = invoiceTotals(
    lines.map(({ amount, discountAmount }, index) => ({
      amountMinor: amount,
      discountMinor: discountAmount,
      taxRates: known.filter((_rate, place) => given[index]!.rates.includes(place)),
    })),
  );
  return lines.map((line, index) => ({
    amount: { amountMinor: `${line.amount}` },
    discountAmount: { amountMinor: `${line.discountAmount}` },
    taxAmount: { amountMinor: `${totals.lines[index]!.taxMinor}` },
    derivation: {
      ...{ currency: 'EUR', steps: [], taxReason: null },
      discountSteps: discountStepsOf(line.derivation).map(toDiscountStep),
      taxSteps: toTaxSteps(taxSharesOf(totals.lines[index]!), 'EUR') as ExplainedLine['derivation']['taxSteps'],
    },
  }));
}

const anyPercent = fc.integer({ min: 1, max: 1_000_000 }).map((tenThousandths) => (tenThousandths / 10_000).toFixed(4));
const anyPrice = fc.constantFrom('a', 'b');

describe('the steps of any invoice', () => {
  it('give its discounts and taxes again, line by line, as they are described', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            amount: fc.bigInt({ min: -3_000n, max: 9_000n }),
            price: anyPrice,
            rates: fc.constantFrom([0, 1, 2, 3], [0, 1, 2, 3], [0, 1], [2, 3], [3], []),
          }),
          { minLength: 1, maxLength: 9 },
        ),
        fc.array(
          fc.record({
            percent: fc.option(anyPercent),
            amount: fc.integer({ min: 1, max: 9_000 }),
            priceIds: fc.constantFrom(null, ['a'], ['b']),
          }),
          { maxLength: 3 },
        ),
        fc.array(fc.record({ percent: anyPercent, inclusive: fc.boolean() }), { minLength: 4, maxLength: 4 }),
        (lines, offs, rates) => {
          expect(contradictionsOf(explained(lines, offs, rates))).toEqual([]);
        },
      ),
      runs(),
    );
  });

  it('share a percentage by the percentage, not by what it took: half of 1, 1595, 4, 266, 2667 and 1222 in all is 2878', () => {
    const lines = [1n, 1_595n, 4n, 266n, 2_667n, 1_222n].map((amount) => ({ amount, price: 'a', rates: [] }));
    const shown = explained(lines, [{ percent: '50', amount: 0, priceIds: null }], []);
    expect(shown.map(({ derivation }) => derivation.discountSteps[0]!.exact)).toEqual([
      '0.005',
      '7.975',
      '0.02',
      '1.33',
      '13.335',
      '6.11',
    ]);
    expect(shown.map(({ discountAmount }) => Number(discountAmount.amountMinor))).toEqual([1, 798, 2, 133, 1_333, 611]);
  });
});
