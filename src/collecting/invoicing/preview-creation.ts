import type { Context } from '../../platform/context.ts';
import { readId, readOptionalId } from '../../platform/id-input.ts';
import { signPreview } from '../../platform/preview-tokens.ts';
import type { Work } from '../../platform/work.ts';
import { createInvoice } from './create-invoice.ts';
import type { CreateInvoiceInput } from './invoicing.inputs.ts';
import type { NewInvoiceFields } from './invoicing.requests.ts';
import { issuedInvoices, substanceOf } from './issued-invoices.ts';

/** An invoice by hand as the API asks for it, as the verb reads it. */
export function readNewInvoice<Asked extends NewInvoiceFields>(input: Asked): CreateInvoiceInput {
  return {
    ...input,
    accountId: readId('acc', input.accountId, ['input', 'accountId']),
    legalEntityId: readOptionalId('le', input.legalEntityId, ['input', 'legalEntityId']),
  };
}

/** The part of the input that decides what the invoice comes to: words on the document may still be found. */
export function decisivePart<Asked extends NewInvoiceFields>(input: Asked): object {
  const { memo: _memo, metadata: _own, purchaseOrderNumber: _number, customFields: _fields, ...decisive } = input;
  return decisive;
}

/** What this transaction has issued, as a preview promises it. */
export const issuedOutcome = (work: Work): unknown => ({ invoices: substanceOf(issuedInvoices(work)) });

/** Rehearses `createInvoice` and signs what it comes to. Errors as there. */
export async function previewCreation(
  context: Context,
  work: Work,
  input: NewInvoiceFields,
): Promise<{ token: string; expiresAt: Date }> {
  const { createdAt: at } = await createInvoice(work, readNewInvoice(input));
  const previewed = { operation: 'createInvoice', input: decisivePart(input) };
  return signPreview(work, context.app.config.jwtSecret, { ...previewed, at, outcome: issuedOutcome(work) });
}
