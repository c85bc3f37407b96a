import type { LockedAccount } from '../../accounts/index.ts';
import { currencyMismatch, DomainError, invalidState } from '../../platform/errors.ts';
import type { CouponRow, PromotionCodeRow } from './coupons.entities.ts';

/** What coupons are given for: a subscription that costs so much a period, or an account of which nothing is known. */
export interface Purchase {
  currency: string | null;
  /** Minor units of one period before discounts and tax; null where nothing is bought. */
  amount: bigint | null;
  priceIds: readonly string[] | null;
}

interface Redeeming {
  account: Pick<LockedAccount, 'now'>;
  purchase: Purchase;
}

const taken = (path: string[]) => new DomainError('LIMIT_EXCEEDED', 'It was redeemed as often as it may be.', { path });
const isPast = (limit: Date | null | undefined, now: Date) => limit != null && limit.getTime() <= now.getTime();

/**
 * Whether a locked coupon may be given, at the instant of the account. INVALID_STATE for one that is archived, too late or
 * for other plans, LIMIT_EXCEEDED without a place left, CURRENCY_MISMATCH for an amount that could never be taken off.
 */
export function checkCoupon(
  coupon: CouponRow & { priceIds: readonly string[] | null },
  { account, purchase }: Redeeming,
  path: string[],
): void {
  if (coupon.archivedAt) throw invalidState('The coupon is archived.', path);
  if (isPast(coupon.redeemBy, account.now)) throw invalidState('The coupon can not be redeemed any more.', path);
  if (coupon.maxRedemptions != null && coupon.redeemed >= coupon.maxRedemptions) throw taken(path);
  if (coupon.currency && purchase.currency && coupon.currency !== purchase.currency) {
    throw currencyMismatch(path, `The coupon is in ${coupon.currency}, the purchase in ${purchase.currency}.`);
  }
  const { priceIds } = coupon;
  if (priceIds && purchase.priceIds && !purchase.priceIds.some((id) => priceIds.includes(id))) {
    throw invalidState('The coupon is for other plans.', path);
  }
}

/** Whether a locked code may be redeemed. INVALID_STATE, LIMIT_EXCEEDED, AMOUNT_TOO_SMALL, CURRENCY_MISMATCH. */
export function checkCode(
  code: PromotionCodeRow,
  { account, purchase }: Redeeming,
  hasBought: boolean,
  path: string[],
): void {
  if (code.deactivatedAt) throw invalidState('The code is not active.', path);
  if (isPast(code.expiresAt, account.now)) throw invalidState('The code has expired.', path);
  if (code.maxRedemptions != null && code.redeemed >= code.maxRedemptions) throw taken(path);
  if (code.firstPurchaseOnly && hasBought) throw invalidState('The code is for a first purchase.', path);
  if (code.minimumAmount == null) return;
  if (purchase.amount === null) throw invalidState('The code is for a purchase of a minimum amount.', path);
  if (purchase.currency !== code.minimumCurrency) {
    throw currencyMismatch(path, `The minimum of the code is in ${code.minimumCurrency}.`);
  }
  if (purchase.amount < code.minimumAmount) {
    throw new DomainError('AMOUNT_TOO_SMALL', 'The purchase is below the minimum of the code.', { path });
  }
}
