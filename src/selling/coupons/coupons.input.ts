import { z } from 'zod';
import { freeText, metadataInput } from '../../platform/free-text.ts';
import { findCurrency } from '../../rules/currency.ts';
import { isDecimal, LARGEST_INPUT_MINOR } from '../../rules/money.ts';

const mostPlans = 100;
const mostRedemptions = 2_000_000_000;

const currency = z.string().refine((code) => findCurrency(code) !== undefined, 'A currency code of ISO 4217.');

/** More than nothing, in minor units. */
const amount = z.object({
  amountMinor: z
    .bigint()
    .refine((minor) => minor > 0n && minor <= LARGEST_INPUT_MINOR, 'An amount of 1 to 10^15 minor units.'),
  currency,
});

const percent = z
  .string()
  .refine(
    (text) => isDecimal(text, { maxIntegerDigits: 3, maxFractionDigits: 4 }) && Number(text) > 0 && Number(text) <= 100,
    'A decimal greater than 0 and at most 100, with at most 4 decimals.',
  );

const redemptions = z.int().min(1).max(mostRedemptions);

export const couponSchema = z
  .object({
    name: freeText(200),
    off: z.union([z.object({ amount }).strict(), z.object({ percent }).strict()]),
    frequency: z.enum(['once', 'repeating', 'forever']).default('once'),
    periods: z.int().min(1).max(1200).nullish(),
    planIds: z.array(z.uuid()).min(1).max(mostPlans).nullish(),
    maxRedemptions: redemptions.nullish(),
    redeemBy: z.date().nullish(),
    oncePerAccount: z.boolean().default(true),
    metadata: metadataInput.default({}),
  })
  .superRefine((input, context) => {
    if ((input.frequency === 'repeating') === (input.periods != null)) return;
    const message =
      input.frequency === 'repeating' ? 'A repeating coupon says how often.' : 'Only a repeating coupon has periods.';
    context.addIssue({ code: 'custom', message, path: ['periods'] });
  });

export type CreateCouponInput = z.input<typeof couponSchema>;

/** What of a coupon may change: never what it gives. */
export const couponChangeSchema = z.object({
  id: z.uuid(),
  name: freeText(200).optional(),
  maxRedemptions: redemptions.nullish(),
  redeemBy: z.date().nullish(),
  metadata: metadataInput.optional(),
});

export type UpdateCouponInput = z.input<typeof couponChangeSchema>;

export const promotionCodeSchema = z.object({
  couponId: z.uuid(),
  code: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/, 'Letters, digits, hyphens and underscores, at most 50, in any case.'),
  maxRedemptions: redemptions.nullish(),
  expiresAt: z.date().nullish(),
  firstPurchaseOnly: z.boolean().default(false),
  minimumAmount: amount.nullish(),
  metadata: metadataInput.default({}),
});

export type CreatePromotionCodeInput = z.input<typeof promotionCodeSchema>;

/** Which coupon is given: by its id, or by a code that leads to it. */
export const discountReference = z
  .object({ couponId: z.uuid().nullish(), promotionCode: z.string().min(1).max(50).nullish() })
  .refine(
    (one) => (one.couponId == null) !== (one.promotionCode == null),
    'Exactly one of couponId and promotionCode.',
  );

export type DiscountReference = z.output<typeof discountReference>;

/** Discounts given at once. */
export const mostDiscounts = 10;
