import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawDiscounts } from '../../../src/collecting/invoicing/discounts/draw-discounts.ts';
import { isInForce } from '../../../src/collecting/invoicing/discounts/invoice-discount.ts';
import { type InvoiceDiscount, unusedDiscount } from '../../../src/collecting/invoicing/index.ts';
import type { InvoiceLineRow } from '../../../src/collecting/invoicing/invoicing.entities.ts';
import { type DiscountStep, discountStepsOf } from '../../../src/collecting/invoicing/lines/line-derivation.ts';
import { newId } from '../../../src/platform/id.ts';
import { parseScaled } from '../../../src/rules/decimal.ts';
import { returnedFacts } from '../../../src/rules/discount-steps.ts';
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
  ...unusedDiscount,
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
          const inForce = discounts.filter((discount) => isInForce(discount, month(index)));
          const drawn = drawDiscounts(invoice, lines, inForce, month(index));
          lines.forEach((line, at) => {
            const shares = drawn.shares.filter((share) => share.invoiceLineId === line.id);
            expect(line.discountAmount - before[at]!).toBe(sum(shares.map((share) => share.amount)));
            if (line.amount > 0n) expect(line.discountAmount >= 0n && line.discountAmount <= line.amount).toBe(true);
            else expect(line.discountAmount).toBe(before[at]);
          });
          for (const row of drawn.discounts) {
            const at = discounts.findIndex((discount) => discount.id === row.discountId);
            const { terms } = discounts[at]!;
            const shares = drawn.shares.filter((share) => share.invoiceDiscountId === row.id);
            expect(sum(shares.map((share) => share.amount))).toBe(row.amount);
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

/** One period: what is asked for the whole of it at the start, and from each change on, at hundredths of it that are left. */
const anyPeriod = fc.record({
  prices: fc.array(fc.bigInt({ min: 3_000n, max: 9_000n }), { minLength: 2, maxLength: 8 }),
  left: fc.uniqueArray(fc.bigInt({ min: 1n, max: 99n }), { minLength: 7, maxLength: 7 }),
  fixed: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 2 }),
  percent: fc.constantFrom(null, '0.5', '10', '33.3333', '50'),
  isFirst: fc.boolean(),
  frequency: fc.constantFrom('once' as const, 'repeating' as const, 'forever' as const),
});

const amountOf = ({ amount }: DiscountStep) => parseScaled(amount, 2);

/** The line that takes back the rest of another, explained as invoices explain it. */
function takenBack(line: InvoiceLineRow, rest: bigint, before: bigint): InvoiceLineRow {
  const steps = discountStepsOf(line.derivation);
  const back = (line.discountAmount * rest) / before;
  const facts = back > 0n ? returnedFacts(steps.map(amountOf), back, 'EUR') : [];
  const discountSteps = facts.map((fact, index) => ({ ...steps[index]!, ...fact }));
  const amount = -(line.amount * rest) / before;
  return {
    ...line,
    id: newId(),
    amount,
    discountAmount: -back,
    reversesLineId: line.id,
    derivation: { discountSteps },
  };
}

describe('changes inside a period', () => {
  it('give each fixed amount once, whatever stands beside it and however many they are', () => {
    fc.assert(
      fc.property(anyPeriod, ({ prices, left, fixed, percent, isFirst, frequency }) => {
        const common = {
          amount: 0,
          percent: '',
          currency: 'EUR' as const,
          frequency,
          periods: 3,
          priceIds: null,
          from: 0,
        };
        const given = { ...common, subscriptionId: null };
        const amounts = fixed.map((amount) => discountOf({ ...given, fixed: true, amount }));
        const parts = percent === null ? [] : [discountOf({ ...given, fixed: false, percent })];
        const discounts = isFirst ? [...parts, ...amounts] : [...amounts, ...parts];
        const rests = [100n, ...left.toSorted((one, other) => Number(other - one))];
        const net = new Map<string | null, bigint>();
        let latest: InvoiceLineRow | null = null;
        prices.forEach((price, index) => {
          const rest = rests[index]!;
          const back = latest ? [takenBack(latest, rest, rests[index - 1]!)] : [];
          const draft = { amount: (price * rest) / 100n, own: false, price: 'a', subscription: 'one' } as const;
          latest = lineOf(draft, 0);
          const lines = [...back, latest];
          const invoice = { organizationId: newId(), id: newId(), currency: 'EUR', createdAt: month(0) };
          drawDiscounts(invoice, lines, discounts, month(0));
          for (const step of lines.flatMap(({ derivation }) => discountStepsOf(derivation))) {
            net.set(step.discountId, (net.get(step.discountId) ?? 0n) + amountOf(step));
          }
        });
        expect(amounts.map(({ id }) => net.get(id))).toEqual(fixed.map(BigInt));
        expect(amounts.map(({ usedAmount }) => usedAmount)).toEqual(fixed.map(BigInt));
      }),
      runs(),
    );
  });
});

