import { formatScaled, PERCENT_LIMITS, parseDecimal } from './decimal.ts';
import { sum } from './money.ts';
import { divideRounded } from './rational.ts';
import type { RateShare, RateTax, TaxRate } from './tax.ts';
import type { InvoiceTotals, ToldShare } from './totals.ts';

/** One tax of one line as a tax service told it: minor units; `taxableMinor` is net, or gross for an inclusive one. */
export interface ToldLineTax {
  /** Which tax; equal on several lines for the same one. Its percentage is what the service says. */
  readonly rate: TaxRate;
  readonly taxableMinor: bigint;
  readonly amountMinor: bigint;
}

interface Entry {
  readonly line: number;
  readonly tax: ToldLineTax;
}

/**
 * Totals of lines that are not taxed yet, with the taxes that a service told for each of them, to the cent. The books want
 * each exclusive row to be its percentage of its base, rounded once (I06): a tax is one row where its lines together agree
 * with that, else one row a line, and where even a line does not (rounded percentages, flat amounts) the row's percentage is
 * what it comes to, with as few decimals as say it. Amounts are never changed. RangeError for a tax on nothing.
 */
export function withToldTaxes(totals: InvoiceTotals, told: readonly (readonly ToldLineTax[])[]): InvoiceTotals {
  const shares: (RateShare | ToldShare)[][] = totals.lines.map((line) => [...line.taxShares]);
  const included = totals.lines.map((line) => line.taxIncludedMinor);
  const rows: RateTax[] = [...totals.taxes];
  for (const entries of byRate(told)) {
    for (const { row, of } of rowsOf(entries)) {
      rows.push(row);
      for (const { line, tax } of of) {
        shares[line]!.push({ rate: row.rate, amountMinor: tax.amountMinor, taxableMinor: tax.taxableMinor });
        if (row.rate.inclusive) included[line] = included[line]! + tax.amountMinor;
      }
    }
  }
  const lines = totals.lines.map((line, index) => ({
    ...line,
    taxMinor: sum(shares[index]!.map((share) => share.amountMinor)),
    taxIncludedMinor: included[index]!,
    taxShares: shares[index]!,
  }));
  const taxTotalMinor = sum(lines.map((line) => line.taxMinor));
  const taxIncludedMinor = sum(included);
  const net = totals.subtotalMinor - totals.discountTotalMinor + taxTotalMinor - taxIncludedMinor;
  const carriedToCreditMinor = net < 0n ? -net : 0n;
  const totalMinor = net + carriedToCreditMinor;
  return {
    ...totals,
    ...{ lines, taxes: rows, taxTotalMinor, taxIncludedMinor, carriedToCreditMinor, totalMinor },
    ...{ creditsAppliedMinor: 0n, amountDueMinor: totalMinor },
  };
}

function byRate(told: readonly (readonly ToldLineTax[])[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  told.forEach((taxes, line) => {
    for (const tax of taxes) groups.set(tax.rate.id, [...(groups.get(tax.rate.id) ?? []), { line, tax }]);
  });
  return [...groups.values()];
}

function rowsOf(entries: readonly Entry[]): { row: RateTax; of: readonly Entry[] }[] {
  const { rate } = entries[0]!.tax;
  const taxableMinor = sum(entries.map(({ tax }) => tax.taxableMinor));
  const amountMinor = sum(entries.map(({ tax }) => tax.amountMinor));
  if (agrees(rate, taxableMinor, amountMinor)) return [{ row: { rate, taxableMinor, amountMinor }, of: entries }];
  return entries.map((entry) => {
    const { taxableMinor: base, amountMinor: amount } = entry.tax;
    const percent = agrees(rate, base, amount) ? rate.percent : effectivePercent(base, amount);
    const own = { ...rate, id: `${rate.id}#${entry.line + 1}`, percent };
    return { row: { rate: own, taxableMinor: base, amountMinor: amount }, of: [entry] };
  });
}

function agrees(rate: TaxRate, taxableMinor: bigint, amountMinor: bigint): boolean {
  if (rate.inclusive) return true;
  const { numerator, denominator } = parseDecimal(rate.percent, PERCENT_LIMITS);
  return divideRounded(taxableMinor * numerator, denominator * 100n) === amountMinor;
}

/**
 * What a tax comes to of its base, as the shortest decimal text that gives the amount again when it is rounded.
 * RangeError if none does.
 */
function effectivePercent(taxableMinor: bigint, amountMinor: bigint): string {
  if (taxableMinor === 0n) throw new RangeError('a tax on nothing');
  for (let decimals = 0; decimals <= PERCENT_LIMITS.maxFractionDigits; decimals += 1) {
    const scale = 100n * 10n ** BigInt(decimals);
    const scaled = divideRounded(amountMinor * scale, taxableMinor);
    if (divideRounded(taxableMinor * scaled, scale) === amountMinor) return formatScaled(scaled, decimals);
  }
  throw new RangeError('no percentage gives this tax');
}
