import { notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import type { CouponRow } from './coupons.entities.ts';
import { couponColumns } from './coupons.rows.ts';

/** The row of a coupon, locked. NOT_FOUND at `path`. */
export async function lockCoupon(work: Work, id: string, path: string[]): Promise<CouponRow> {
  const [row] = await work.rows<CouponRow>(
    `select ${couponColumns('c')} from coupons c where c.organization_id = $1 and c.id = $2 for update`,
    [work.organizationId, id],
  );
  if (!row) throw notFound(path);
  return row;
}
