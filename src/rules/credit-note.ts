import { sum } from './money.ts';
import { divideRounded, multiply, overOneDenominator, type Rational, rational, reduce, subtract } from './rational.ts';
import { computeTaxes, type TaxRate } from './tax.ts';

/** A part of an invoice line to credit. Amounts in (possibly fractional) minor units, before discount and without tax. */
export interface CreditItem {
  readonly amount: Rational;
  /** The whole line and what it was discounted by. */
  readonly lineAmount: Rational;
  readonly lineDiscount: Rational;
  readonly rates: readonly TaxRate[];
}

export interface CreditNoteAmounts {
  readonly discountShareMinor: bigint;
  readonly subTotalMinor: bigint;
  readonly taxMinor: bigint;
  readonly totalMinor: bigint;
}

/**
 * What crediting parts of lines comes to under their rates: each part less its share of the line's discount; the net and the
 * tax are each rounded once, and the total is their sum, so that the note adds up as it is printed. Minor units. Rates are
 * exclusive. RangeError for a part that is negative or larger than its line.
 * Source: policy `sub_and_tax_rounded_total_is_their_sum`.
 */
export function creditNoteAmounts(items: readonly CreditItem[]): CreditNoteAmounts {
  const shares = items.map((item) => discountShare(item));
  const nets = items.map((item, index) => subtract(item.amount, shares[index]!));
  const lines = items.map((item, index) => ({ amountMinor: 0n, exact: nets[index]!, rates: item.rates }));
  if (lines.some((line) => line.rates.some((rate) => rate.inclusive))) {
    throw new RangeError('a line with included tax is credited by its own figures');
  }
  const subTotalMinor = rounded(total(nets));
  const { taxMinor } = computeTaxes(lines, 'on_total');
  return {
    discountShareMinor: rounded(total(shares)),
    subTotalMinor,
    taxMinor,
    totalMinor: subTotalMinor + taxMinor,
  };
}

function discountShare(item: CreditItem): Rational {
  const { amount, lineAmount, lineDiscount } = item;
  if (amount.numerator < 0n || subtract(lineAmount, amount).numerator < 0n) {
    throw new RangeError('a credited part is not negative and not larger than its line');
  }
  if (lineAmount.numerator === 0n) return rational(0n);
  return reduce(
    rational(
      amount.numerator * lineDiscount.numerator * lineAmount.denominator,
      amount.denominator * lineDiscount.denominator * lineAmount.numerator,
    ),
  );
}

/** The figures of an invoice line that a credit takes parts of: minor units, not negative. */
export interface LineFigures {
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxMinor: bigint;
  /** The part of the tax that the amount already contains. */
  readonly taxIncludedMinor: bigint;
}

export interface LineCredit extends LineFigures {
  /** What the customer gets for it: amount − discount + tax − tax included. */
  readonly totalMinor: bigint;
}

/**
 * The part of an invoice line that crediting `amountMinor` of its amount (before discount) takes with it. Each figure is its
 * exact share to date, rounded, less what earlier credits took: so credits over any partition of the line add up to the line,
 * none is negative, and the last one takes the rounding difference, which is never more than a unit.
 * `credited` are the sums of the earlier credits of this line. RangeError for an amount that is not above zero or more than is
 * left. Source: policy `last_note_takes_the_rounding_difference`, books check I48.
 */
export function creditLine(line: LineFigures, credited: LineFigures, amountMinor: bigint): LineCredit {
  const toDate = credited.amountMinor + amountMinor;
  if (amountMinor <= 0n || toDate > line.amountMinor)
    throw new RangeError('a credit is above zero and within its line');
  const part = (whole: bigint, before: bigint): bigint => divideRounded(whole * toDate, line.amountMinor) - before;
  const discountMinor = part(line.discountMinor, credited.discountMinor);
  const taxIncludedMinor = part(line.taxIncludedMinor, credited.taxIncludedMinor);
  const onTopMinor = part(line.taxMinor - line.taxIncludedMinor, credited.taxMinor - credited.taxIncludedMinor);
  return {
    amountMinor,
    discountMinor,
    taxMinor: taxIncludedMinor + onTopMinor,
    taxIncludedMinor,
    totalMinor: amountMinor - discountMinor + onTopMinor,
  };
}

