import 'reflect-metadata';
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { MoneyInput } from '../../platform/api-types.ts';
import { OneOf } from '../../platform/one-of.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import { Coupon, CouponFrequencyEnum, Discount, PromotionCode } from './coupons.graphql.ts';

const keyText = 'A key of your own that makes a repetition harmless.';

@OneOf()
@InputType('CouponOffInput', { description: 'What a coupon takes off: exactly one of these.' })
export class CouponOffFields {
  @Field(() => MoneyInput, { nullable: true, description: 'An amount, off invoices of its currency.' })
  amount?: MoneyInput | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'A percentage, at most 100, with at most 4 decimals.' })
  percent?: string | null;
}

@InputType('CreateCouponInput', { description: 'What a new coupon gives, how often, and to how many.' })
export class CreateCouponFields {
  @Field(() => String, { description: 'What invoices call it, at most 200 characters.' })
  name!: string;

  @Field(() => CouponOffFields, { description: 'What it takes off.' })
  off!: CouponOffFields;

  @Field(() => CouponFrequencyEnum, { nullable: true, description: 'How often; ONCE if left out.' })
  frequency?: string | null;

  @Field(() => Int, { nullable: true, description: 'Of a repeating one: how many times, 1 to 1,200.' })
  periods?: number | null;

  @Field(() => [ID], { nullable: true, description: 'Only for lines of these plans; for everything if left out.' })
  planIds?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'The most times it may be redeemed.' })
  maxRedemptions?: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when it may be redeemed, by the account’s clock.',
  })
  redeemBy?: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether an account can have it only once; yes if left out.' })
  oncePerAccount?: boolean | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('UpdateCouponInput', {
  description: 'What changes: fields left out stay, null lifts a limit. What a coupon gives never changes.',
})
export class UpdateCouponFields {
  @Field(() => ID, { description: 'The coupon.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'What invoices from now on call it.' })
  name?: string | null;

  @Field(() => Int, { nullable: true, description: 'The most times it may be redeemed, not below what it was.' })
  maxRedemptions?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it may be redeemed.' })
  redeemBy?: Date | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own; they replace all before.' })
  metadata?: Metadata | null;
}

@InputType('ArchiveCouponInput', { description: 'Which coupon is given no more.' })
export class ArchiveCouponInput {
  @Field(() => ID, { description: 'The coupon.' })
  id!: string;
}

@InputType('CreatePromotionCodeInput', { description: 'A code, what it leads to, and its limits.' })
export class CreatePromotionCodeFields {
  @Field(() => ID, { description: 'The coupon that it is redeemed for.' })
  couponId!: string;

  @Field(() => String, {
    description: 'Letters, digits, hyphens and underscores, at most 50; unique in any case of its letters.',
  })
  code!: string;

  @Field(() => Int, { nullable: true, description: 'The most times it may be redeemed; the coupon’s limit holds too.' })
  maxRedemptions?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it expires, by the account’s clock.' })
  expiresAt?: Date | null;

  @Field(() => Boolean, { nullable: true, description: 'Only for accounts that were never billed; no if left out.' })
  firstPurchaseOnly?: boolean | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The least that what is bought must cost a period, before discounts and tax.',
  })
  minimumAmount?: MoneyInput | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: keyText })
  idempotencyKey?: string | null;
}

@InputType('DeactivatePromotionCodeInput', { description: 'Which code is redeemed no more.' })
export class DeactivatePromotionCodeInput {
  @Field(() => ID, { description: 'The code.' })
  id!: string;
}

@OneOf()
@InputType('DiscountReferenceInput', { description: 'Which coupon is given: exactly one of these.' })
export class DiscountReferenceFields {
  @Field(() => ID, { nullable: true, description: 'The coupon itself.' })
  couponId?: string | null;

  @Field(() => String, { nullable: true, description: 'A code that leads to it, its letters in any case.' })
  promotionCode?: string | null;
}

@InputType('RemoveDiscountInput', { description: 'Which discount is taken away.' })
export class RemoveDiscountInput {
  @Field(() => ID, { description: 'The discount.' })
  id!: string;
}

@InputType('CouponFilter', { description: 'Which coupons; all that is given must hold.' })
export class CouponFilter {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case; at least 2 characters.' })
  search?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Only archived ones, or only the others; all if left out.' })
  archived?: boolean | null;
}

@InputType('PromotionCodeFilter', { description: 'Which codes; all that is given must hold.' })
export class PromotionCodeFilter {
  @Field(() => ID, { nullable: true, description: 'Those that lead to this coupon.' })
  couponId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Only active ones, or only the others; all if left out.' })
  active?: boolean | null;
}

@ObjectType({ description: 'The coupon, or why nothing was done.' })
abstract class CouponAnswer extends MutationPayload {
  @Field(() => Coupon, { nullable: true, description: 'The coupon as it is now.' })
  coupon?: Coupon | null;
}

@ObjectType('CreateCouponPayload', { description: 'The new coupon, or why none was made.' })
export class CreateCouponPayload extends CouponAnswer {}

@ObjectType('UpdateCouponPayload', { description: 'The changed coupon, or why nothing was changed.' })
export class UpdateCouponPayload extends CouponAnswer {}

@ObjectType('ArchiveCouponPayload', { description: 'The archived coupon, or why it was not archived.' })
export class ArchiveCouponPayload extends CouponAnswer {}

@ObjectType({ description: 'The code, or why nothing was done.' })
abstract class PromotionCodeAnswer extends MutationPayload {
  @Field(() => PromotionCode, { nullable: true, description: 'The code as it is now.' })
  promotionCode?: PromotionCode | null;
}

@ObjectType('CreatePromotionCodePayload', { description: 'The new code, or why none was made.' })
export class CreatePromotionCodePayload extends PromotionCodeAnswer {}

@ObjectType('DeactivatePromotionCodePayload', { description: 'The inactive code, or why it was not deactivated.' })
export class DeactivatePromotionCodePayload extends PromotionCodeAnswer {}

@ObjectType('RemoveDiscountPayload', { description: 'The removed discount, or why it was not removed.' })
export class RemoveDiscountPayload extends MutationPayload {
  @Field(() => Discount, { nullable: true, description: 'The discount as it is now.' })
  discount?: Discount | null;
}
