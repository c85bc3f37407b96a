import { invalidState } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { PromotionCodeEntity, type PromotionCodeRow } from './coupons.entities.ts';
import { announceCode } from './coupons.facts.ts';
import { type CreatePromotionCodeInput, promotionCodeSchema } from './coupons.input.ts';
import { lockCoupon } from './lock-coupon.ts';
import { refusePast } from './refuse-past.ts';

/**
 * Makes a code that customers redeem for a coupon, with limits of its own beside the coupon's. NOT_FOUND, INVALID_STATE
 * for an archived coupon, INVALID_INPUT for one that has expired already, ALREADY_EXISTS for a code that is taken in
 * any case of its letters.
 */
export async function createPromotionCode(work: Work, given: CreatePromotionCodeInput): Promise<PromotionCodeRow> {
  const input = readInput(promotionCodeSchema, given);
  await refusePast(work, input.expiresAt, 'expiresAt');
  const coupon = await lockCoupon(work, input.couponId, ['input', 'couponId']);
  if (coupon.archivedAt) throw invalidState('The coupon is archived.', ['input', 'couponId']);
  const at = work.recordedAt;
  const code: PromotionCodeRow = {
    organizationId: work.organizationId,
    id: newId(),
    couponId: coupon.id,
    code: input.code,
    maxRedemptions: input.maxRedemptions ?? null,
    redeemed: 0,
    expiresAt: input.expiresAt ?? null,
    firstPurchaseOnly: input.firstPurchaseOnly,
    minimumAmount: input.minimumAmount?.amountMinor ?? null,
    minimumCurrency: input.minimumAmount?.currency ?? null,
    deactivatedAt: null,
    metadata: input.metadata,
    createdAt: at,
    updatedAt: at,
  };
  work.insert(PromotionCodeEntity, [code]);
  announceCode(work, 'promotion_code.created', code);
  return code;
}
