import { lockAccount } from '../../accounts/index.ts';
import { notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import { DiscountEntity, type DiscountRow } from './coupons.entities.ts';
import { announceDiscount } from './coupons.facts.ts';
import { nextDiscountStatus } from './coupons.lifecycle.ts';
import { discountColumns } from './coupons.rows.ts';

/**
 * Takes a discount away from now on: what falls due after this instant is billed without it, what fell due before keeps it,
 * however late it is billed. Its place among the redemptions stays taken. NOT_FOUND; INVALID_STATE unless it is active.
 */
export async function removeDiscount(work: Work, input: { id: string }): Promise<DiscountRow> {
  const path = ['input', 'id'];
  const [found] = await work.rows<{ account_id: string }>(
    `select d.account_id from discounts d where d.organization_id = $1 and d.id = $2`,
    [work.organizationId, input.id],
  );
  if (!found) throw notFound(path);
  const account = await lockAccount(work, found.account_id, path);
  const [row] = await work.rows<DiscountRow>(
    `select ${discountColumns('d')} from discounts d where d.organization_id = $1 and d.id = $2 for update`,
    [work.organizationId, input.id],
  );
  if (!row) throw notFound(path);
  const status = nextDiscountStatus(row.status, 'remove', path);
  const at = account.now;
  Object.assign(row, { status, endedAt: at, updatedAt: at });
  work.update(DiscountEntity, { organizationId: row.organizationId, id: row.id, status, endedAt: at, updatedAt: at });
  announceDiscount(work, 'discount.ended', row, at);
  return row;
}
