import { notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Work } from '../../platform/work.ts';
import { CouponEntity, CouponPlanEntity, type CouponRow } from './coupons.entities.ts';
import { announceCoupon } from './coupons.facts.ts';
import { type CreateCouponInput, couponSchema } from './coupons.input.ts';
import { refusePast } from './refuse-past.ts';

/** Makes a coupon. What it gives is fixed from then on. NOT_FOUND for a plan that there is not, INVALID_INPUT with paths. */
export async function createCoupon(work: Work, given: CreateCouponInput): Promise<CouponRow> {
  const input = readInput(couponSchema, given);
  await refusePast(work, input.redeemBy, 'redeemBy');
  const planIds = [...new Set(input.planIds ?? [])];
  await findPlans(work, planIds);
  const { off } = input;
  const at = work.recordedAt;
  const { organizationId } = work;
  const coupon: CouponRow = {
    organizationId,
    id: newId(),
    name: input.name,
    kind: 'amount' in off ? 'fixed' : 'percentage',
    amount: 'amount' in off ? off.amount.amountMinor : null,
    currency: 'amount' in off ? off.amount.currency : null,
    percent: 'percent' in off ? off.percent : null,
    frequency: input.frequency,
    periods: input.periods ?? null,
    maxRedemptions: input.maxRedemptions ?? null,
    redeemed: 0,
    redeemBy: input.redeemBy ?? null,
    oncePerAccount: input.oncePerAccount,
    archivedAt: null,
    metadata: input.metadata,
    createdAt: at,
    updatedAt: at,
  };
  work.insert(CouponEntity, [coupon]);
  work.insert(
    CouponPlanEntity,
    planIds.map((planId) => ({ organizationId, couponId: coupon.id, planId })),
  );
  announceCoupon(work, 'coupon.created', coupon);
  return coupon;
}

async function findPlans(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await work.rows<{ id: string }>(
    `select p.id from plans p where p.organization_id = $1 and p.id = any($2::uuid[])`,
    [work.organizationId, uuids(ids)],
  );
  const known = new Set(found.map((plan) => plan.id));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing >= 0) throw notFound(['input', 'planIds', String(missing)]);
}
