import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { OneOf } from '../../../platform/one-of.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { Discount, DiscountReferenceFields } from '../../coupons/index.ts';

@OneOf()
@InputType('DiscountTargetInput', { description: 'Whom a coupon is given to: exactly one of these.' })
export class DiscountTargetFields {
  @Field(() => ID, { nullable: true, description: 'An account, for all its lines.' })
  accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'One subscription, for its lines alone.' })
  subscriptionId?: string | null;
}

@InputType('ApplyCouponInput', { description: 'Which coupon, and to whom.' })
export class ApplyCouponFields {
  @Field(() => DiscountTargetFields, { description: 'To whom.' })
  target!: DiscountTargetFields;

  @Field(() => DiscountReferenceFields, { description: 'Which coupon, by its id or by a code.' })
  discount!: DiscountReferenceFields;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType('ApplyCouponPayload', { description: 'The discount, or why none was given.' })
export class ApplyCouponPayload extends MutationPayload {
  @Field(() => Discount, { nullable: true, description: 'What was given.' })
  discount?: Discount | null;
}
