import { z } from 'zod';
import { currencyInput, uuidInput } from '../../accounts/index.ts';
import { longText, metadataInput } from '../../platform/free-text.ts';
import { LARGEST_INPUT_MINOR } from '../../rules/money.ts';

/** The kinds of lines that credit can be limited to; the words of invoicing's lines. */
const creditLineKinds = [
  'recurring',
  'usage',
  'usage_adjustment',
  'one_off',
  'setup_fee',
  'true_up',
  'adjustment',
] as const;

/** An amount of credit: more than nothing. */
export const creditAmountInput = z.object({
  amountMinor: z
    .bigint('An amount in minor units is expected.')
    .refine((amount) => amount > 0n, 'The amount must be more than 0.')
    .refine((amount) => amount <= LARGEST_INPUT_MINOR, 'The amount is too large.'),
  currency: currencyInput,
});

export const priorityInput = z
  .number()
  .int('A whole number is expected.')
  .min(0, 'The priority is 0 to 1000.')
  .max(1000, 'The priority is 0 to 1000.');

export const lineKindsInput = z
  .array(z.enum(creditLineKinds, 'This kind of line is not known.'))
  .min(1, 'Name at least one kind of line, or leave it out.')
  .transform((kinds) => [...new Set(kinds)]);

const planIdsInput = z
  .array(uuidInput)
  .min(1, 'Name at least one plan, or leave it out.')
  .max(100, 'At most 100 plans are allowed.')
  .transform((ids) => [...new Set(ids)]);

export const reasonInput = longText(500);

export const grantCreditInput = z.object({
  accountId: uuidInput,
  amount: creditAmountInput,
  priority: priorityInput.nullish(),
  lineKinds: lineKindsInput.nullish(),
  planIds: planIdsInput.nullish(),
  expiresAt: z.date().nullish(),
  reason: reasonInput.nullish(),
  metadata: metadataInput.nullish(),
});

export const holdCreditInput = z.object({
  accountId: uuidInput,
  amount: creditAmountInput,
  expiresAt: z.date(),
  reason: reasonInput.nullish(),
  metadata: metadataInput.nullish(),
});

export type GrantCreditInput = z.input<typeof grantCreditInput>;
export type HoldCreditInput = z.input<typeof holdCreditInput>;
