import { issuedInvoices, substanceOf } from '../../collecting/invoicing/index.ts';
import type { Context } from '../../platform/context.ts';
import { readId, readOptionalId } from '../../platform/id-input.ts';
import { signPreview } from '../../platform/preview-tokens.ts';
import type { Work } from '../../platform/work.ts';
import type { NewInvoiceFields } from './write-invoice.requests.ts';
import { type WriteInvoiceInput, writeInvoice } from './write-invoice.ts';

/** An invoice by hand as the API asks for it, as the verb reads it. NOT_FOUND at the path of an id that is none. */
export function readNewInvoice(input: NewInvoiceFields): WriteInvoiceInput {
  return {
    ...input,
    accountId: readId('acc', input.accountId, ['input', 'accountId']),
    legalEntityId: readOptionalId('le', input.legalEntityId, ['input', 'legalEntityId']),
    discounts: input.discounts?.map(({ coupon, ...discount }, index) => {
      const path = ['input', 'discounts', String(index), 'coupon', 'couponId'];
      return { ...discount, coupon: coupon && { ...coupon, couponId: readOptionalId('cpn', coupon.couponId, path) } };
    }),
  };
}

/** The part of the input that decides what the invoice comes to: words on the document may still be found. */
export function decisivePart(input: NewInvoiceFields): object {
  const { memo: _memo, metadata: _own, purchaseOrderNumber: _number, customFields: _fields, ...decisive } = input;
  return decisive;
}

/** What this transaction has issued, as a preview promises it. */
export const issuedOutcome = (work: Work): unknown => ({ invoices: substanceOf(issuedInvoices(work)) });

/** Rehearses `writeInvoice` and signs what it comes to. Errors as there. */
export async function previewWritten(
  context: Context,
  work: Work,
  input: NewInvoiceFields,
): Promise<{ token: string; expiresAt: Date }> {
  const { createdAt: at } = await writeInvoice(work, readNewInvoice(input));
  const previewed = { operation: 'createInvoice', input: decisivePart(input) };
  return signPreview(work, context.app.config.jwtSecret, { ...previewed, at, outcome: issuedOutcome(work) });
}
