import { z } from 'zod';
import { currencyInput, uuidInput } from '../../accounts/index.ts';
import { freeText, holdsCardNumber, longText, metadataInput } from '../../platform/free-text.ts';
import { LARGEST_INPUT_MINOR } from '../../rules/money.ts';
import { reversalReasons } from './reversal-reasons.ts';

const amountInput = z
  .bigint('An amount in minor units is expected.')
  .refine((amount) => amount > 0n, 'The amount must be more than 0.')
  .refine((amount) => amount <= LARGEST_INPUT_MINOR, 'The amount is too large.');

const moneyInput = z.object({ amountMinor: amountInput, currency: currencyInput });

const invoiceIdsInput = z
  .array(uuidInput)
  .min(1, 'At least one invoice is expected.')
  .max(50, 'At most 50 invoices are allowed.')
  .refine((ids) => new Set(ids).size === ids.length, 'An invoice is named twice.');

export const createPaymentInput = z
  .object({
    accountId: uuidInput,
    invoiceIds: invoiceIdsInput.nullish(),
    amount: moneyInput.nullish(),
    paymentMethodId: uuidInput.nullish(),
    offSession: z.boolean().nullish(),
    captureMethod: z.enum(['automatic', 'manual'], 'This capture method is not known.').nullish(),
    metadata: metadataInput.nullish(),
  })
  .refine((input) => input.invoiceIds || input.amount, {
    message: 'Name invoices, an amount, or both.',
    path: ['amount'],
  });

const manualKinds = ['cash', 'check', 'bank_transfer', 'other'] as const;

export const recordManualPaymentInput = z.object({
  accountId: uuidInput,
  invoiceIds: invoiceIdsInput.nullish(),
  amount: moneyInput,
  kind: z.enum(manualKinds, 'This kind of payment is not known.'),
  reference: freeText(200).nullish(),
  notes: longText(2000).nullish(),
  metadata: metadataInput.nullish(),
});

export const reversePaymentInput = z.object({
  paymentId: uuidInput,
  reason: z.enum(reversalReasons, 'This reason is not known.'),
  notes: longText(2000).nullish(),
});

export const confirmPaymentInput = z.object({
  paymentId: uuidInput,
  paymentMethodId: uuidInput.nullish(),
});

export const capturePaymentInput = z.object({ paymentId: uuidInput, amount: moneyInput.nullish() });

export const createRefundInput = z.object({
  paymentId: uuidInput,
  amount: moneyInput.nullish(),
  reason: longText(500).nullish(),
  metadata: metadataInput.nullish(),
});

/** A name the provider gave: letters, digits, underscores. Never a number of a card. */
export const providerReference = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{2,99}$/, 'This is not the id of a payment method.')
  .refine((text) => !holdsCardNumber(text), 'Card numbers may not be written here.');

export const attachMethodInput = z.object({
  accountId: uuidInput,
  makeDefault: z.boolean().nullish(),
  metadata: metadataInput.nullish(),
});

export const connectStripeInput = z.object({
  secretKey: z.string().regex(/^(sk|rk)_(test|live)_[A-Za-z0-9_]{4,240}$/, 'This is not a secret key of Stripe.'),
  webhookSecrets: z
    .array(z.string().regex(/^whsec_[A-Za-z0-9+/=_-]{4,240}$/, 'This is not a signing secret of Stripe.'))
    .min(1, 'At least one signing secret is needed.')
    .max(5, 'At most 5 signing secrets are allowed.'),
});

export type CreatePaymentInput = z.input<typeof createPaymentInput>;
export type ReversePaymentInput = z.input<typeof reversePaymentInput>;
export type RecordManualPaymentInput = z.input<typeof recordManualPaymentInput>;
