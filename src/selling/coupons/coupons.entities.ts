import { defineEntity } from '@mikro-orm/core';
import { columns, metadata, type RowOf, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';

export const CouponEntity = defineEntity({
  name: 'Coupon',
  tableName: 'coupons',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    name: columns.text(),
    kind: columns.text(),
    amount: columns.minor().nullable(),
    currency: columns.text().nullable(),
    percent: columns.decimal().nullable(),
    frequency: columns.text(),
    periods: columns.count().nullable(),
    maxRedemptions: columns.count().nullable(),
    redeemed: columns.count(),
    redeemBy: columns.instant().nullable(),
    oncePerAccount: columns.flag(),
    archivedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type CouponRow = RowOf<typeof CouponEntity>;

export const CouponPlanEntity = defineEntity({
  name: 'CouponPlan',
  tableName: 'coupon_plans',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    couponId: columns.uuid().primary(),
    planId: columns.uuid().primary(),
  },
});

export const PromotionCodeEntity = defineEntity({
  name: 'PromotionCode',
  tableName: 'promotion_codes',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    couponId: columns.uuid(),
    code: columns.text(),
    maxRedemptions: columns.count().nullable(),
    redeemed: columns.count(),
    expiresAt: columns.instant().nullable(),
    firstPurchaseOnly: columns.flag(),
    minimumAmount: columns.minor().nullable(),
    minimumCurrency: columns.text().nullable(),
    deactivatedAt: columns.instant().nullable(),
    ...stamps,
    ...metadata,
  },
});

export type PromotionCodeRow = RowOf<typeof PromotionCodeEntity>;

export const DiscountEntity = defineEntity({
  name: 'Discount',
  tableName: 'discounts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    couponId: columns.uuid(),
    promotionCodeId: columns.uuid().nullable(),
    accountId: columns.uuid(),
    subscriptionId: columns.uuid().nullable(),
    status: columns.text(),
    position: columns.count(),
    usedAmount: columns.minor(),
    usedTimes: columns.count(),
    /** The end of the latest service periods that it took off. */
    coveredUntil: columns.instant().nullable(),
    /** What it took of those. */
    periodUsed: columns.minor(),
    /** What came back of it and was not given anew, and its currency. */
    backAmount: columns.minor(),
    backCurrency: columns.text().nullable(),
    /** Until when the time lasted that it came back with. */
    backUntil: columns.instant().nullable(),
    startedAt: columns.instant(),
    endedAt: columns.instant().nullable(),
    /** Redeemed for one invoice alone, and when that was void or gone. */
    oneInvoice: columns.flag(),
    returnedAt: columns.instant().nullable(),
    ...stamps,
  },
});

export type DiscountRow = RowOf<typeof DiscountEntity>;
