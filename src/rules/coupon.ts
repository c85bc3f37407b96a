import type { Discount } from './discount.ts';

/** How often a redeemed coupon gives its discount. */
export type CouponFrequency = 'once' | 'repeating' | 'forever';

/** A redeemed coupon: what it takes off, and how much of it is used. */
export interface RedeemedCoupon {
  readonly discount: Discount;
  readonly frequency: CouponFrequency;
  /** Of a fixed amount given once: what earlier invoices used of it, minor units. */
  readonly usedMinor?: bigint;
  /** Of a repeating coupon: invoices it is still good for. */
  readonly periodsLeft?: number;
}

export interface CouponUse {
  /** Of a fixed amount given once: used so far, and what is left of it; null for the others. */
  readonly usedMinor: bigint | null;
  readonly remainingMinor: bigint | null;
  readonly periodsLeft: number | null;
  /** It gives nothing any more. */
  readonly ended: boolean;
}

/**
 * What a redeemed coupon takes off the next invoice; null once it has ended. A fixed amount given once is worth what earlier
 * invoices left of it; the other kinds are worth the same every time, and what does not fit an invoice is lost.
 * RangeError for a repeating coupon without a count, or for more used than there was. Source: op `invoice.coupon_apply`.
 */
export function nextDiscount(coupon: RedeemedCoupon): Discount | null {
  const { discount, frequency } = coupon;
  const used = checkedUse(coupon);
  if (frequency === 'repeating') return periodsOf(coupon) > 0 ? discount : null;
  if (frequency === 'forever') return discount;
  if (discount.kind === 'percentage') return used > 0n ? null : discount;
  return used < discount.amountMinor ? { ...discount, amountMinor: discount.amountMinor - used } : null;
}

/**
 * A redeemed coupon after an invoice on which it took off `givenMinor` (≥ 0). An invoice that had nothing to discount does
 * not use a coupon up. RangeError for a negative amount or one that is larger than what was left.
 * Source: op `invoice.coupon_apply`.
 */
export function useCoupon(coupon: RedeemedCoupon, givenMinor: bigint): CouponUse {
  const offered = nextDiscount(coupon);
  if (givenMinor < 0n) throw new RangeError('a coupon gives no negative amount');
  if (givenMinor > 0n && (offered === null || (offered.kind === 'fixed' && givenMinor > offered.amountMinor))) {
    throw new RangeError('the coupon has not that much left');
  }
  const after = checkedUse(coupon) + givenMinor;
  const { discount, frequency } = coupon;
  if (frequency === 'once') {
    const remainingMinor = discount.kind === 'fixed' ? discount.amountMinor - after : null;
    return {
      usedMinor: after,
      remainingMinor,
      periodsLeft: null,
      ended: remainingMinor === null ? after > 0n : remainingMinor === 0n,
    };
  }
  const none = { usedMinor: null, remainingMinor: null };
  if (frequency === 'forever') return { ...none, periodsLeft: null, ended: false };
  const periodsLeft = periodsOf(coupon) - (givenMinor > 0n ? 1 : 0);
  return { ...none, periodsLeft, ended: periodsLeft === 0 };
}

function checkedUse(coupon: RedeemedCoupon): bigint {
  const used = coupon.usedMinor ?? 0n;
  if (
    used < 0n ||
    (coupon.discount.kind === 'fixed' && coupon.frequency === 'once' && used > coupon.discount.amountMinor)
  )
    throw new RangeError('more of the coupon was used than there is');
  return used;
}

function periodsOf(coupon: RedeemedCoupon): number {
  const periods = coupon.periodsLeft;
  if (periods === undefined || !Number.isInteger(periods) || periods < 0) {
    throw new RangeError('a repeating coupon counts the invoices it is good for');
  }
  return periods;
}
