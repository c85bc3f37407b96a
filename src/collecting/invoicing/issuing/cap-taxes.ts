import type { InvoiceTotals } from '../../../rules/totals.ts';
import type { SupplyTax, Told, ToldTax, UsableTaxRate } from '../../tax/index.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { ruleOf } from './compute-invoice.ts';
import type { TaxBack, TaxLeft } from './told-back.ts';

type Decided = SupplyTax & Told;

/**
 * The same lines, where one would give back more tax of the merchant's rates than is left of what was billed with that for so
 * much: roundings over different invoices may lead to that, by a unit. What is left stands beside the rates then, as if told; a
 * rate that the line taken back has not, or no more, gives nothing. Null where each stays within.
 */
export function capTaxes(
  decided: readonly Decided[],
  totals: InvoiceTotals,
  lines: readonly InvoiceLineRow[],
  { left }: TaxBack,
): Decided[] | null {
  const given = new Map<string, bigint>();
  let capped = false;
  const within = decided.map((one, index) => {
    const limit = left.get(lines[index]!.id);
    const { taxShares } = totals.lines[index]!;
    if (!limit) return one;
    if (one.rates.length === 0) {
      for (const { rateId, amountMinor } of one.told ?? []) {
        const key = `${limit.lineId} ${rateId}`;
        given.set(key, (given.get(key) ?? 0n) - amountMinor);
      }
      return one;
    }
    const shares = taxShares.map(({ rate, amountMinor }) => {
      const key = `${limit.lineId} ${rate.id}`;
      const before = given.get(key) ?? 0n;
      const most = mostOf(limit, rate.id, before);
      const amount = -amountMinor > most ? -most : amountMinor;
      given.set(key, before - amount);
      return { rate: rate as UsableTaxRate, amount, isCapped: amount !== amountMinor };
    });
    if (!shares.some(({ isCapped }) => isCapped)) return one;
    capped = true;
    const net = lines[index]!.amount - lines[index]!.discountAmount;
    return {
      ...one,
      rates: [],
      told: [
        ...(one.told ?? []),
        ...shares.flatMap(({ rate, amount }) => (limit.byRate.has(rate.id) ? asTold(rate, amount, net) : [])),
      ],
    };
  });
  return capped ? within : null;
}

function mostOf({ byRate }: TaxLeft, rateId: string, before: bigint): bigint {
  const left = byRate.get(rateId) ?? 0n;
  return left > before ? left - before : 0n;
}

const asTold = (rate: UsableTaxRate, amountMinor: bigint, net: bigint): ToldTax => ({
  ...{ key: rate.id, rateId: rate.id, name: rate.name, place: ruleOf(rate), percent: rate.percent },
  ...{ inclusive: rate.inclusive, treatment: 'taxed', amountMinor },
  taxableMinor: rate.inclusive ? net - amountMinor : net,
});