const dayLong = 86_400_000;
const day = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * dayLong);

/** What happens in a life: after so many days of the period, what is held is changed, ended, or held for another length of periods. */
const anyLife = fc.record({
  steps: fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 29 }),
      what: fc.constantFrom('renew' as const, 'price' as const, 'length' as const, 'pause' as const, 'stop' as const),
      price: fc.integer({ min: 2_000, max: 4_000 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  given: fc.record({
    fixed: fc.boolean(),
    amount: fc.integer({ min: 1, max: 1_000 }),
    percent: fc.constantFrom('10', '33.3333', '50'),
    frequency: fc.constantFrom('once' as const, 'repeating' as const, 'forever' as const),
    periods: fc.integer({ min: 1, max: 4 }),
  }),
});

/** A subscription of one price a day that is billed period by period, and gives back what is left of them. */
class Life {
  readonly discount: InvoiceDiscount;
  /** What each line that asks for money had taken off. */
  readonly lines: { amount: bigint; discount: bigint }[] = [];
  net = { amount: 0n, discount: 0n };
  now = 0;
  #length = 30;
  #price = 3_000n;
  #line: (InvoiceLineRow & { from: number; to: number }) | null = null;

  constructor(discount: InvoiceDiscount) {
    this.discount = discount;
    this.#bill([], this.#fresh(0, this.#length));
  }

  step({ after, what, price }: { after: number; what: string; price: number }): void {
    const until = this.#line?.to ?? this.now;
    if (what === 'renew' || this.now + after >= until) {
      this.now = until;
      this.#bill([], this.#fresh(until, until + this.#length));
      return;
    }
    this.now += after;
    const back = this.#back();
    if (what === 'stop' || what === 'pause') {
      this.#bill(back, null);
      this.#line = null;
      // A pause keeps the boundaries: what is left of the period is billed after it.
      if (what === 'stop' || this.now + 2 >= until) return;
      this.now += 2;
      this.#bill([], this.#fresh(this.now, until));
      return;
    }
    if (what === 'length') this.#length = this.#length === 30 ? 360 : 30;
    else this.#price = BigInt(price);
    this.#bill(back, this.#fresh(this.now, what === 'length' ? this.now + this.#length : until));
  }

  #fresh(from: number, to: number): InvoiceLineRow & { from: number; to: number } {
    const amount = (this.#price * BigInt(to - from)) / 30n;
    const draft = { amount, own: false, price: 'a', subscription: 'one' } as const;
    return { ...lineOf(draft, 0), periodStart: day(from), periodEnd: day(to), from, to };
  }

  #back(): InvoiceLineRow[] {
    const line = this.#line!;
    const rest = BigInt(line.to - this.now);
    if (rest === 0n) return [];
    return [takenBack(line, rest, BigInt(line.to - line.from))];
  }

  #bill(back: InvoiceLineRow[], fresh: (InvoiceLineRow & { from: number; to: number }) | null): void {
    const lines = [...back, ...(fresh ? [fresh] : [])];
    const at = day(this.now);
    drawDiscounts({ organizationId: newId(), id: newId(), currency: 'EUR', createdAt: at }, lines, [this.discount], at);
    if (fresh) this.lines.push({ amount: fresh.amount, discount: fresh.discountAmount });
    for (const { amount, discountAmount } of lines) {
      this.net = { amount: this.net.amount + amount, discount: this.net.discount + discountAmount };
    }
    this.#line = fresh;
  }
}

describe('a discount over the life of a subscription that changes, is paused and ends', () => {
  it('gives what it promised: an amount to the cent, a percentage of nothing more than is billed, forever each period its own', () => {
    fc.assert(
      fc.property(anyLife, ({ steps, given }) => {
        const common = { priceIds: null, subscriptionId: null, currency: 'EUR' as const, from: 0 };
        const discount = discountOf({ ...common, ...given });
        const life = new Life(discount);
        for (const step of steps) life.step(step);
        // Then it is left alone for as long as it takes: a year of which nothing came back is covered to its end, in months too.
        for (let time = 0; time < 12 + 8; time += 1) life.step({ after: 0, what: 'renew', price: 0 });
        const { fixed, amount, percent, frequency, periods } = given;
        const { usedAmount, usedTimes, backAmount } = discount;
        const isCounted = frequency !== 'forever';
        const times = frequency === 'once' ? 1 : periods;
        if (fixed || isCounted) expect(usedAmount).toBe(life.net.discount);
        if (isCounted) expect([backAmount, usedTimes <= times || fixed]).toEqual([0n, true]);
        for (const line of life.lines) {
          if (!fixed) {
            // Rounded once.
            expect(Number(line.discount)).toBeLessThanOrEqual((Number(line.amount) * Number(percent)) / 100 + 0.5);
          } else if (!isCounted) expect(line.discount <= BigInt(amount)).toBe(true);
        }
        if (fixed && isCounted) expect(life.net.discount).toBe(BigInt(amount * times));
      }),
      runs(),
    );
  });
});
