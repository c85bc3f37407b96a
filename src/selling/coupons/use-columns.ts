import { type DiscountTerms, type DiscountUse, isUsedUp } from '../../collecting/invoicing/index.ts';
import type { DiscountRow } from './coupons.entities.ts';
import { nextDiscountStatus } from './coupons.lifecycle.ts';

/**
 * The columns of a discount after it was used so far: used up with the invoice that took the last of it, and good again
 * when that one was voided. What was removed stays removed.
 */
export function useColumns(
  row: DiscountRow,
  used: DiscountUse & { terms: DiscountTerms; usedAt: Date | null },
): Pick<DiscountRow, 'status' | 'endedAt' | 'updatedAt' | keyof DiscountUse> {
  const { usedAmount, usedTimes, coveredUntil, periodUsed, backAmount, backCurrency, backUntil, terms, usedAt } = used;
  const over = isUsedUp(terms, used);
  const moves = row.status === 'active' ? over : row.status === 'used_up' && !over;
  const status = moves ? nextDiscountStatus(row.status, over ? 'use_up' : 'give_back') : row.status;
  const endedAt = moves ? (over ? usedAt : null) : (row.endedAt ?? null);
  const use = { usedAmount, usedTimes, coveredUntil, periodUsed, backAmount, backCurrency, backUntil };
  return { status, endedAt, ...use, updatedAt: usedAt ?? row.updatedAt };
}
