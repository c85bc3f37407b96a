import { z } from 'zod';
import { uuidInput } from '../../../accounts/index.ts';
import { longText, metadataInput } from '../../../platform/free-text.ts';
import { moneyInput, mostLines, quantityInput, servicePeriodInput } from '../invoicing.inputs.ts';

const creditNoteReasons = [
  'duplicate',
  'unsatisfactory',
  'order_change',
  'order_canceled',
  'fraudulent',
  'other',
] as const;

const creditLineInput = z.object({
  invoiceLineId: uuidInput,
  /** All that is left of the line if left out; otherwise just one of the three. */
  part: z
    .object({
      amount: moneyInput.nullish(),
      quantity: quantityInput.nullish(),
      period: servicePeriodInput.nullish(),
    })
    .nullish(),
  freesPeriod: z.boolean().nullish(),
});

export const createCreditNoteInput = z.object({
  invoiceId: uuidInput,
  /** All that is left of the invoice if left out. */
  lines: z
    .array(creditLineInput)
    .min(1, 'Name at least one line, or leave the lines out to credit all that is left.')
    .max(mostLines, `At most ${mostLines} lines are allowed.`)
    .nullish(),
  reason: z.enum(creditNoteReasons, 'This reason is not known.'),
  memo: longText(2000).nullish(),
  refund: z.boolean().nullish(),
  refundAmount: moneyInput.nullish(),
  metadata: metadataInput.nullish(),
});

export type CreateCreditNoteInput = z.input<typeof createCreditNoteInput>;
export type CreditNoteRequest = z.output<typeof createCreditNoteInput>;
