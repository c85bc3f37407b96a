import { withToldTaxes } from '../../../rules/told-tax.ts';
import type { InvoiceTotals } from '../../../rules/totals.ts';
import { reverseChargeRate, type ToldTax, type UsableTaxRate } from '../../tax/index.ts';

/**
 * Totals with the taxes that a service told for each line, to the cent. Each of its taxes is a rate of this invoice alone, so
 * that what later takes a line back finds what that was billed with.
 */
export function addTold(
  totals: InvoiceTotals,
  lines: readonly { told?: readonly ToldTax[] }[],
  invoiceId: string,
): InvoiceTotals {
  return withToldTaxes(
    totals,
    lines.map(({ told = [] }) =>
      told.map((tax) => ({
        rate: rateOf(tax, invoiceId),
        taxableMinor: tax.inclusive ? tax.taxableMinor + tax.amountMinor : tax.taxableMinor,
        amountMinor: tax.amountMinor,
      })),
    ),
  );
}

function rateOf(tax: ToldTax, invoiceId: string): UsableTaxRate {
  const { key, name, place, percent, inclusive, treatment, rateId = `${invoiceId}:${key}` } = tax;
  if (treatment === 'reverse_charge') return reverseChargeRate;
  return { ...reverseChargeRate, id: rateId, name, country: place, percent, inclusive };
}
