import { z } from 'zod';
import { currencyMismatch, DomainError, invalidInput } from '../../../platform/errors.ts';
import { isDecimal } from '../../../rules/money.ts';
import { moneyInput } from '../invoicing.inputs.ts';
import { type DiscountTerms, type InvoiceDiscount, unusedDiscount } from './invoice-discount.ts';

/** What is taken off by hand: an amount in minor units, or a percentage. */
export const manualDiscountInput = z
  .object({
    amount: moneyInput.refine(({ amountMinor }) => amountMinor > 0n, 'The discount must be more than 0.').nullish(),
    percent: z
      .string()
      .refine(
        (text) =>
          isDecimal(text, { maxIntegerDigits: 3, maxFractionDigits: 4 }) && Number(text) > 0 && Number(text) <= 100,
        'A decimal greater than 0 and at most 100, with at most 4 decimals.',
      )
      .nullish(),
  })
  .refine((off) => (off.amount == null) !== (off.percent == null), 'Exactly one of amount and percent.');

export type ManualDiscount = z.output<typeof manualDiscountInput>;

/** What a discount by hand is called where nobody named it. */
export const usualName = 'Discount';

/** Of what it is taken off. */
interface Of {
  currency: string;
  /** Null: of all lines, whichever account they are of. */
  lineIds: string[] | null;
  path: readonly string[];
}

/** A discount by hand in the words of invoicing. CURRENCY_MISMATCH for an amount in another currency than the invoice's. */
export function manualTerms(off: ManualDiscount, { currency, lineIds, path }: Of): DiscountTerms {
  if (off.amount && off.amount.currency !== currency) {
    const message = `The discount is in ${off.amount.currency}, the invoice in ${currency}.`;
    throw currencyMismatch([...path, 'amount', 'currency'], message);
  }
  return {
    kind: off.amount ? 'fixed' : 'percentage',
    amount: off.amount?.amountMinor.toString() ?? null,
    currency: off.amount?.currency ?? null,
    percent: off.percent ?? null,
    ...{ frequency: 'once', periods: null, accountId: null, subscriptionId: null, priceIds: null },
    ...(lineIds ? { lineIds } : {}),
  };
}

/** The same as something that a new invoice of the instant `at` draws on; `line`: of this one alone, by its place. */
export function manualDiscount(name: string, terms: DiscountTerms, at: Date, line?: number): InvoiceDiscount {
  return {
    ...{ id: null, couponName: name, terms, startedAt: at, endedAt: null, usedAt: null, ...unusedDiscount },
    ...(line === undefined ? {} : { line }),
  };
}

/** Only what asks for money is discounted, and by no more than it asks for. INVALID_INPUT, AMOUNT_TOO_LARGE. */
export function checkLineDiscount(amount: bigint, off: ManualDiscount, path: readonly string[]): void {
  if (amount <= 0n) throw invalidInput([...path], 'Only a line that asks for money is discounted.');
  if (!off.amount || off.amount.amountMinor <= amount) return;
  throw new DomainError('AMOUNT_TOO_LARGE', 'The discount is larger than the line.', { path: [...path, 'amount'] });
}
