import {
  add,
  divideRounded,
  formatExact,
  isDecimal,
  multiply,
  PERCENT_LIMITS,
  parseDecimal,
  type Rational,
  rational,
  sum,
} from './money.ts';

/**
 * Categories of VAT (UNCL 5305): standard, zero rated, exempt, reverse charge, within the Union, export, not subject to it.
 */
export type VatCategory = 'S' | 'Z' | 'E' | 'AE' | 'K' | 'G' | 'O';

/** A line of an invoice or credit note as the books keep it. Minor units; quantity and unit amount are decimal texts. */
export interface FigureLine {
  readonly quantity: string;
  readonly unitAmount: string;
  readonly amount: bigint;
  readonly discount: bigint;
  readonly tax: bigint;
  /** The rates that apply to it, and its tax under each. */
  readonly rates: readonly { readonly percent: string; readonly inclusive: boolean; readonly amount: bigint }[];
  /** Why it carries no tax; null where its rates say all. */
  readonly untaxed: VatCategory | null;
}

export interface InvoiceFigures {
  readonly lines: readonly FigureLine[];
  readonly taxTotal: bigint;
  readonly total: bigint;
  readonly carriedToCredit: bigint;
  readonly creditsApplied: bigint;
}

/** A line in the terms of EN 16931: quantity × price − allowance + charge = net, before tax. */
export interface ELine {
  readonly quantity: string;
  /** Minor units as a decimal text, never negative (BR-27). */
  readonly price: string;
  readonly allowance: bigint;
  readonly charge: bigint;
  readonly net: bigint;
  readonly category: VatCategory;
  /** Null where the category has none (BR-O-05). */
  readonly percent: string | null;
}

/** One row of the breakdown (BG-23). */
export interface EBreakdown {
  readonly category: VatCategory;
  readonly percent: string | null;
  readonly basis: bigint;
  readonly tax: bigint;
}

/** What EN 16931 states of an invoice, in minor units: BT-106 and BT-109 (equal: no allowances on the document), BT-110 to BT-115. */
export interface EFigures {
  readonly lines: readonly ELine[];
  readonly breakdown: readonly EBreakdown[];
  readonly lineTotal: bigint;
  readonly taxTotal: bigint;
  readonly grandTotal: bigint;
  /** Credit that was spent; negative where what was left over became credit. */
  readonly prepaid: bigint;
  readonly payable: bigint;
}

/**
 * The figures of an invoice in the terms of EN 16931, or null where its tax cannot be said by line and rate, or does not
 * follow from them by the rounding the standard allows (BR-CO-17). Included tax is taken out of the lines, rates that apply
 * together are one, and lines without tax beside others are exempt, since "not subject to VAT" stands alone (BR-O-11).
 */
export function eInvoiceFigures(invoice: InvoiceFigures): EFigures | null {
  if (invoice.lines.some((line) => sum(line.rates.map((rate) => rate.amount)) !== line.tax)) return null;
  const mixed = invoice.lines.some((line) => categoryOf(line) !== 'O');
  const lines = invoice.lines.map((line) => toELine(line, mixed));
  const breakdown = breakDown(lines, invoice.lines);
  if (!breakdown.every((row) => isRoundedTax(row))) return null;
  const lineTotal = sum(lines.map((line) => line.net));
  const grandTotal = lineTotal + invoice.taxTotal;
  const prepaid = invoice.creditsApplied - invoice.carriedToCredit;
  if (sum(breakdown.map((row) => row.tax)) !== invoice.taxTotal) return null;
  if (grandTotal !== invoice.total - invoice.carriedToCredit) return null;
  return {
    lines,
    breakdown,
    lineTotal,
    taxTotal: invoice.taxTotal,
    grandTotal,
    prepaid,
    payable: grandTotal - prepaid,
  };
}

function percentOf(line: FigureLine): Rational {
  const percents = line.rates.map((rate) => parseDecimal(rate.percent, PERCENT_LIMITS));
  return percents.reduce((total, one) => add(total, one), rational(0n));
}

function categoryOf(line: FigureLine): VatCategory {
  if (line.untaxed) return line.untaxed;
  if (line.rates.length === 0) return 'O';
  return percentOf(line).numerator > 0n ? 'S' : 'Z';
}

function toELine(line: FigureLine, mixed: boolean): ELine {
  const percent = percentOf(line);
  const own = categoryOf(line);
  const category = own === 'O' && mixed ? 'E' : own;
  const tax = { category, percent: category === 'O' ? null : formatExact(percent) } as const;
  const included = sum(line.rates.filter((rate) => rate.inclusive).map((rate) => rate.amount));
  const net = line.amount - line.discount - included;
  if (included !== 0n || !isProduct(line)) {
    const before = included === 0n ? line.amount : net;
    const discount = included === 0n ? line.discount : 0n;
    return {
      quantity: before < 0n ? '-1' : '1',
      price: absolute(before).toString(),
      ...reductions(discount),
      net,
      ...tax,
    };
  }
  return { quantity: line.quantity, price: line.unitAmount, ...reductions(line.discount), net, ...tax };
}

const absolute = (value: bigint) => (value < 0n ? -value : value);

/** A discount of a line that takes something back is more to pay: a charge. */
const reductions = (discount: bigint) =>
  discount < 0n ? { allowance: 0n, charge: -discount } : { allowance: discount, charge: 0n };

/** Whether one price is true of the line: quantity × price, rounded once, is its amount, and the price is not negative. */
export function isProduct(line: Pick<FigureLine, 'quantity' | 'unitAmount' | 'amount'>): boolean {
  if (!isDecimal(line.unitAmount) || !isDecimal(line.quantity)) return false;
  const price = parseDecimal(line.unitAmount);
  const product = multiply(parseDecimal(line.quantity), price);
  return price.numerator >= 0n && divideRounded(product.numerator, product.denominator) === line.amount;
}

function breakDown(lines: readonly ELine[], of: readonly FigureLine[]): EBreakdown[] {
  const rows = new Map<string, { category: VatCategory; percent: string | null; basis: bigint; tax: bigint }>();
  lines.forEach(({ category, percent, net }, index) => {
    const key = `${category} ${percent}`;
    const row = rows.get(key) ?? { category, percent, basis: 0n, tax: 0n };
    row.basis += net;
    row.tax += of[index]?.tax ?? 0n;
    rows.set(key, row);
  });
  return [...rows.values()];
}

/** Rates that are rounded one by one, and tax that is contained in prices, may differ from one rounding of all by a unit each. */
const mostOff = 2n;

function isRoundedTax({ percent, basis, tax }: EBreakdown): boolean {
  const exact = multiply(
    rational(basis, 100n),
    percent === null ? rational(0n) : (parseDecimal(percent, PERCENT_LIMITS) as Rational),
  );
  return absolute(divideRounded(exact.numerator, exact.denominator) - tax) <= mostOff;
}
