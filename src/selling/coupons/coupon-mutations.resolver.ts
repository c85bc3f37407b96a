import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { readId } from '../../platform/id-input.ts';
import { refuseNulls, withoutNulls } from '../../platform/input.ts';
import { archiveCoupon } from './archive-coupon.ts';
import * as requests from './coupons.requests.ts';
import { showCoupon, showDiscount, showPromotionCode } from './coupons.resolver.ts';
import { createCoupon } from './create-coupon.ts';
import { createPromotionCode } from './create-promotion-code.ts';
import { deactivatePromotionCode } from './deactivate-promotion-code.ts';
import { removeDiscount } from './remove-discount.ts';
import { updateCoupon } from './update-coupon.ts';

const coupon = (context: Context) => async (ids: { id: string }) => ({ coupon: await showCoupon(context, ids.id) });
const code = (context: Context) => async (ids: { id: string }) => ({
  promotionCode: await showPromotionCode(context, ids.id),
});

@Resolver()
export class CouponMutationsResolver {
  @Mutation(() => requests.CreateCouponPayload, { description: 'Makes a coupon; what it gives never changes.' })
  async createCoupon(
    @Arg('input', () => requests.CreateCouponFields, { description: 'What it gives, how often, to how many.' })
    input: requests.CreateCouponFields,
    @Ctx() context: Context,
  ): Promise<requests.CreateCouponPayload> {
    requirePermission(context, 'catalog:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'createCoupon', input: values, idempotencyKey },
      async (work) => {
        const planIds = input.planIds?.map((id, index) => readId('plan', id, ['input', 'planIds', String(index)]));
        const wanted = { ...withoutNulls(values), off: withoutNulls({ ...values.off }), planIds };
        return { id: (await createCoupon(work, wanted as Parameters<typeof createCoupon>[1])).id };
      },
      coupon(context),
    );
  }

  @Mutation(() => requests.UpdateCouponPayload, {
    description: 'Changes what a coupon is called, and how often and how long it may be redeemed.',
  })
  async updateCoupon(
    @Arg('input', () => requests.UpdateCouponFields, { description: 'Which one, and what changes.' })
    input: requests.UpdateCouponFields,
    @Ctx() context: Context,
  ): Promise<requests.UpdateCouponPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'updateCoupon', input },
      async (work) => {
        refuseNulls(input, ['name', 'metadata']);
        const id = readId('cpn', input.id, ['input', 'id']);
        await updateCoupon(work, { ...input, id } as Parameters<typeof updateCoupon>[1]);
        return { id };
      },
      coupon(context),
    );
  }

  @Mutation(() => requests.ArchiveCouponPayload, {
    description: 'Nobody is given the coupon any more; who has it keeps it.',
  })
  async archiveCoupon(
    @Arg('input', () => requests.ArchiveCouponInput, { description: 'Which one.' }) input: requests.ArchiveCouponInput,
    @Ctx() context: Context,
  ): Promise<requests.ArchiveCouponPayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'archiveCoupon', input },
      async (work) => ({ id: (await archiveCoupon(work, { id: readId('cpn', input.id, ['input', 'id']) })).id }),
      coupon(context),
    );
  }

  @Mutation(() => requests.CreatePromotionCodePayload, { description: 'Makes a code that customers redeem.' })
  async createPromotionCode(
    @Arg('input', () => requests.CreatePromotionCodeFields, { description: 'The code, and what it leads to.' })
    input: requests.CreatePromotionCodeFields,
    @Ctx() context: Context,
  ): Promise<requests.CreatePromotionCodePayload> {
    requirePermission(context, 'catalog:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'createPromotionCode', input: values, idempotencyKey },
      async (work) => {
        const couponId = readId('cpn', input.couponId, ['input', 'couponId']);
        const wanted = { ...withoutNulls(values), couponId } as Parameters<typeof createPromotionCode>[1];
        return { id: (await createPromotionCode(work, wanted)).id };
      },
      code(context),
    );
  }

  @Mutation(() => requests.DeactivatePromotionCodePayload, { description: 'The code can not be redeemed any more.' })
  async deactivatePromotionCode(
    @Arg('input', () => requests.DeactivatePromotionCodeInput, { description: 'Which one.' })
    input: requests.DeactivatePromotionCodeInput,
    @Ctx() context: Context,
  ): Promise<requests.DeactivatePromotionCodePayload> {
    requirePermission(context, 'catalog:write');
    return runMutation(
      context,
      { operation: 'deactivatePromotionCode', input },
      async (work) => {
        const id = readId('promo', input.id, ['input', 'id']);
        return { id: (await deactivatePromotionCode(work, { id })).id };
      },
      code(context),
    );
  }

  @Mutation(() => requests.RemoveDiscountPayload, {
    description: 'Takes a discount away: what falls due from now on is billed without it.',
  })
  async removeDiscount(
    @Arg('input', () => requests.RemoveDiscountInput, { description: 'Which one.' })
    input: requests.RemoveDiscountInput,
    @Ctx() context: Context,
  ): Promise<requests.RemoveDiscountPayload> {
    requirePermission(context, 'subscriptions:write');
    return runMutation(
      context,
      { operation: 'removeDiscount', input },
      async (work) => ({ id: (await removeDiscount(work, { id: readId('dis', input.id, ['input', 'id']) })).id }),
      async ({ id }) => ({ discount: await showDiscount(context, id) }),
    );
  }
}
