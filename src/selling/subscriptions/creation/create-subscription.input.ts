import { z } from 'zod';
import { freeText, metadataInput } from '../../../platform/free-text.ts';
import { isDecimal } from '../../../rules/money.ts';
import { priceModelSchema, priceTermsShape } from '../../catalog/index.ts';
import { discountReference, mostDiscounts } from '../../coupons/index.ts';

/** Items of one subscription, and components of one item that may be given a quantity. */
const mostItems = 20;
const mostComponents = 50;

export const quantityInput = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 12, maxFractionDigits: 6 }) && !text.startsWith('-'),
    'A decimal that is not negative, at most 12 digits before the point and 6 after it.',
  );

const exactlyOne = (fields: Record<string, unknown>) =>
  Object.values(fields).filter((value) => value !== null && value !== undefined).length === 1;

const accountReference = z
  .object({ id: z.uuid().nullish(), externalId: z.string().min(1).max(255).nullish() })
  .refine(exactlyOne, 'Exactly one of id and externalId.');

const planReference = z
  .object({
    id: z.uuid().nullish(),
    externalId: z.string().min(1).max(255).nullish(),
    versionId: z.uuid().nullish(),
  })
  .refine(exactlyOne, 'Exactly one of id, externalId and versionId.');

/** What is paid instead of the price of the plan; checked by the rules once the currency is known. */
const overrideInput = z.object({ model: priceModelSchema, ...priceTermsShape });

export const planItem = z.object({
  plan: planReference,
  quantity: quantityInput.nullish(),
  components: z
    .array(
      z.object({
        component: z.string().min(1).max(63),
        quantity: quantityInput.nullish(),
        price: overrideInput.nullish(),
      }),
    )
    .max(mostComponents)
    .nullish(),
});

export type ItemInput = z.output<typeof planItem>;

export const createSubscriptionSchema = z
  .object({
    account: accountReference,
    items: z.array(planItem).min(1).max(mostItems),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'A currency code of ISO 4217.')
      .nullish(),
    startAt: z.date().nullish(),
    trialDays: z.int().min(0).max(730).nullish(),
    trialEnd: z.date().nullish(),
    anchor: z.enum(['anniversary', 'calendar']).default('anniversary'),
    anchorDayOfMonth: z.int().min(1).max(31).nullish(),
    timeOfDay: z.enum(['anchor', 'midnight']).nullish(),
    collection: z.enum(['automatic', 'manual']).default('automatic'),
    paymentMethodId: z.uuid().nullish(),
    netDays: z.int().min(0).max(365).nullish(),
    legalEntityId: z.uuid().nullish(),
    purchaseOrderNumber: freeText(100).nullish(),
    discounts: z.array(discountReference).max(mostDiscounts).default([]),
    externalId: freeText(255).nullish(),
    metadata: metadataInput.default({}),
  })
  .superRefine((input, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', message, path: [field] });
    if (input.trialDays != null && input.trialEnd != null) refuse('trialEnd', 'Give trialDays or trialEnd, not both.');
    if (input.anchorDayOfMonth != null && input.anchor !== 'calendar') {
      refuse('anchorDayOfMonth', 'Only a calendar anchor has a day of the month.');
    }
  });

export type CreateSubscriptionInput = z.input<typeof createSubscriptionSchema>;
export type CheckedSubscriptionInput = z.output<typeof createSubscriptionSchema>;
