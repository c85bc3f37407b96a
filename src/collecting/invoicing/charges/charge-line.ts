import { currencyMismatch, DomainError } from '../../../platform/errors.ts';
import { minorToMajor, priceToMinor } from '../../../rules/currency.ts';
import { isStorableAmount } from '../../../rules/money.ts';
import { type PriceInput, priceComponent } from '../../../rules/pricing.ts';
import type { ChargeLineInput } from '../invoicing.inputs.ts';
import type { ChargeDraft } from './invoice-request.ts';

/**
 * What a person wrote as a charge: quantity × unit price, rounded once, half away from zero (product: default policies).
 * CURRENCY_MISMATCH for a price in another currency than the invoice's, AMOUNT_TOO_LARGE for more than the books hold.
 */
export function chargeOf(accountId: string, currency: string, line: ChargeLineInput, path: string[]): ChargeDraft {
  const { description, period } = line;
  return {
    ...priceLine(currency, { ...line, quantity: line.quantity ?? '1' }, path),
    kind: line.kind ?? 'one_off',
    accountId,
    taxCategory: line.taxCategory ?? null,
    description,
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
  };
}

/** The part of a period that is billed, as an exact fraction, with how it was measured. */
export type ShareOfPeriod = NonNullable<PriceInput['share']>;

/** A quantity at a price: an amount of minor units, or a decimal of whole units. */
interface PricedLine {
  quantity: string;
  unitAmount?: { amountMinor: bigint; currency: string } | null | undefined;
  unitPrice?: string | null | undefined;
}

/** What a quantity at a unit price comes to, for a share of its period if it is not whole, and why. Errors as `chargeOf`. */
export function priceLine(
  currency: string,
  { quantity, unitAmount, unitPrice }: PricedLine,
  path: readonly string[],
  share: ShareOfPeriod | null = null,
): Pick<ChargeDraft, 'quantity' | 'unitAmount' | 'amount' | 'derivation'> {
  if (unitAmount && unitAmount.currency !== currency) {
    const message = `The price is in ${unitAmount.currency}, the invoice in ${currency}.`;
    throw currencyMismatch([...path, 'unitAmount', 'currency'], message);
  }
  const price = unitPrice ?? minorToMajor(unitAmount?.amountMinor ?? 0n, currency);
  const priced = priceComponent(
    { kind: 'per_unit', unitAmount: price },
    { currency, quantity, ...(share && { share }) },
  );
  if (!isStorableAmount(priced.amountMinor)) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'The amount of the line is too large.', { path: [...path] });
  }
  const minor = unitAmount ? unitAmount.amountMinor.toString() : priceToMinor(price, currency);
  return { quantity, unitAmount: minor, amount: priced.amountMinor, derivation: priced.derivation };
}
