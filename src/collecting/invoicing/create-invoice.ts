import { invalidInput } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { chargeOf } from './charge-line.ts';
import type { InvoiceRow } from './invoicing.entities.ts';
import { type CreateInvoiceInput, createInvoiceInput } from './invoicing.inputs.ts';
import { issueInvoices } from './issue-invoices.ts';
import { lockBilled } from './lock-billed.ts';

/**
 * Makes an invoice by hand, of the lines given and, if asked, of the account's waiting charges: a draft, or final at once.
 * It goes to the account's bill-to account. NOT_FOUND, CURRENCY_MISMATCH, AMOUNT_TOO_LARGE, INVALID_INPUT with paths.
 */
export async function createInvoice(work: Work, given: CreateInvoiceInput): Promise<InvoiceRow> {
  const input = readInput(createInvoiceInput, given);
  const { account, billTo, user } = await lockBilled(work, input.accountId, ['input', 'accountId']);
  const currency = input.currency ?? account.currency;
  const charges = input.lines.map((line, index) =>
    chargeOf(user.id, currency, line, ['input', 'lines', String(index)]),
  );
  const [invoice] = await issueInvoices(work, [
    {
      account,
      billTo,
      currency,
      at: account.now,
      collection: input.autoCollect ? 'automatic' : 'manual',
      netDays: input.netDays ?? billTo.netDays ?? account.organization.netDays,
      reason: 'manual',
      legalEntityId: input.legalEntityId ?? account.legalEntityId ?? null,
      memo: input.memo ?? null,
      purchaseOrderNumber: input.purchaseOrderNumber ?? account.purchaseOrderNumber ?? null,
      customFields: input.customFields ?? account.customFields,
      metadata: input.metadata ?? {},
      charges,
      finalize: input.finalize ?? false,
      includeWaiting: input.includeWaitingCharges ?? false,
    },
  ]);
  if (!invoice) throw invalidInput(['input', 'lines'], 'There are no waiting charges, and no lines were given.');
  return invoice;
}
