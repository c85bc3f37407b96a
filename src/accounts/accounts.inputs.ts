import { z } from 'zod';
import { countryCodes } from '../platform/country-codes.ts';
import { freeText, longText, metadataInput } from '../platform/free-text.ts';
import { isUuid } from '../platform/id.ts';
import { CurrencyCode, EmailAddressScalar, readLocalDate, readTimeZone } from '../platform/scalars.ts';
import { checkTaxId } from '../rules/tax-id.ts';
import { roles } from './permissions.ts';

const reads = (read: (text: string) => unknown) => (text: string) => {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
};

const currencies = new Set<string>(Object.keys(CurrencyCode));
const countries = new Set<string>(countryCodes);

export const uuidInput = z.string().refine(isUuid, 'This is not an id.');
export const currencyInput = z.string().refine((code) => currencies.has(code), 'The currency is not one of ISO 4217.');
export const timezoneInput = z
  .string()
  .refine(reads(readTimeZone), 'The time zone must be an IANA name such as Europe/Vienna.');
export const emailInput = z
  .string()
  .trim()
  .refine(
    reads((text) => EmailAddressScalar.parseValue(text)),
    'An e-mail address is expected.',
  );
export const netDaysInput = z
  .number()
  .int('Whole days are expected.')
  .min(0, 'The days may not be negative.')
  .max(365, 'At most 365 days are allowed.');

export const graceDaysInput = z
  .number()
  .int('Whole days are expected.')
  .min(0, 'The days may not be negative.')
  .max(60, 'At most 60 days are allowed.');
export const purchaseOrderInput = freeText(100);
export const customFieldsInput = z
  .array(z.object({ name: freeText(40), value: freeText(200) }))
  .max(10, 'At most 10 fields are allowed.')
  .refine((fields) => new Set(fields.map(({ name }) => name)).size === fields.length, 'Each field needs its own name.');
export const billingPolicies = ['self', 'parent_pays', 'parent_invoiced'] as const;
const policyInput = z.enum(billingPolicies, 'This policy is not known.');

/** BCP 47, in its canonical form. */
const localeInput = z
  .string()
  .max(35, 'At most 35 characters are allowed.')
  .transform((tag, context) => {
    try {
      return Intl.getCanonicalLocales(tag)[0]!;
    } catch {
      context.addIssue({ code: 'custom', message: 'The locale must be a BCP 47 tag such as de-AT.' });
      return z.NEVER;
    }
  });

const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);

export const billingAddressInput = z.object({
  line1: orNull(freeText(200)),
  line2: orNull(freeText(200)),
  city: orNull(freeText(100)),
  region: orNull(freeText(100)),
  postalCode: orNull(freeText(20)),
  country: z.string().refine((code) => countries.has(code), 'The country must be a code of ISO 3166-1.'),
});

export const taxIdTypes = {
  EU_VAT: 'VAT number of a member state of the European Union.',
  GB_VAT: 'VAT number of the United Kingdom.',
  CH_VAT: 'VAT number of Switzerland.',
  NO_VAT: 'VAT number of Norway.',
  US_EIN: 'Employer identification number of the United States.',
  CA_GST: 'GST/HST number of Canada.',
  AU_ABN: 'Business number of Australia.',
  IN_GST: 'GST number of India.',
  BR_CNPJ: 'CNPJ of Brazil.',
  OTHER: 'Any other.',
} as const;

/** Types whose numbers can be checked offline, with the country that a number without a prefix is of; null: it has a prefix. */
const checkedCountries: Readonly<Record<string, string | null>> = {
  EU_VAT: null,
  GB_VAT: 'GB',
  CH_VAT: 'CH',
  NO_VAT: 'NO',
  AU_ABN: 'AU',
};

export const taxIdInput = z
  .object({
    type: z.enum(Object.keys(taxIdTypes) as (keyof typeof taxIdTypes)[], 'This type of tax id is not known.'),
    value: z
      .string()
      .trim()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9 ./-]{1,39}$/,
        'A tax id has 2 to 40 letters, digits, spaces, dots, slashes or dashes.',
      ),
  })
  .refine(
    ({ type, value }) => {
      const country = checkedCountries[type];
      if (country === undefined) return true;
      const checked = checkTaxId(value, country ?? undefined);
      return checked.valid && checked.scheme === type.toLowerCase();
    },
    { message: 'This is no number of its kind: its form or its check digits are wrong.', path: ['value'] },
  )
  .transform(({ type, value }) => ({ type, value: writtenTaxId(type, value) }));

