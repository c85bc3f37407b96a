import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../accounts/index.ts';
import { InvoiceDiscountShown, InvoiceLineDiscount } from '../../collecting/invoicing/index.ts';
import { Money, money } from '../../platform/api-types.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { badUserInput } from '../../platform/errors.ts';
import { fromGlobalId } from '../../platform/id.ts';
import { idToFind } from '../../platform/id-input.ts';
import { type Page, PageArguments } from '../../platform/pagination.ts';
import { Plan, showPlan } from '../catalog/index.ts';
import {
  Coupon,
  CouponConnection,
  Discount,
  DiscountConnection,
  PromotionCode,
  PromotionCodeConnection,
  toCoupon,
  toDiscount,
  toPromotionCode,
} from './coupons.graphql.ts';
import {
  codeByText,
  codeLoader,
  codesPage,
  couponLoader,
  couponsPage,
  discountLoader,
  discountsOfAccount,
  plansOfCouponLoader,
} from './coupons.queries.ts';
import { CouponFilter, PromotionCodeFilter } from './coupons.requests.ts';

/** The API's view of a coupon by uuid. */
export async function showCoupon(context: Context, uuid: string): Promise<Coupon | null> {
  const row = await couponLoader(context).load(uuid);
  return row && toCoupon(row);
}

/** The API's view of a promotion code by uuid. */
export async function showPromotionCode(context: Context, uuid: string): Promise<PromotionCode | null> {
  const row = await codeLoader(context).load(uuid);
  return row && toPromotionCode(row);
}

/** The API's view of a discount by uuid. */
export async function showDiscount(context: Context, uuid: string): Promise<Discount | null> {
  const row = await discountLoader(context).load(uuid);
  return row && toDiscount(row);
}

