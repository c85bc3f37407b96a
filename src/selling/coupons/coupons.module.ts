import { type Context, requirePermission } from '../../platform/context.ts';
import type { Module } from '../../platform/module.ts';
import { CouponMutationsResolver } from './coupon-mutations.resolver.ts';
import { CouponEntity, CouponPlanEntity, DiscountEntity, PromotionCodeEntity } from './coupons.entities.ts';
import {
  AccountDiscountsResolver,
  CouponsResolver,
  DiscountsResolver,
  InvoiceDiscountDiscountResolver,
  LineDiscountDiscountResolver,
  PromotionCodesResolver,
  showCoupon,
  showDiscount,
  showPromotionCode,
} from './coupons.resolver.ts';
import { restoreDiscounts } from './restore-discounts.ts';
import { WriteInvoiceResolver } from './write-invoice.resolver.ts';

/** Objects by uuid for `node`. */
function nodesBy(permission: string, show: (context: Context, id: string) => Promise<object | null>) {
  return async (context: Context, ids: readonly string[]): Promise<Map<string, object>> => {
    requirePermission(context, permission);
    const shown = await Promise.all(ids.map(async (id) => [id, await show(context, id)] as const));
    return new Map(shown.flatMap(([id, object]) => (object ? [[id, object] as const] : [])));
  };
}

export const coupons: Module = {
  name: 'coupons',
  entities: [CouponEntity, CouponPlanEntity, PromotionCodeEntity, DiscountEntity],
  resolvers: [
    CouponsResolver,
    PromotionCodesResolver,
    DiscountsResolver,
    AccountDiscountsResolver,
    InvoiceDiscountDiscountResolver,
    LineDiscountDiscountResolver,
    CouponMutationsResolver,
    WriteInvoiceResolver,
  ],
  nodes: {
    cpn: nodesBy('catalog:read', showCoupon),
    promo: nodesBy('catalog:read', showPromotionCode),
    dis: nodesBy('subscriptions:read', showDiscount),
  },
  consequences: {
    'invoice.voided': restoreDiscounts,
    'invoice.updated': restoreDiscounts,
    'invoice.deleted': restoreDiscounts,
  },
  constraints: {
    promotion_codes_code_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'code'],
      message: 'Another promotion code has this text.',
    },
  },
};
