import { currencyMismatch, DomainError } from '../../platform/errors.ts';
import { minorToMajor } from '../../rules/currency.ts';
import { isStorableAmount } from '../../rules/money.ts';
import { priceComponent } from '../../rules/pricing.ts';
import type { ChargeDraft } from './invoice-request.ts';
import type { ChargeLineInput } from './invoicing.inputs.ts';

/**
 * What a person wrote as a charge: quantity × unit price, rounded once, half away from zero (product: default policies).
 * CURRENCY_MISMATCH for a price in another currency than the invoice's, AMOUNT_TOO_LARGE for more than the books hold.
 */
export function chargeOf(accountId: string, currency: string, line: ChargeLineInput, path: string[]): ChargeDraft {
  const { unitAmount, description, period } = line;
  if (unitAmount.currency !== currency) {
    const message = `The price is in ${unitAmount.currency}, the invoice in ${currency}.`;
    throw currencyMismatch([...path, 'unitAmount', 'currency'], message);
  }
  const quantity = line.quantity ?? '1';
  const perUnit = { kind: 'per_unit', unitAmount: minorToMajor(unitAmount.amountMinor, currency) } as const;
  const priced = priceComponent(perUnit, { currency, quantity });
  if (!isStorableAmount(priced.amountMinor)) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'The amount of the line is too large.', { path });
  }
  return {
    kind: line.kind ?? 'one_off',
    accountId,
    taxCategory: line.taxCategory ?? null,
    description,
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    quantity,
    unitAmount: unitAmount.amountMinor.toString(),
    amount: priced.amountMinor,
    derivation: priced.derivation,
  };
}
