import { currencyMismatch, invalidInput } from '../../../platform/errors.ts';
import { digitsOf } from '../../../rules/currency.ts';
import { movedPoint, parseExact, plainDecimal } from '../../../rules/decimal.ts';
import { priceLine, type ShareOfPeriod } from '../charges/charge-line.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { type LineDerivation, withAdjustment } from '../lines/line-derivation.ts';
import type { updateDraftInvoiceInput } from './drafting.inputs.ts';

export type LineWish = NonNullable<ReturnType<typeof updateDraftInvoiceInput.parse>['updateLines']>[number];

/**
 * Gives a line an amount as it is, or a quantity at a unit price, each of them that of the line if left out, for the share of
 * its period that it bills. Changes the line. INVALID_INPUT and CURRENCY_MISMATCH with the path of the field.
 */
export function adjustPrice(line: InvoiceLineRow, currency: string, wish: LineWish, path: string[]): void {
  const { amount: money, quantity, unitAmount, unitPrice } = wish;
  const parts = [quantity, unitAmount, unitPrice].some((one) => one != null);
  if (!money && !parts) return;
  if (money && parts) throw invalidInput([...path, 'amount'], 'Give the amount, or a quantity and a unit price.');
  if (unitAmount && unitPrice)
    throw invalidInput([...path, 'unitPrice'], 'Give unitAmount or unitPrice, and not both.');
  if (quantity != null && line.kind === 'usage') {
    throw invalidInput([...path, 'quantity'], 'The quantity of usage is what was metered.');
  }
  if (money && money.currency !== currency)
    throw currencyMismatch([...path, 'amount', 'currency'], `The invoice is in ${currency}.`);
  const priced = money
    ? priceLine(currency, { quantity: '1', unitAmount: money }, path)
    : priceLine(currency, askedOf(line, wish), path, shareOf(line, wish, path));
  if (priced.amount < 0n && line.kind !== 'adjustment') {
    const at = money ? [...path, 'amount', 'amountMinor'] : [...path, fieldOf(wish)];
    throw invalidInput(at, 'Only an adjustment may be negative.');
  }
  const derivation = line.derivation as Record<string, unknown>;
  const from = derivation.adjustedFrom ?? {
    ...{ quantity: line.quantity, unitAmount: line.unitAmount, amount: line.amount.toString() },
  };
  line.derivation = withAdjustment({ ...derivation, adjustedFrom: from }, priced.amount, currency);
  Object.assign(line, {
    ...{ amount: priced.amount, quantity: plainDecimal(priced.quantity), unitAmount: plainDecimal(priced.unitAmount) },
  });
}

/** Which of its figures a wish for another quantity or unit price is about. */
export const fieldOf = ({ unitAmount, unitPrice }: LineWish): string =>
  unitAmount ? 'unitAmount' : unitPrice ? 'unitPrice' : 'quantity';

const ownPrice = (line: InvoiceLineRow): string => movedPoint(line.unitAmount, -digitsOf(line.currency));

function askedOf(line: InvoiceLineRow, { quantity, unitAmount, unitPrice }: LineWish) {
  const price = unitAmount || unitPrice ? { unitAmount, unitPrice } : { unitPrice: ownPrice(line) };
  return { ...price, quantity: quantity ?? line.quantity };
}

/** Steps of a price that is a quantity at one unit price. */
const plainSteps = ['flat', 'per_unit', 'prorate', 'round', 'adjust'];

/**
 * The share of its period for which a line is priced, null for all of it: that of its derivation, unless somebody gave the line
 * another amount since. INVALID_INPUT for another quantity of what is not a quantity at one unit price.
 */
function shareOf(line: InvoiceLineRow, wish: LineWish, path: string[]): ShareOfPeriod | null {
  const steps = (line.derivation as LineDerivation).steps ?? [];
  const prorated = steps.find((step) => step.step === 'prorate');
  const share = prorated ? { fraction: parseExact(prorated.share), mode: prorated.mode } : null;
  const priceGiven = wish.unitAmount != null || wish.unitPrice != null;
  if (steps.some(({ step }) => step === 'adjust') || steps.every(({ step }) => plainSteps.includes(step))) {
    const now = { quantity: line.quantity, unitPrice: ownPrice(line) };
    const fits = (one: ShareOfPeriod | null) => priceLine(line.currency, now, path, one).amount === line.amount;
    if (fits(share)) return share;
    if (fits(null)) return null;
  }
  if (priceGiven) return share;
  const message = 'This line is not a quantity at one unit price: give its amount, or a unit price with the quantity.';
  throw invalidInput([...path, 'quantity'], message);
}