@Resolver(() => Coupon)
export class CouponsResolver {
  @Query(() => Coupon, { nullable: true, description: 'One coupon; null if there is none.' })
  async coupon(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Coupon | null> {
    requirePermission(context, 'catalog:read');
    const uuid = fromGlobalId('cpn', id);
    return uuid ? showCoupon(context, uuid) : null;
  }

  @Query(() => CouponConnection, { description: 'The coupons of the organization, the newest first.' })
  async coupons(
    @Arg('filter', () => CouponFilter, { nullable: true, description: 'Which of them.' }) filter: CouponFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Coupon>> {
    requirePermission(context, 'catalog:read');
    if (filter?.search != null && filter.search.length < 2) {
      throw badUserInput(['filter', 'search'], 'At least 2 characters are needed.');
    }
    return (await couponsPage(context, filter ?? {}, page)).map(toCoupon);
  }

  @FieldResolver(() => [Plan], { description: 'The plans that it is limited to; empty if it is for everything.' })
  async plans(@Root() coupon: Coupon, @Ctx() context: Context): Promise<Plan[]> {
    const ids = await plansOfCouponLoader(context).load(coupon.uuid);
    const plans = await Promise.all(ids.map((id) => showPlan(context, id)));
    return plans.filter((plan) => plan !== null);
  }

  @FieldResolver(() => PromotionCodeConnection, { description: 'The codes that lead to it, the newest first.' })
  async promotionCodes(
    @Root() coupon: Coupon,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<PromotionCode>> {
    return (await codesPage(context, { couponId: coupon.uuid }, page)).map(toPromotionCode);
  }
}

@Resolver(() => PromotionCode)
export class PromotionCodesResolver {
  @Query(() => PromotionCode, {
    nullable: true,
    description: 'One promotion code, by its id or its text (exactly one of them); null if there is none.',
  })
  async promotionCode(
    @Arg('id', () => ID, { nullable: true, description: 'Its id.' }) id: string | null,
    @Arg('code', () => String, { nullable: true, description: 'Its text, the letters in any case.' })
    code: string | null,
    @Ctx() context: Context,
  ): Promise<PromotionCode | null> {
    requirePermission(context, 'catalog:read');
    if ((id == null) === (code == null)) throw badUserInput(['id'], 'Give the id or the code.');
    if (code != null) {
      const row = await codeByText(context, code);
      return row && toPromotionCode(row);
    }
    const uuid = fromGlobalId('promo', id ?? '');
    return uuid ? showPromotionCode(context, uuid) : null;
  }

  @Query(() => PromotionCodeConnection, { description: 'The promotion codes of the organization, the newest first.' })
  async promotionCodes(
    @Arg('filter', () => PromotionCodeFilter, { nullable: true, description: 'Which of them.' })
    filter: PromotionCodeFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<PromotionCode>> {
    requirePermission(context, 'catalog:read');
    const values = { couponId: idToFind('cpn', filter?.couponId), active: filter?.active };
    return (await codesPage(context, values, page)).map(toPromotionCode);
  }

  @FieldResolver(() => Coupon, { description: 'The coupon that it is redeemed for.' })
  async coupon(@Root() code: PromotionCode, @Ctx() context: Context): Promise<Coupon> {
    return (await showCoupon(context, code.couponUuid))!;
  }
}

@Resolver(() => Discount)
export class DiscountsResolver {
  @Query(() => Discount, { nullable: true, description: 'One discount; null if there is none.' })
  async discount(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Discount | null> {
    requirePermission(context, 'subscriptions:read');
    const uuid = fromGlobalId('dis', id);
    return uuid ? showDiscount(context, uuid) : null;
  }

  @FieldResolver(() => Coupon, { nullable: true, description: 'What it gives.' })
  async coupon(@Root() discount: Discount, @Ctx() context: Context): Promise<Coupon | null> {
    requirePermission(context, 'catalog:read');
    return showCoupon(context, discount.couponUuid);
  }

  @FieldResolver(() => PromotionCode, { nullable: true, description: 'The code that was redeemed for it.' })
  async promotionCode(@Root() discount: Discount, @Ctx() context: Context): Promise<PromotionCode | null> {
    if (!discount.promotionCodeUuid) return null;
    requirePermission(context, 'catalog:read');
    return showPromotionCode(context, discount.promotionCodeUuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'Whose it is.' })
  async account(@Root() discount: Discount, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, discount.accountUuid);
  }

  @FieldResolver(() => Money, { nullable: true, description: 'Of an amount: what invoices took so far.' })
  async usedAmount(@Root() discount: Discount, @Ctx() context: Context): Promise<Money | null> {
    const coupon = await couponLoader(context).load(discount.couponUuid);
    return coupon?.currency ? money(discount.usedMinor, coupon.currency) : null;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Of a repeating one: how many times are left.' })
  async periodsLeft(@Root() discount: Discount, @Ctx() context: Context): Promise<number | null> {
    const coupon = await couponLoader(context).load(discount.couponUuid);
    return coupon?.periods == null ? null : Math.max(0, coupon.periods - discount.usedTimes);
  }
}

@Resolver(() => Account)
export class AccountDiscountsResolver {
  @FieldResolver(() => DiscountConnection, {
    description: 'What it was given, for all its lines or for one of its subscriptions, the newest first.',
  })
  async discounts(
    @Root() account: Account,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Discount>> {
    requirePermission(context, 'subscriptions:read');
    return (await discountsOfAccount(context, account.uuid, page)).map(toDiscount);
  }
}

@Resolver(() => InvoiceDiscountShown)
export class InvoiceDiscountDiscountResolver {
  @FieldResolver(() => Discount, {
    nullable: true,
    description: 'The discount that it was taken of; null for one by hand.',
  })
  async discount(@Root() taken: InvoiceDiscountShown, @Ctx() context: Context): Promise<Discount | null> {
    requirePermission(context, 'subscriptions:read');
    return taken.discountUuid ? showDiscount(context, taken.discountUuid) : null;
  }
}

@Resolver(() => InvoiceLineDiscount)
export class LineDiscountDiscountResolver {
  @FieldResolver(() => Discount, {
    nullable: true,
    description: 'The discount that it was taken of; null for one by hand.',
  })
  async discount(@Root() taken: InvoiceLineDiscount, @Ctx() context: Context): Promise<Discount | null> {
    requirePermission(context, 'subscriptions:read');
    return taken.discountUuid ? showDiscount(context, taken.discountUuid) : null;
  }
}
