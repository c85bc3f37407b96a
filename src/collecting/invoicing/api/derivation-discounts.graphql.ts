import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { toGlobalId } from '../../../platform/id.ts';
import { DecimalScalar, ExactScalar } from '../../../platform/scalars.ts';
import type * as stored from '../lines/line-derivation.ts';
import { DiscountStepKindEnum } from './derivation.enums.ts';

@ObjectType('ReturnedShare', {
  description:
    'What a line takes back, of what was left of another line and its discount. Amounts are in the main unit of the currency.',
})
export class ReturnedShare {
  @Field(() => ExactScalar, {
    description: 'What is taken back, before discounts: negative; positive where it is billed once more.',
  })
  given!: string;

  @Field(() => ExactScalar, { description: 'What was left of that line for this time, before discounts.' })
  amount!: string;

  @Field(() => ExactScalar, { description: 'What was left of its discount.' })
  discount!: string;
}

@ObjectType('DiscountStep', {
  description:
    'What one discount did to a line. In all, it takes togetherBase × percent ÷ 100, rounded once, half away from zero, or what it offers but no more than togetherBase. The line’s part (exact) is base × percent ÷ 100, and of a fixed amount base × taken ÷ togetherBase: each is rounded down to whole minor units, and as many as are missing to taken go, one each, to the largest remainders, the earlier line first. Returned: the same without the sign, over the discounts of the line taken back, by base × taken ÷ togetherBase. Amounts are in the main unit of the currency.',
})
export class DiscountStep {
  @Field(() => Int, {
    description: 'Its place among the discounts of the invoice: each is taken on what the earlier left.',
  })
  position!: number;

  @Field(() => DiscountStepKindEnum, { description: 'What it takes.' })
  kind!: string;

  @Field(() => ID, { nullable: true, description: 'The discount; null where it is not known of a line taken back.' })
  discountId!: string | null;

  @Field(() => String, { nullable: true, description: 'What the coupon was called then.' })
  couponName!: string | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'Of a percentage: how many percent.' })
  percent!: string | null;

  @Field(() => ExactScalar, {
    nullable: true,
    description: 'Of a fixed amount: what it had to give to this invoice; earlier ones may have used some of it.',
  })
  offered!: string | null;

  @Field(() => ExactScalar, {
    description: 'What earlier discounts left of the line. Returned: what it took of the line taken back.',
  })
  base!: string;

  @Field(() => ExactScalar, {
    description: 'The same of all lines it is for. Returned: what all discounts took of the line taken back.',
  })
  togetherBase!: string;

  @Field(() => ExactScalar, {
    description: 'What is taken of all these lines together. Returned: what goes back of all of them, negative.',
  })
  taken!: string;

  @Field(() => Boolean, { description: 'Whether it offered more than was left: the rest was not given here.' })
  capped!: boolean;

  @Field(() => ExactScalar, { description: 'The line’s part before it was rounded.' })
  exact!: string;

  @Field(() => ExactScalar, { description: 'The line’s part; negative where it goes back.' })
  amount!: string;

  @Field(() => ReturnedShare, {
    nullable: true,
    description:
      'Returned: how much of the discount goes back in all: taken is discount × given ÷ amount, rounded once. Null for the others, and for lines from before this was told.',
  })
  returned!: ReturnedShare | null;
}

/** The API's view of what a discount did to a line. */
export function toDiscountStep({ discountId, left, ...facts }: stored.DiscountStep): DiscountStep {
  const returned = left ? Object.assign(new ReturnedShare(), left) : null;
  return Object.assign(new DiscountStep(), facts, {
    discountId: discountId && toGlobalId('dis', discountId),
    returned,
  });
}
