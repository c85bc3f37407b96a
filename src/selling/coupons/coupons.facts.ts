import type { Work } from '../../platform/work.ts';
import type { CouponRow, DiscountRow, PromotionCodeRow } from './coupons.entities.ts';

export type CouponFact = 'coupon.created' | 'coupon.updated' | 'coupon.archived';
export type PromotionCodeFact = 'promotion_code.created' | 'promotion_code.deactivated';
export type DiscountFact = 'discount.given' | 'discount.ended' | 'discount.restored';

/** Announces what happened to a coupon; the catalog hangs on no account, so it happens by the wall clock. */
export function announceCoupon(
  work: Work,
  type: CouponFact,
  coupon: CouponRow,
  change?: Record<string, unknown>,
): void {
  const { organizationId, id, kind, frequency, archivedAt } = coupon;
  work.announce({
    type,
    organizationId,
    objectType: 'coupon',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { couponId: id, kind, frequency, archived: archivedAt != null },
    ...(change ? { change } : {}),
  });
}

/** Announces what happened to a promotion code. */
export function announceCode(work: Work, type: PromotionCodeFact, code: PromotionCodeRow): void {
  const { organizationId, id, couponId } = code;
  work.announce({
    type,
    organizationId,
    objectType: 'promotion_code',
    objectId: id,
    accountId: null,
    at: work.recordedAt,
    data: { promotionCodeId: id, couponId, active: code.deactivatedAt == null },
  });
}

/** Announces what happened to a discount, at an instant of its account. */
export function announceDiscount(work: Work, type: DiscountFact, discount: DiscountRow, at: Date): void {
  const { organizationId, id, couponId, accountId, status } = discount;
  work.announce({
    type,
    organizationId,
    objectType: 'discount',
    objectId: id,
    accountId,
    at,
    data: {
      discountId: id,
      couponId,
      promotionCodeId: discount.promotionCodeId ?? null,
      accountId,
      subscriptionId: discount.subscriptionId ?? null,
      status,
    },
  });
}
