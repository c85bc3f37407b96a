import { z } from 'zod';
import {
  billingAddressInput,
  currencyInput,
  emailInput,
  graceDaysInput,
  taxIdInput,
  uuidInput,
} from '../../accounts/index.ts';
import { freeText, longText, metadataInput } from '../../platform/free-text.ts';
import { isDecimal, LARGEST_INPUT_MINOR } from '../../rules/money.ts';
import { taxCategoryInput, taxProviderNames } from '../tax/index.ts';

/** Most lines of one invoice that is made by hand. */
export const mostLines = 250;

const amountInput = z
  .bigint('An amount in minor units is expected.')
  .refine((amount) => amount <= LARGEST_INPUT_MINOR && amount >= -LARGEST_INPUT_MINOR, 'The amount is too large.');

export const moneyInput = z.object({ amountMinor: amountInput, currency: currencyInput });

export const quantityInput = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 12, maxFractionDigits: 12 }) && !text.startsWith('-'),
    'The quantity must be a decimal that is not negative, with at most 12 digits before and after the point.',
  );

/** Of one, in whole units of the currency: prices below a minor unit, such as 0.0045. */
export const unitPriceInput = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 12, maxFractionDigits: 12 }),
    'The price must be a decimal with at most 12 digits before and after the point.',
  );

export const servicePeriodInput = z
  .object({ start: z.date(), end: z.date() })
  .refine(({ start, end }) => start < end, 'The period must end after it starts.');

/** A line or charge as a person writes it: a quantity of something at a unit price. */
export const chargeLineInput = z
  .object({
    kind: z.enum(['one_off', 'setup_fee', 'adjustment'], 'This kind of charge is not known.').nullish(),
    description: longText(500),
    quantity: quantityInput.nullish(),
    unitAmount: moneyInput.nullish(),
    unitPrice: unitPriceInput.nullish(),
    period: servicePeriodInput.nullish(),
    taxCategory: taxCategoryInput.nullish(),
  })
  .refine((line) => (line.unitAmount == null) !== (line.unitPrice == null), {
    message: 'Give unitAmount or unitPrice, and not both.',
    path: ['unitAmount'],
  })
  .refine((line) => line.kind === 'adjustment' || !((line.unitAmount?.amountMinor ?? 0n) < 0n), {
    message: 'Only an adjustment may be negative.',
    path: ['unitAmount'],
  })
  .refine((line) => line.kind === 'adjustment' || !line.unitPrice?.startsWith('-'), {
    message: 'Only an adjustment may be negative.',
    path: ['unitPrice'],
  });

export const replaceInvoiceInput = z
  .object({
    id: uuidInput,
    finalize: z.boolean().nullish(),
    graceDays: graceDaysInput.min(1, 'At least one day is needed.').nullish(),
  })
  .refine((input) => !input.finalize || input.graceDays == null, {
    message: 'What becomes final at once has no days of grace.',
    path: ['graceDays'],
  });

export const addChargeInput = z.object({
  accountId: uuidInput,
  line: chargeLineInput,
  dueAt: z.date().nullish(),
  metadata: metadataInput.nullish(),
});

const prefixInput = z
  .string()
  .regex(
    /^[A-Z0-9][A-Z0-9-]{0,19}$/,
    'A prefix has 1 to 20 capital letters, digits or dashes and does not begin with a dash.',
  )
  .refine((prefix) => !prefix.startsWith('CN-'), 'Numbers of credit notes begin with CN-: choose another prefix.');

/** How an issuer's taxes are decided. */
const taxTermsInput = {
  taxProvider: z.enum(taxProviderNames, 'This tax provider is not known.'),
  taxIdCheck: z.enum(['checksum', 'register'], 'This check is not known.'),
  taxIdMaxAgeDays: z
    .int('Whole days are expected.')
    .min(1, 'At least one day is expected.')
    .max(365, 'At most 365 days are allowed.'),
  pricesIncludeTax: z.boolean(),
  taxCodes: z
    .array(
      z.object({
        category: taxCategoryInput,
        code: z.string().regex(/^txcd_\d{8}$/, 'A tax code such as txcd_10103001 is expected.'),
      }),
    )
    .max(200, 'At most 200 tax codes are allowed.')
    .refine(
      (codes) => new Set(codes.map(({ category }) => category)).size === codes.length,
      'Each tax category has one code.',
    ),
};

export const createLegalEntityInput = z.object({
  taxProvider: taxTermsInput.taxProvider.nullish(),
  taxIdCheck: taxTermsInput.taxIdCheck.nullish(),
  taxIdMaxAgeDays: taxTermsInput.taxIdMaxAgeDays.nullish(),
  pricesIncludeTax: taxTermsInput.pricesIncludeTax.nullish(),
  taxCodes: taxTermsInput.taxCodes.nullish(),
  name: freeText(200),
  address: billingAddressInput,
  taxIds: z.array(taxIdInput).max(10, 'At most 10 tax ids are allowed.').nullish(),
  email: emailInput.nullish(),
  invoicePrefix: prefixInput,
  isDefault: z.boolean().nullish(),
  metadata: metadataInput.nullish(),
});

export const updateLegalEntityInput = z.object({
  id: uuidInput,
  taxProvider: taxTermsInput.taxProvider.optional(),
  taxIdCheck: taxTermsInput.taxIdCheck.optional(),
  taxIdMaxAgeDays: taxTermsInput.taxIdMaxAgeDays.optional(),
  pricesIncludeTax: taxTermsInput.pricesIncludeTax.optional(),
  taxCodes: taxTermsInput.taxCodes.optional(),
  name: freeText(200).optional(),
  address: billingAddressInput.optional(),
  taxIds: z.array(taxIdInput).max(10, 'At most 10 tax ids are allowed.').optional(),
  email: emailInput.nullish(),
  invoicePrefix: prefixInput.optional(),
  isDefault: z.literal(true, 'Make another legal entity the default instead.').optional(),
  metadata: metadataInput.optional(),
});

export type ChargeLineInput = z.input<typeof chargeLineInput>;
export type ReplaceInvoiceInput = z.input<typeof replaceInvoiceInput>;
export type AddChargeInput = z.input<typeof addChargeInput>;
export type CreateLegalEntityInput = z.input<typeof createLegalEntityInput>;
export type UpdateLegalEntityInput = z.input<typeof updateLegalEntityInput>;
