import { withinTaxLeft } from '../../../rules/tax-return.ts';
import type { InvoiceTotals } from '../../../rules/totals.ts';
import type { SupplyTax, Told, ToldTax, UsableTaxRate } from '../../tax/index.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { ruleOf } from './compute-invoice.ts';
import type { TaxBack, TaxLeft } from './told-back.ts';

type Decided = SupplyTax & Told;

/**
 * The same lines, where one would give back more tax of the merchant's rates than is left of what was billed, or the last one less,
 * with that for so much: roundings over different invoices may lead to that, by a unit. What is left stands beside the rates then, as
 * if told; a rate that the line taken back has not, or no more, gives nothing. Null where each stays as it is.
 */
export function capTaxes(
  decided: readonly Decided[],
  totals: InvoiceTotals,
  lines: readonly InvoiceLineRow[],
  { left }: TaxBack,
): Decided[] | null {
  const limits = lines.map(({ id }) => left.get(id));
  const within = withinTaxLeft(decided.map((one, index) => returnOf(one, totals.lines[index]!, limits[index])));
  const amounts = totals.lines.map(({ taxShares }, index) => {
    const own = decided[index]!.rates.length > 0 ? within[index] : null;
    return own?.some((amount, at) => amount !== taxShares[at]!.amountMinor) ? own : null;
  });
  if (amounts.every((own) => own === null)) return null;
  return decided.map((one, index) => {
    const [own, limit] = [amounts[index], limits[index]];
    if (!own || !limit) return one;
    const net = lines[index]!.amount - lines[index]!.discountAmount;
    const told = totals.lines[index]!.taxShares.flatMap(({ rate }, at) =>
      limit.byRate.has(rate.id) ? asTold(rate as UsableTaxRate, own[at]!, net) : [],
    );
    return { ...one, rates: [], told: [...(one.told ?? []), ...told] };
  });
}

function returnOf({ rates, told }: Decided, line: InvoiceTotals['lines'][number], limit: TaxLeft | undefined) {
  if (!limit) return null;
  const isTold = rates.length === 0;
  const ofRates = line.taxShares.map(({ rate, amountMinor }) => ({ rateId: rate.id, amountMinor }));
  const shares = isTold ? (told ?? []).map(({ rateId = '', amountMinor }) => ({ rateId, amountMinor })) : ofRates;
  const { lineId, byRate: left, isLast } = limit;
  return { lineId, left, shares, isTold, isLast };
}

const asTold = (rate: UsableTaxRate, amountMinor: bigint, net: bigint): ToldTax => ({
  ...{ key: rate.id, rateId: rate.id, name: rate.name, place: ruleOf(rate), percent: rate.percent },
  ...{ inclusive: rate.inclusive, treatment: 'taxed', amountMinor },
  taxableMinor: rate.inclusive ? net - amountMinor : net,
});