/** As documents show it and registers are asked: upper case, with its prefix, without separators; others as they were given. */
function writtenTaxId(type: keyof typeof taxIdTypes, value: string): string {
  const country = checkedCountries[type];
  if (country === undefined) return value;
  const checked = checkTaxId(value, country ?? undefined);
  return checked.valid ? checked.value : value;
}

const dayInput = z.string().refine(
  reads((text) => {
    if (readLocalDate(text) !== text) throw new RangeError('not a day');
  }),
  'A day such as 2026-01-31 is expected.',
);

/** Why an account is exempt from tax, and when. */
const taxExemptionInput = z
  .object({
    reason: orNull(longText(500)),
    certificate: orNull(freeText(100)),
    validFrom: orNull(dayInput),
    validTo: orNull(dayInput),
  })
  .refine(({ validFrom, validTo }) => !validFrom || !validTo || validFrom < validTo, {
    message: 'The exemption must end after it begins.',
    path: ['validTo'],
  });

/** What an account can be told at any time. */
const changeable = {
  externalId: freeText(255).nullish(),
  email: emailInput.nullish(),
  billingAddress: billingAddressInput.nullish(),
  billToAccountId: uuidInput.nullish(),
  netDays: netDaysInput.nullish(),
  invoiceGraceDays: graceDaysInput.nullish(),
  legalEntityId: uuidInput.nullish(),
  purchaseOrderNumber: purchaseOrderInput.nullish(),
  parentAccountId: uuidInput.nullish(),
};

export const createAccountInput = z.object({
  ...changeable,
  name: freeText(200),
  currency: currencyInput.nullish(),
  timezone: timezoneInput.nullish(),
  locale: localeInput.nullish(),
  taxIds: z.array(taxIdInput).max(10, 'At most 10 tax ids are allowed.').nullish(),
  taxExempt: z.boolean().nullish(),
  taxExemption: taxExemptionInput.nullish(),
  testClockId: uuidInput.nullish(),
  customFields: customFieldsInput.nullish(),
  billingPolicy: policyInput.nullish(),
  metadata: metadataInput.nullish(),
});

export const updateAccountInput = z.object({
  ...changeable,
  name: freeText(200).optional(),
  currency: currencyInput.optional(),
  timezone: timezoneInput.optional(),
  locale: localeInput.optional(),
  taxIds: z.array(taxIdInput).max(10, 'At most 10 tax ids are allowed.').optional(),
  taxExempt: z.boolean().optional(),
  taxExemption: taxExemptionInput.nullish(),
  customFields: customFieldsInput.optional(),
  billingPolicy: policyInput.optional(),
  metadata: metadataInput.optional(),
});

export const createOrganizationInput = z.object({
  id: uuidInput,
  name: freeText(200),
  mode: z.enum(['live', 'sandbox'], 'The mode is live or sandbox.'),
  timezone: timezoneInput.nullish(),
  defaultCurrency: currencyInput,
  metadata: metadataInput.nullish(),
});

export const updateOrganizationInput = z.object({
  name: freeText(200).optional(),
  timezone: timezoneInput.optional(),
  defaultCurrency: currencyInput.optional(),
  netDays: netDaysInput.optional(),
  invoiceGraceDays: graceDaysInput.optional(),
  invoiceGrouping: z
    .enum(['account', 'subscription'], 'Invoices are grouped by account or by subscription.')
    .optional(),
  trialReminderDays: z.int().min(0).max(60).optional(),
  dunningFinalAction: z.enum(['none', 'cancel', 'mark_uncollectible'], 'This final action is not known.').optional(),
  metadata: metadataInput.optional(),
});

/** NIST SP 800-63B: length counts, rules of composition do not; the upper bound keeps hashing cheap to ask for. */
export const passwordInput = z
  .string()
  .min(12, 'A password needs at least 12 characters.')
  .max(200, 'A password may have at most 200 characters.');

export const createMemberInput = z.object({
  email: emailInput,
  name: freeText(200),
  role: z.enum(roles, 'This role is not known.'),
  metadata: metadataInput.nullish(),
});

export const updateMemberInput = z.object({
  name: freeText(200).optional(),
  role: z.enum(roles, 'This role is not known.').optional(),
  metadata: metadataInput.optional(),
});

export type CreateAccountInput = z.input<typeof createAccountInput>;
export type UpdateAccountInput = z.input<typeof updateAccountInput>;
export type CreateOrganizationInput = z.input<typeof createOrganizationInput>;
export type UpdateOrganizationInput = z.input<typeof updateOrganizationInput>;
export type CreateMemberInput = z.input<typeof createMemberInput>;
export type UpdateMemberInput = z.input<typeof updateMemberInput>;
