import { z } from 'zod';
import { currencyInput, netDaysInput, uuidInput } from '../../accounts/index.ts';
import { longText, metadataInput } from '../../platform/free-text.ts';
import { LARGEST_INPUT_MINOR } from '../../rules/money.ts';
import { creditAmountInput, lineKindsInput, priorityInput, reasonInput } from '../credits/index.ts';
import { chargeLineInput } from '../invoicing/index.ts';

const daysInput = z
  .number()
  .int('Whole days are expected.')
  .min(1, 'At least one day is expected.')
  .max(3650, 'At most 3650 days are allowed.');

export const topUpCreditInput = z
  .object({
    accountId: uuidInput,
    amount: creditAmountInput,
    price: creditAmountInput.nullish(),
    priority: priorityInput.nullish(),
    lineKinds: lineKindsInput.nullish(),
    expiresAfterDays: daysInput.nullish(),
    autoCollect: z.boolean().nullish(),
    netDays: netDaysInput.nullish(),
    reason: reasonInput.nullish(),
    metadata: metadataInput.nullish(),
  })
  .refine(({ amount, price }) => !price || price.currency === amount.currency, {
    message: 'Credit is bought in its own currency.',
    path: ['price', 'currency'],
  });

export const automaticTopUpInput = z
  .object({
    accountId: uuidInput,
    threshold: z.object({
      amountMinor: z
        .bigint()
        .refine((amount) => amount >= 0n && amount <= LARGEST_INPUT_MINOR, 'The threshold is 0 or more.'),
      currency: currencyInput,
    }),
    amount: creditAmountInput.nullish(),
    target: creditAmountInput.nullish(),
    monthlyCap: creditAmountInput.nullish(),
    expiresAfterDays: daysInput.nullish(),
  })
  .superRefine((input, context) => {
    const { threshold, amount, target, monthlyCap } = input;
    const refuse = (message: string, path: string[]) => context.addIssue({ code: 'custom', message, path });
    if (!amount === !target) refuse('Say how much is bought: a fixed amount, or up to a target.', ['amount']);
    if (target && target.amountMinor <= threshold.amountMinor) {
      refuse('The target must lie above the threshold.', ['target', 'amountMinor']);
    }
    if (amount && monthlyCap && monthlyCap.amountMinor < amount.amountMinor) {
      refuse('The monthly cap must not lie below the amount: that could never be bought whole.', ['monthlyCap']);
    }
    for (const [name, money] of Object.entries({ amount, target, monthlyCap })) {
      if (money && money.currency !== threshold.currency)
        refuse('All amounts must be in one currency.', [name, 'currency']);
    }
  });

export const removeAutomaticTopUpInput = z.object({ accountId: uuidInput, currency: currencyInput });

export const captureHoldInput = z.object({
  id: uuidInput,
  lines: z
    .array(chargeLineInput)
    .min(1, 'An invoice needs at least one line.')
    .max(250, 'At most 250 lines are allowed.'),
  autoCollect: z.boolean().nullish(),
  netDays: netDaysInput.nullish(),
  memo: longText(2000).nullish(),
});

export type TopUpCreditInput = z.input<typeof topUpCreditInput>;
export type AutomaticTopUpInput = z.input<typeof automaticTopUpInput>;
export type CaptureHoldInput = z.input<typeof captureHoldInput>;
