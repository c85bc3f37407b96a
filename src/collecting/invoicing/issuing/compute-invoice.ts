import { DomainError } from '../../../platform/errors.ts';
import { isUuid, newId } from '../../../platform/id.ts';
import { instantOfLocal, localOfInstant } from '../../../rules/calendar.ts';
import { formatExact, plainDecimal } from '../../../rules/decimal.ts';
import { isStorableAmount } from '../../../rules/money.ts';
import { type InvoiceTotals, invoiceTotals } from '../../../rules/totals.ts';
import {
  type BilledTax,
  isExemptOn,
  isReverseCharge,
  type TaxBuyer,
  type TaxQuestion,
  taxDay,
  type UsableTaxRate,
} from '../../tax/index.ts';
import type { BilledAccount, ChargeDraft } from '../charges/invoice-request.ts';
import type { InvoiceLineRow, InvoiceTaxRow } from '../invoicing.entities.ts';
import type { Issuer } from '../issuers/issuers.ts';
import { isTold, type LineTaxShare, toldTaxOf } from '../lines/line-taxes.ts';
import { toldOf } from './keep-taxes.ts';
import type { TaxGround } from './tax-ground.ts';

/** The due instant: `netDays` local calendar days after finalization, at the same time on the wall clock. */
export function dueAfter(finalizedAt: Date, netDays: number, timezone: string): Date {
  if (netDays === 0) return finalizedAt;
  const local = localOfInstant(timezone, finalizedAt.getTime());
  return new Date(instantOfLocal(timezone, local + netDays * 86_400_000));
}

/** What decides which taxes an invoice carries. */
export interface TaxSituation {
  invoice: { organizationId: string; currency: string };
  issuer: Issuer;
  billTo: BilledAccount;
  /** The zone of the using account: its day is the day of finalization. */
  timezone: string;
  at: Date;
}

type Supply = Pick<
  InvoiceLineRow,
  'id' | 'amount' | 'discountAmount' | 'periodEnd' | 'taxCategory' | 'reversesLineId' | 'taxes'
>;

/**
 * Which tax is asked for: each line with what it comes to after its discount, on its tax date (`taxDay` of tax); what takes a
 * line back with what that was billed with.
 */
export function taxQuestion(
  situation: TaxSituation,
  lines: readonly Supply[],
  ground: Pick<TaxGround, 'taxBack' | 'kept' | 'own'> | null = null,
): TaxQuestion {
  const { invoice, issuer, billTo, timezone, at } = situation;
  const { organizationId, currency } = invoice;
  return {
    ...{ organizationId, currency, issuer, at, buyer: taxBuyer(billTo) },
    lines: lines.map((line) => ({
      id: line.id,
      amountMinor: line.amount - line.discountAmount,
      on: taxDay(timezone, line.periodEnd ?? null, at),
      category: line.taxCategory ?? null,
      ...billedWith(line, ground),
    })),
  };
}

/** What a line that takes another back was billed with: rates by themselves, what a service told as the share that goes back. */
function billedWith(line: Supply, ground: Pick<TaxGround, 'taxBack' | 'kept' | 'own'> | null) {
  const billed = line.taxes as BilledTax[];
  if (ground?.kept.has(line.id)) return { billed: billed.filter((tax) => !isTold(tax)), toldBack: toldOf(line) };
  if (!line.reversesLineId || ground?.own.has(line.id)) return { billed: null, toldBack: [] };
  const toldBack = ground?.taxBack.told.get(line.id);
  return toldBack ? { billed: billed.filter((tax) => !isTold(tax)), toldBack } : { billed, toldBack: [] };
}

function taxBuyer(billTo: BilledAccount): TaxBuyer {
  const { billingAddress: address } = billTo;
  return {
    id: billTo.id,
    name: billTo.name,
    address: address?.country
      ? {
          country: address.country,
          region: address.region ?? null,
          postalCode: address.postalCode ?? null,
          city: address.city ?? null,
          line1: address.line1 ?? null,
          line2: address.line2 ?? null,
        }
      : null,
    taxIds: billTo.taxIds,
    exemptOn: (day) => isExemptOn(billTo, day),
  };
}

/**
 * Totals of lines, less their discounts, under their rates (rules/totals), before credit.
 * AMOUNT_TOO_LARGE if a sum does not fit the books.
 */