/** The tax of a line under one rate, or what was credited of it: minor units. */
export interface RatePart {
  readonly rateId: string;
  readonly inclusive: boolean;
  readonly amountMinor: bigint;
}

/** A line with its tax by rate, or the sums of what was credited of it before. */
export interface CreditableLine {
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxes: readonly RatePart[];
}

export interface CreditedPart extends LineCredit {
  readonly taxes: readonly RatePart[];
}

/**
 * `creditLine` with the tax of each rate taken back by itself, so that the parts add up to the line rate by rate. A negative
 * line is credited by a negative amount, as its mirror. What reversing lines of other invoices took is part of `credited`; where
 * their rounding was ahead of this one nothing is taken back twice. RangeError as for `creditLine`.
 */
export function creditPart(line: CreditableLine, credited: CreditableLine, amountMinor: bigint): CreditedPart {
  if (line.amountMinor < 0n) return mirrored(creditPart(mirrored(line), mirrored(credited), -amountMinor));
  const toDate = credited.amountMinor + amountMinor;
  const taxes = line.taxes.map(({ rateId, inclusive, amountMinor: whole }): RatePart => {
    const before = sum(credited.taxes.filter((one) => one.rateId === rateId).map((one) => one.amountMinor));
    return { rateId, inclusive, amountMinor: positive(divideRounded(whole * toDate, line.amountMinor) - before) };
  });
  const credit = creditLine(figuresOf(line), figuresOf(credited), amountMinor);
  const [taxMinor, taxIncludedMinor] = [taxOf(taxes), taxOf(taxes.filter((one) => one.inclusive))];
  const discountMinor = positive(credit.discountMinor);
  const totalMinor = amountMinor - discountMinor + taxMinor - taxIncludedMinor;
  return { amountMinor, discountMinor, taxMinor, taxIncludedMinor, totalMinor, taxes };
}

/**
 * What goes back of another figure of a line, such as the base of a tax, with `amountMinor` of its amount behind `before`: the
 * exact share to date, rounded, less that of before. Minor units; 0 of a line of nothing.
 */
export function shareToDate(
  figure: bigint,
  line: { amountMinor: bigint },
  before: bigint,
  amountMinor: bigint,
): bigint {
  if (line.amountMinor === 0n) return 0n;
  const upTo = (sum: bigint): bigint => divideRounded(figure * sum, line.amountMinor);
  return upTo(before + amountMinor) - upTo(before);
}

const positive = (amount: bigint): bigint => (amount > 0n ? amount : 0n);
const taxOf = (taxes: readonly RatePart[]): bigint => sum(taxes.map((one) => one.amountMinor));

function figuresOf(line: CreditableLine): LineFigures {
  const { amountMinor, discountMinor, taxes } = line;
  return {
    amountMinor,
    discountMinor,
    taxMinor: taxOf(taxes),
    taxIncludedMinor: taxOf(taxes.filter((t) => t.inclusive)),
  };
}

/** The same with every amount's sign turned. */
function mirrored<Part extends CreditableLine>(part: Part): Part {
  const taxes = part.taxes.map((one) => ({ ...one, amountMinor: -one.amountMinor }));
  const amounts = Object.entries(part).filter(([, value]) => typeof value === 'bigint') as [string, bigint][];
  return { ...part, ...Object.fromEntries(amounts.map(([name, value]) => [name, -value])), taxes };
}

/** What is given back of a net amount and its tax: minor units. */
export interface NetAndTax {
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
}

/**
 * Tax that goes back with a part of the net, where only the sums are known: its share, rounded; never more than is left; and
 * whatever is left once the net is exhausted. `percent` computes the share by the rate (`20` = 20 %) instead of by the sums.
 * RangeError for a part that is not above zero or more than is left. Source: op `refund.tax_share`, policy
 * `last_note_takes_the_rounding_difference`.
 */
export function taxShare(whole: NetAndTax, given: NetAndTax, netMinor: bigint, percent?: Rational): bigint {
  const leftNet = whole.netMinor - given.netMinor;
  const leftTax = whole.taxMinor - given.taxMinor;
  if (netMinor <= 0n || netMinor > leftNet)
    throw new RangeError('what is given back is above zero and within what is left');
  if (netMinor === leftNet) return leftTax;
  const share =
    percent === undefined
      ? divideRounded(whole.taxMinor * netMinor, whole.netMinor)
      : divideRounded(netMinor * percent.numerator, percent.denominator * 100n);
  return share < leftTax ? share : leftTax;
}

