import { invalidState } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import { CouponEntity, type CouponRow } from './coupons.entities.ts';
import { announceCoupon } from './coupons.facts.ts';
import { lockCoupon } from './lock-coupon.ts';

/** Nobody is given it any more, by id or by code; who has it keeps it. NOT_FOUND; INVALID_STATE if it is archived. */
export async function archiveCoupon(work: Work, input: { id: string }): Promise<CouponRow> {
  const coupon = await lockCoupon(work, input.id, ['input', 'id']);
  if (coupon.archivedAt) throw invalidState('The coupon is archived already.', ['input', 'id']);
  const at = work.recordedAt;
  Object.assign(coupon, { archivedAt: at, updatedAt: at });
  work.update(CouponEntity, { organizationId: coupon.organizationId, id: coupon.id, archivedAt: at, updatedAt: at });
  announceCoupon(work, 'coupon.archived', coupon, { archivedAt: { old: null, new: at } });
  return coupon;
}