export function totalsOf(
  lines: readonly { amount: bigint; discountAmount: bigint }[],
  rates: readonly (readonly UsableTaxRate[])[],
): InvoiceTotals {
  const totals = invoiceTotals(
    lines.map((line, index) => ({
      amountMinor: line.amount,
      discountMinor: line.discountAmount,
      taxRates: rates[index] ?? [],
    })),
  );
  const sums = [totals.subtotalMinor, totals.totalMinor, totals.taxTotalMinor, totals.carriedToCreditMinor];
  for (const tax of totals.taxes) sums.push(tax.taxableMinor);
  if (!sums.every(isStorableAmount))
    throw new DomainError('AMOUNT_TOO_LARGE', 'The invoice is larger than an amount can be.');
  return totals;
}

/** The lines of an invoice, taxes not yet shared out. `from` is the first position. */
export function makeLines(
  invoice: { organizationId: string; id: string; currency: string; createdAt: Date },
  charges: readonly ChargeDraft[],
  from = 1,
): InvoiceLineRow[] {
  return charges.map((charge, index) => ({
    organizationId: invoice.organizationId,
    id: newId(),
    invoiceId: invoice.id,
    position: from + index,
    kind: charge.kind,
    accountId: charge.accountId,
    subscriptionId: charge.subscriptionId ?? null,
    subscriptionItemId: charge.subscriptionItemId ?? null,
    component: charge.component ?? '',
    priceId: charge.priceId ?? null,
    description: charge.description,
    periodStart: charge.periodStart ?? null,
    periodEnd: charge.periodEnd ?? null,
    quantity: plainDecimal(charge.quantity),
    unitAmount: plainDecimal(charge.unitAmount),
    amount: charge.amount,
    discountAmount: charge.discount ?? 0n,
    taxAmount: 0n,
    taxes: charge.taxes ?? [],
    taxCategory: charge.taxCategory ?? null,
    currency: invoice.currency,
    reversesLineId: charge.reversesLineId ?? null,
    derivation: charge.derivation ?? {},
    createdAt: invoice.createdAt,
  }));
}

/** One row for each rate, with what it was computed from. */
export function makeTaxes(
  invoice: { organizationId: string; id: string; createdAt: Date },
  totals: InvoiceTotals,
): InvoiceTaxRow[] {
  return totals.taxes.map((tax) => {
    const rate = tax.rate as UsableTaxRate;
    const id = ownId(rate);
    return {
      organizationId: invoice.organizationId,
      id: newId(),
      invoiceId: invoice.id,
      taxRateId: isUuid(id) ? id : null,
      toldRate: isUuid(id) || isReverseCharge(rate) ? null : id,
      treatment: isReverseCharge(rate) ? 'reverse_charge' : 'taxed',
      name: rate.name,
      percent: rate.percent,
      inclusive: rate.inclusive,
      taxable: tax.taxableMinor,
      amount: tax.amountMinor,
      createdAt: invoice.createdAt,
    };
  });
}

/** A rate of the merchant keeps its id where a line of it stands beside the others (`cap-taxes`). */
function ownId({ id }: { id: string }): string {
  const plain = toldTaxOf(id);
  return isUuid(plain) ? plain : id;
}

/** A line's share of the tax of each of its rates, and how it came about. */
export function taxSharesOf(line: InvoiceTotals['lines'][number]): LineTaxShare[] {
  return line.taxShares.map((share) => {
    const { rate, amountMinor } = share;
    const { percent, inclusive } = rate;
    const plain = {
      taxRateId: ownId(rate),
      percent,
      inclusive,
      amount: amountMinor.toString(),
      rule: ruleOf(rate as UsableTaxRate),
    };
    if (!('base' in share)) return { ...plain, taxable: share.taxableMinor.toString() };
    const { base, exact, together } = share;
    const shared = { base: together.baseMinor.toString(), amount: together.amountMinor.toString() };
    return {
      ...plain,
      base: formatExact(base),
      exact: formatExact(exact),
      together: together.includedPercent === null ? shared : { ...shared, includedPercent: together.includedPercent },
    };
  });
}

/** `AT`, `US/California`, `AT books`: the place that a rate is of, and what it is limited to. */
export function ruleOf(rate: UsableTaxRate): string {
  if (isReverseCharge(rate)) return rate.id;
  const where = rate.region === null ? rate.country : `${rate.country}/${rate.region}`;
  const place = rate.jurisdiction === '' ? where : `${where} (${rate.jurisdiction})`;
  return rate.category === null ? place : `${place} ${rate.category}`;
}
