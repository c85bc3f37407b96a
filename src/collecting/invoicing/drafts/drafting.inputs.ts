import { z } from 'zod';
import {
  currencyInput,
  customFieldsInput,
  netDaysInput,
  purchaseOrderInput,
  uuidInput,
} from '../../../accounts/index.ts';
import { freeText, longText, metadataInput } from '../../../platform/free-text.ts';
import { mostDiscounts } from '../discounts/change-discounts.ts';
import { manualDiscountInput } from '../discounts/manual-discounts.ts';
import { chargeLineInput, moneyInput, mostLines, quantityInput, unitPriceInput } from '../invoicing.inputs.ts';

/** Days that there are: 31 February is none. */
const isDay = (text: string): boolean => {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(`${text}T`);
};

const dayInput = z.string().refine(isDay, 'A day such as 2026-03-31 is expected.');

/** What a discount by hand is called. */
const nameInput = freeText(200);
const tooMany = `At most ${mostDiscounts} discounts are allowed.`;

/** A line of an invoice as a person writes it, and what is taken off it alone. */
const invoiceLineInput = z.intersection(chargeLineInput, z.object({ discount: manualDiscountInput.nullish() }));

export const createInvoiceInput = z
  .object({
    accountId: uuidInput,
    currency: currencyInput.nullish(),
    lines: z.array(invoiceLineInput).max(mostLines, `At most ${mostLines} lines are allowed.`),
    includeWaitingCharges: z.boolean().nullish(),
    autoCollect: z.boolean().nullish(),
    finalize: z.boolean().nullish(),
    netDays: netDaysInput.nullish(),
    dueOn: dayInput.nullish(),
    legalEntityId: uuidInput.nullish(),
    memo: longText(2000).nullish(),
    purchaseOrderNumber: purchaseOrderInput.nullish(),
    customFields: customFieldsInput.nullish(),
    metadata: metadataInput.nullish(),
  })
  .refine((input) => input.lines.length > 0 || input.includeWaitingCharges, {
    message: 'An invoice needs at least one line.',
    path: ['lines'],
  })
  .refine((input) => input.dueOn == null || (input.finalize && input.netDays == null), {
    message:
      'A due day is for an invoice that becomes final at once, in place of netDays; a draft counts its days from then.',
    path: ['dueOn'],
  });

export const updateDraftInvoiceInput = z.object({
  id: uuidInput,
  addLines: z.array(invoiceLineInput).max(mostLines, `At most ${mostLines} lines are allowed.`).nullish(),
  removeLineIds: z.array(uuidInput).max(mostLines, `At most ${mostLines} lines are allowed.`).nullish(),
  autoCollect: z.boolean().nullish(),
  updateLines: z
    .array(
      z.object({
        lineId: uuidInput,
        amount: moneyInput.nullish(),
        quantity: quantityInput.nullish(),
        unitAmount: moneyInput.nullish(),
        unitPrice: unitPriceInput.nullish(),
        description: longText(500).nullish(),
        discount: manualDiscountInput.nullish(),
        removeDiscount: z.boolean().nullish(),
      }),
    )
    .max(mostLines, `At most ${mostLines} lines are allowed.`)
    .nullish(),
  addDiscounts: z
    .array(z.object({ name: nameInput.nullish(), off: manualDiscountInput }))
    .max(mostDiscounts, tooMany)
    .nullish(),
  updateDiscounts: z
    .array(z.object({ discountId: uuidInput, name: nameInput.nullish(), off: manualDiscountInput.nullish() }))
    .max(mostDiscounts, tooMany)
    .nullish(),
  removeDiscountIds: z.array(uuidInput).max(mostDiscounts, tooMany).nullish(),
  netDays: netDaysInput.nullish(),
  memo: longText(2000).nullish(),
  purchaseOrderNumber: purchaseOrderInput.nullish(),
  customFields: customFieldsInput.nullish(),
  metadata: metadataInput.nullish(),
});

export type InvoiceLineInput = z.input<typeof invoiceLineInput>;
export type CreateInvoiceInput = z.input<typeof createInvoiceInput>;
export type UpdateDraftInvoiceInput = z.input<typeof updateDraftInvoiceInput>;
