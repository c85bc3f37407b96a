import { z } from 'zod';
import { uuidInput } from '../../accounts/index.ts';
import { countryCodes } from '../../platform/country-codes.ts';
import { freeText, longText, metadataInput } from '../../platform/free-text.ts';
import { readLocalDate } from '../../platform/scalars.ts';
import { isDecimal } from '../../rules/money.ts';

const countries = new Set(countryCodes);

const percentInput = z
  .string()
  .refine(
    (text) =>
      isDecimal(text, { maxIntegerDigits: 3, maxFractionDigits: 6 }) && Number(text) >= 0 && Number(text) <= 100,
    'The percentage must be between 0 and 100 with at most 6 decimals.',
  );

const isDay = (text: string): boolean => {
  try {
    return readLocalDate(text) === text;
  } catch {
    return false;
  }
};
const dayInput = z.string().refine(isDay, 'A day such as 2026-01-31 is expected.');

/** A code of your own for what is sold: `standard`, `reduced`, `books` … */
export const taxCategoryInput = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,49}$/, 'A tax category has 1 to 50 small letters, digits or underscores.');

export const createTaxRateInput = z
  .object({
    name: freeText(100),
    country: z.string().refine((code) => countries.has(code), 'The country must be a code of ISO 3166-1.'),
    region: freeText(100).nullish(),
    jurisdiction: freeText(100)
      .transform((text) => text.trim().toLowerCase())
      .nullish(),
    percent: percentInput,
    inclusive: z.boolean(),
    taxCategory: taxCategoryInput.nullish(),
    validFrom: dayInput.nullish(),
    validTo: dayInput.nullish(),
    metadata: metadataInput.nullish(),
  })
  .refine(({ validFrom, validTo }) => !validFrom || !validTo || validFrom < validTo, {
    message: 'The rate must end after it begins.',
    path: ['validTo'],
  });

export const createTaxRegistrationInput = z
  .object({
    legalEntityId: uuidInput,
    country: z.string().refine((code) => countries.has(code), 'The country must be a code of ISO 3166-1.'),
    region: freeText(100).nullish(),
    scheme: z.enum(['standard', 'oss'], 'This scheme is not known.').nullish(),
    taxId: freeText(40).nullish(),
    validFrom: dayInput.nullish(),
    validTo: dayInput.nullish(),
    metadata: metadataInput.nullish(),
  })
  .refine(({ validFrom, validTo }) => !validFrom || !validTo || validFrom < validTo, {
    message: 'The registration must end after it begins.',
    path: ['validTo'],
  })
  .refine(({ scheme, region }) => scheme !== 'oss' || !region, {
    message: 'The one-stop shop is of a whole country.',
    path: ['region'],
  });

/** What a tax id counts as, said by hand. */
export const decideTaxIdInput = z.object({
  accountId: uuidInput,
  value: z.string().trim().min(2, 'A tax id is expected.').max(40, 'A tax id is expected.'),
  decision: z.enum(['accept', 'treat_as_consumer'], 'This decision is not known.'),
  reason: longText(500),
});

export type DecideTaxIdInput = z.input<typeof decideTaxIdInput>;
export type CreateTaxRegistrationInput = z.input<typeof createTaxRegistrationInput>;
export type CreateTaxRateInput = z.input<typeof createTaxRateInput>;