/**
 * Notes against one invoice by their nets in order: each note's tax and total, and what can still be credited after it. Minor
 * units. Together they never exceed the invoice, and equal it once its net is exhausted. RangeError as for `taxShare`.
 */
export function creditNoteSequence(
  invoice: NetAndTax,
  netsMinor: readonly bigint[],
  percent?: Rational,
): readonly { readonly taxMinor: bigint; readonly totalMinor: bigint; readonly creditableMinor: bigint }[] {
  let given: NetAndTax = { netMinor: 0n, taxMinor: 0n };
  return netsMinor.map((netMinor) => {
    const taxMinor = taxShare(invoice, given, netMinor, percent);
    given = { netMinor: given.netMinor + netMinor, taxMinor: given.taxMinor + taxMinor };
    const creditableMinor = invoice.netMinor + invoice.taxMinor - given.netMinor - given.taxMinor;
    return { taxMinor, totalMinor: netMinor + taxMinor, creditableMinor };
  });
}

/** Whole periods paid in advance, given up before their end. Amounts in minor units. */
export interface Termination {
  readonly feeMinor: bigint;
  /** The part of the period that was used (0 to 1), by the policy of the plan. */
  readonly usedShare: Rational;
  readonly lineDiscountMinor: bigint;
  readonly rates: readonly TaxRate[];
  /** Credited of this line before, net and before discount. */
  readonly alreadyCreditedMinor: bigint;
  /** The line with its tax, the invoice it is on, and what was paid of that. */
  readonly lineTotalMinor: bigint;
  readonly invoiceTotalMinor: bigint;
  readonly paidMinor: bigint;
}

export interface TerminationCredit extends CreditNoteAmounts {
  readonly itemNetMinor: bigint;
  readonly refundMinor: bigint;
  readonly creditMinor: bigint;
}

/**
 * The credit note for the rest of a prepaid line. `refund`: of the note, what was paid for this line beyond the value used (with
 * its tax) goes back as money, and the rest becomes credit; `credit`: all becomes credit. RangeError for a share outside 0 to 1.
 * Source: policy `refund_is_paid_share_minus_used_value`.
 */
export function terminationCredit(termination: Termination, mode: 'credit' | 'refund'): TerminationCredit {
  const { feeMinor, usedShare, lineDiscountMinor, rates, alreadyCreditedMinor } = termination;
  const unusedShare = subtract(rational(1n), usedShare);
  if (usedShare.numerator < 0n || unusedShare.numerator < 0n) throw new RangeError('a share of a period is 0 to 1');
  const item = (amount: Rational): CreditItem => ({
    amount,
    lineAmount: rational(feeMinor),
    lineDiscount: rational(lineDiscountMinor),
    rates,
  });
  const open = subtract(multiply(rational(feeMinor), unusedShare), rational(alreadyCreditedMinor));
  const unused = open.numerator > 0n ? open : rational(0n);
  const note = creditNoteAmounts([item(unused)]);
  const usedMinor = creditNoteAmounts([item(multiply(rational(feeMinor), usedShare))]).totalMinor;
  const refundMinor = mode === 'refund' ? refundOf(termination, note.totalMinor, usedMinor) : 0n;
  return { ...note, itemNetMinor: rounded(unused), refundMinor, creditMinor: note.totalMinor - refundMinor };
}

function refundOf(termination: Termination, noteMinor: bigint, usedMinor: bigint): bigint {
  const { lineTotalMinor, invoiceTotalMinor, paidMinor } = termination;
  if (invoiceTotalMinor <= 0n) return 0n;
  const beyond = divideRounded(paidMinor * lineTotalMinor, invoiceTotalMinor) - usedMinor;
  if (beyond <= 0n) return 0n;
  return beyond < noteMinor ? beyond : noteMinor;
}

function total(values: readonly Rational[]): Rational {
  const { numerators, denominator } = overOneDenominator(values);
  return { numerator: sum(numerators), denominator };
}

const rounded = (value: Rational): bigint => divideRounded(value.numerator, value.denominator);
