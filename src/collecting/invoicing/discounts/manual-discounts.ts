import { z } from 'zod';
import { currencyMismatch, DomainError, invalidInput } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { isDecimal } from '../../../rules/money.ts';
import {
  InvoiceDiscountEntity,
  type InvoiceDiscountRow,
  InvoiceLineDiscountEntity,
  type InvoiceLineRow,
  type InvoiceRow,
} from '../invoicing.entities.ts';
import { moneyInput } from '../invoicing.inputs.ts';
import { withDiscountSteps } from '../lines/line-derivation.ts';
import type { DiscountTerms, InvoiceDiscount } from './invoice-discount.ts';

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

/** For whom it is taken off, and of what. */
interface Of {
  accountId: string;
  currency: string;
  lineIds: string[] | null;
  path: readonly string[];
}

/** A discount by hand in the words of invoicing. CURRENCY_MISMATCH for an amount in another currency than the invoice's. */
export function manualTerms(off: ManualDiscount, { accountId, currency, lineIds, path }: Of): DiscountTerms {
  if (off.amount && off.amount.currency !== currency) {
    const message = `The discount is in ${off.amount.currency}, the invoice in ${currency}.`;
    throw currencyMismatch([...path, 'amount', 'currency'], message);
  }
  return {
    kind: off.amount ? 'fixed' : 'percentage',
    amount: off.amount?.amountMinor.toString() ?? null,
    currency: off.amount?.currency ?? null,
    percent: off.percent ?? null,
    ...{ frequency: 'once', periods: null, accountId, subscriptionId: null, priceIds: null },
    ...(lineIds ? { lineIds } : {}),
  };
}

/** The same as something that a new invoice of the instant `at` draws on; `line`: of this one alone, by its place. */
export function manualDiscount(name: string, terms: DiscountTerms, at: Date, line?: number): InvoiceDiscount {
  const unused = { usedAmount: 0n, usedTimes: 0, coveredUntil: null, periodUsed: 0n };
  return {
    ...{ id: null, couponName: name, terms, startedAt: at, endedAt: null, usedAt: null, ...unused },
    ...(line === undefined ? {} : { line }),
  };
}

/** Only what asks for money is discounted, and by no more than it asks for. INVALID_INPUT, AMOUNT_TOO_LARGE. */
export function checkLineDiscount(amount: bigint, off: ManualDiscount, path: readonly string[]): void {
  if (amount <= 0n) throw invalidInput([...path], 'Only a line that asks for money is discounted.');
  if (!off.amount || off.amount.amountMinor <= amount) return;
  throw new DomainError('AMOUNT_TOO_LARGE', 'The discount is larger than the line.', { path: [...path, 'amount'] });
}

/**
 * Gives lines of a draft other discounts by hand (null: none). The rows are written, and what they take is computed by the
 * redrawing that follows: first what lines have of their own, then what the invoice has.
 */
export async function replaceLineDiscounts(
  work: Work,
  invoice: InvoiceRow,
  lines: readonly InvoiceLineRow[],
  wanted: ReadonlyMap<string, DiscountTerms | null>,
): Promise<void> {
  if (wanted.size === 0) return;
  const { organizationId, id: invoiceId } = invoice;
  const kept = { organizationId, invoiceId };
  const rows = await work.find(InvoiceDiscountEntity, kept, { position: 'asc' });
  const shares = await work.find(InvoiceLineDiscountEntity, kept);
  const lineOf = (row: InvoiceDiscountRow) => (row.terms as DiscountTerms).lineIds?.[0] ?? null;
  const gone = rows.filter((row) => row.discountId === null && wanted.has(lineOf(row) ?? ''));
  for (const { invoiceDiscountId, invoiceLineId, amount } of shares) {
    const line = lines.find((one) => one.id === invoiceLineId);
    if (!line || !gone.some(({ id }) => id === invoiceDiscountId)) continue;
    line.discountAmount -= amount;
    line.derivation = withDiscountSteps(line.derivation, []);
  }
  await work.rows('delete from invoice_discounts where organization_id = $1 and id = any($2::uuid[])', [
    organizationId,
    `{${gone.map(({ id }) => id).join(',')}}`,
  ]);
  const left = rows.filter((row) => !gone.includes(row));
  const fresh = [...wanted].flatMap(([, terms]) => (terms ? [rowOf(invoice, terms)] : []));
  const place = (row: InvoiceDiscountRow) => lines.find(({ id }) => id === lineOf(row))?.position ?? Infinity;
  const ordered = [...left, ...fresh].sort((one, other) =>
    place(one) === place(other) ? 0 : place(one) - place(other),
  );
  for (const [index, row] of ordered.entries()) {
    row.position = index + 1;
    if (fresh.includes(row)) work.insert(InvoiceDiscountEntity, [row]);
    else work.update(InvoiceDiscountEntity, { organizationId, id: row.id, position: row.position });
  }
  await work.flush();
}

function rowOf({ organizationId, id: invoiceId, updatedAt }: InvoiceRow, terms: DiscountTerms): InvoiceDiscountRow {
  return {
    ...{ organizationId, id: newId(), invoiceId, discountId: null, position: 0, couponName: usualName, terms },
    offered: terms.amount === null ? null : BigInt(terms.amount),
    ...{ amount: 0n, returned: 0n, coversUntil: null, consumes: false, skipped: null, createdAt: updatedAt },
  };
}
