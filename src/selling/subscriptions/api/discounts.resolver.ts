import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { readOptionalId } from '../../../platform/id-input.ts';
import { Discount, discountsOfSubscriptionLoader, showDiscount, toDiscount } from '../../coupons/index.ts';
import { applyCoupon } from '../creation/apply-coupon.ts';
import { ApplyCouponFields, ApplyCouponPayload } from './apply-coupon.requests.ts';
import { readDiscount } from './read-creation.ts';
import { Subscription } from './subscriptions.graphql.ts';
import { showSubscription } from './subscriptions.resolver.ts';

@Resolver(() => Subscription)
export class SubscriptionDiscountsResolver {
  @FieldResolver(() => [Discount], { description: 'What it was given, in the order in which it is taken.' })
  async discounts(@Root() subscription: Subscription, @Ctx() context: Context): Promise<Discount[]> {
    return (await discountsOfSubscriptionLoader(context).load(subscription.uuid)).map(toDiscount);
  }

  @Mutation(() => ApplyCouponPayload, {
    description: 'Gives a coupon to an account or a subscription, to be taken off what falls due from now on.',
  })
  async applyCoupon(
    @Arg('input', () => ApplyCouponFields, { description: 'Which one, and to whom.' }) input: ApplyCouponFields,
    @Ctx() context: Context,
  ): Promise<ApplyCouponPayload> {
    requirePermission(context, 'subscriptions:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'applyCoupon', input: values, idempotencyKey },
      (work) => {
        const path = ['input', 'target'];
        const { accountId, subscriptionId } = input.target;
        return applyCoupon(work, {
          accountId: readOptionalId('acc', accountId, [...path, 'accountId']),
          subscriptionId: readOptionalId('sub', subscriptionId, [...path, 'subscriptionId']),
          discount: readDiscount(input.discount, ['input', 'discount']),
        });
      },
      async ({ id }) => ({ discount: await showDiscount(context, id) }),
    );
  }
}

@Resolver(() => Discount)
export class DiscountSubscriptionResolver {
  @FieldResolver(() => Subscription, {
    nullable: true,
    description: 'The one subscription that it is for; null if it is for the whole account.',
  })
  async subscription(@Root() discount: Discount, @Ctx() context: Context): Promise<Subscription | null> {
    return discount.subscriptionUuid ? showSubscription(context, discount.subscriptionUuid) : null;
  }
}
