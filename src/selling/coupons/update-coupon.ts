import { invalidInput } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { CouponEntity, type CouponRow } from './coupons.entities.ts';
import { announceCoupon } from './coupons.facts.ts';
import { couponChangeSchema, type UpdateCouponInput } from './coupons.input.ts';
import { lockCoupon } from './lock-coupon.ts';

/**
 * Changes what a coupon is called and how long and how often it may be redeemed; what it gives stays. Null lifts a limit.
 * NOT_FOUND; INVALID_INPUT for a limit below what is redeemed already.
 */
export async function updateCoupon(work: Work, given: UpdateCouponInput): Promise<CouponRow> {
  const { id, ...wanted } = readInput(couponChangeSchema, given);
  const coupon = await lockCoupon(work, id, ['input', 'id']);
  if (wanted.maxRedemptions != null && wanted.maxRedemptions < coupon.redeemed) {
    throw invalidInput(['input', 'maxRedemptions'], `The coupon was redeemed ${coupon.redeemed} times already.`);
  }
  const change: Record<string, { old: unknown; new: unknown }> = {};
  for (const [field, value] of Object.entries(wanted)) {
    const old = coupon[field as keyof CouponRow];
    if (value === undefined || JSON.stringify(old) === JSON.stringify(value)) continue;
    change[field] = { old, new: value };
    Object.assign(coupon, { [field]: value });
  }
  if (Object.keys(change).length === 0) return coupon;
  coupon.updatedAt = work.recordedAt;
  const { organizationId, name, maxRedemptions, redeemBy, metadata, updatedAt } = coupon;
  work.update(CouponEntity, { organizationId, id, name, maxRedemptions, redeemBy, metadata, updatedAt });
  announceCoupon(work, 'coupon.updated', coupon, change);
  return coupon;
}
