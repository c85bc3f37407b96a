import { least, sum } from './money.ts';
import { type Rational, rational } from './rational.ts';
import { computeTaxes, type RateShare, type RateTax, type TaxableLine, type TaxRate, type TaxRounding } from './tax.ts';

/**
 * A line before tax: minor units, negative for a credit. The discount has the line's sign and is not larger than it.
 * `exactDiscount` is the same discount before it was rounded (`rules/discount`); exclusive tax is then computed on what it
 * leaves. The books want tax on the figures they keep, so an invoice that is stored is computed without it.
 */
export interface TotalsLine {
  readonly amountMinor: bigint;
  readonly discountMinor?: bigint;
  readonly exactDiscount?: Rational;
  readonly taxRates?: readonly TaxRate[];
}

/** A line's tax of one rate that somebody else computed. */
export type ToldShare = Pick<RateShare, 'rate' | 'amountMinor'> & { readonly taxableMinor: bigint };

/** A line with its share of the invoice's tax; `taxIncludedMinor` is the part that `amountMinor` already contains. */
export interface TotalledLine {
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxMinor: bigint;
  readonly taxIncludedMinor: bigint;
  /** The same tax by rate. */
  readonly taxShares: readonly (RateShare | ToldShare)[];
}

export interface InvoiceTotals {
  readonly lines: readonly TotalledLine[];
  readonly taxes: readonly RateTax[];
  readonly subtotalMinor: bigint;
  readonly discountTotalMinor: bigint;
  readonly taxTotalMinor: bigint;
  readonly taxIncludedMinor: bigint;
  /** What would make the total negative: it moves to the account's credit balance instead. */
  readonly carriedToCreditMinor: bigint;
  readonly totalMinor: bigint;
  readonly creditsAppliedMinor: bigint;
  readonly amountDueMinor: bigint;
}

/**
 * Totals of an invoice: discounts before tax, credits after. Identities of the books (I05–I07):
 * subtotal = Σ amounts; tax total = Σ line taxes = Σ rate taxes;
 * total = subtotal − discount total + tax total − tax included + carried to credit ≥ 0; amount due = total − credits applied.
 * `creditAvailableMinor` is the spendable balance, used up to the total. `taxRounding`: see rules/tax; the books keep the
 * default. RangeError on a discount that does not fit its line. Source: policies `discount_before_tax`, `round_tax_on_total`,
 * `round_tax_per_line`.
 */
export function invoiceTotals(
  lines: readonly TotalsLine[],
  creditAvailableMinor = 0n,
  taxRounding: TaxRounding = 'per_rate',
): InvoiceTotals {
  const discounts = lines.map((line) => checkedDiscount(line));
  const taxed = computeTaxes(taxableLines(lines), taxRounding);
  const subtotalMinor = sum(lines.map((line) => line.amountMinor));
  const discountTotalMinor = sum(discounts);
  const net = subtotalMinor - discountTotalMinor + taxed.taxMinor - taxed.includedMinor;
  const carriedToCreditMinor = net < 0n ? -net : 0n;
  const totalMinor = net + carriedToCreditMinor;
  const creditsAppliedMinor = least(creditAvailableMinor < 0n ? 0n : creditAvailableMinor, totalMinor);
  return {
    lines: lines.map((line, index) => ({
      amountMinor: line.amountMinor,
      discountMinor: discounts[index]!,
      taxMinor: taxed.lines[index]!.taxMinor,
      taxIncludedMinor: taxed.lines[index]!.includedMinor,
      taxShares: taxed.lines[index]!.shares,
    })),
    taxes: taxed.rates,
    subtotalMinor,
    discountTotalMinor,
    taxTotalMinor: taxed.taxMinor,
    taxIncludedMinor: taxed.includedMinor,
    carriedToCreditMinor,
    totalMinor,
    creditsAppliedMinor,
    amountDueMinor: amountDue({ totalMinor, creditsAppliedMinor }),
  };
}

/** The lines as tax sees them: their amounts less their discounts. Minor units. */
export function taxableLines(lines: readonly TotalsLine[]): TaxableLine[] {
  return lines.map((line) => {
    const amountMinor = line.amountMinor - (line.discountMinor ?? 0n);
    const rates = line.taxRates ?? [];
    if (line.exactDiscount === undefined) return { amountMinor, rates };
    const { numerator, denominator } = line.exactDiscount;
    return { amountMinor, rates, exact: rational(line.amountMinor * denominator - numerator, denominator) };
  });
}

/** What is still owed on an issued invoice (I07); 0 once void. RangeError if more was applied than the total. */
export function amountDue(invoice: {
  readonly totalMinor: bigint;
  readonly creditsAppliedMinor?: bigint;
  readonly creditNotesAppliedMinor?: bigint;
  readonly amountPaidMinor?: bigint;
  readonly writtenOffMinor?: bigint;
  readonly void?: boolean;
}): bigint {
  if (invoice.void === true) return 0n;
  const due =
    invoice.totalMinor -
    (invoice.creditsAppliedMinor ?? 0n) -
    (invoice.creditNotesAppliedMinor ?? 0n) -
    (invoice.amountPaidMinor ?? 0n) -
    (invoice.writtenOffMinor ?? 0n);
  if (due < 0n) throw new RangeError('more was applied to the invoice than it asks for');
  return due;
}

/** How received money covers an invoice: what is applied, and what is left over and becomes credit. Minor units. */
export function applyPayment(
  receivedMinor: bigint,
  amountDueMinor: bigint,
): { readonly appliedMinor: bigint; readonly leftOverMinor: bigint } {
  if (receivedMinor < 0n || amountDueMinor < 0n) throw new RangeError('money received and owed are not negative');
  const appliedMinor = least(receivedMinor, amountDueMinor);
  return { appliedMinor, leftOverMinor: receivedMinor - appliedMinor };
}

function checkedDiscount(line: TotalsLine): bigint {
  const discount = line.discountMinor ?? 0n;
  const fits =
    line.amountMinor < 0n
      ? discount <= 0n && discount >= line.amountMinor
      : discount >= 0n && discount <= line.amountMinor;
  if (!fits) throw new RangeError('a discount has the sign of its line and is not larger than it');
  return discount;
}
