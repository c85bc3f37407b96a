import { nextDiscount, type RedeemedCoupon } from '../../../rules/coupon.ts';
import type { Discount } from '../../../rules/discount.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';

/** What a discount takes off, and of which lines: kept with each invoice, so that a draft can be computed anew. */
export interface DiscountTerms {
  kind: 'fixed' | 'percentage';
  /** Of a fixed one: minor units as text, and their currency. */
  amount: string | null;
  currency: string | null;
  percent: string | null;
  frequency: RedeemedCoupon['frequency'];
  /** How many times a repeating one is given. */
  periods: number | null;
  /** Lines of this account (null: of any), and of this subscription if it names one. */
  accountId: string | null;
  subscriptionId: string | null;
  /** Only lines of these prices; null for all lines. */
  priceIds: string[] | null;
  /** Only these lines: of a discount by hand, or of lines that wait for the next invoice and took it when they came. */
  lineIds?: string[];
  /** Not these lines: they had waited for this invoice, and took what was theirs before. */
  exceptLineIds?: string[];
  /** It lasts to the end of the periods of this invoice, which goes on with time that it covered, and was no other time for that. */
  prolongs?: boolean;
  /** A shorter period took the place of time that it covered: it lasts to the end of that one only. */
  shortens?: boolean;
  /** Until when the time lasted that was given back here, of what is there for later. */
  backUntil?: string;
  /** Of an invoice that replaces another one: the discount of the first, whose place among its times it has. */
  replaces?: string;
}

/** How far a discount is used. */
export interface DiscountUse {
  /** Minor units taken, less what came back. */
  usedAmount: bigint;
  /** Times it counts as given. */
  usedTimes: number;
  /** The end of the latest service periods that it took off: another invoice of the same time is not another time. */
  coveredUntil: Date | null;
  /** What it took of those periods, less what came back and is not kept for later: a fixed amount is worth so much less within them. */
  periodUsed: bigint;
  /** What came back with time that was given back, and was not given anew (`keepsBack`): minor units of `backCurrency`, never negative. */
  backAmount: bigint;
  /** Null as long as nothing came back of it; whatever took that anew may give it back later than what it covers. */
  backCurrency: string | null;
  /** Until when the time lasted that it came back with: where that is not what was covered last, it changes nothing of it. */
  backUntil: Date | null;
}

/**
 * A discount that invoices draw on: one object serves all requests of a batch that share it, and each invoice uses it up
 * in its turn, so that a late run gives what a punctual one would have given.
 */
export interface InvoiceDiscount extends DiscountUse {
  /** Null for what is taken off by hand. */
  readonly id: string | null;
  /** Of the line in this place alone. */
  readonly line?: number;
  readonly couponName: string;
  readonly terms: DiscountTerms;
  /** In force at the instants of [startedAt, endedAt). */
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** The instant of the last invoice of this batch that took of it. */
  usedAt: Date | null;
}

/** Nothing of a discount is used. */
export const unusedDiscount: Readonly<DiscountUse> = {
  ...{ usedAmount: 0n, usedTimes: 0, coveredUntil: null, periodUsed: 0n },
  ...{ backAmount: 0n, backCurrency: null, backUntil: null },
};

/** Whether it is given at an instant. */
export function isInForce({ startedAt, endedAt }: Pick<InvoiceDiscount, 'startedAt' | 'endedAt'>, at: Date): boolean {
  return startedAt.getTime() <= at.getTime() && (endedAt === null || at.getTime() < endedAt.getTime());
}

/** The lines it may take off, of those that have something left. Indexes. */
export function linesFor(terms: DiscountTerms, lines: readonly InvoiceLineRow[], left: readonly bigint[]): number[] {
  const { accountId, subscriptionId, priceIds, lineIds, exceptLineIds } = terms;
  return lines.flatMap((line, index) => {
    if (left[index]! <= 0n || (accountId !== null && line.accountId !== accountId)) return [];
    if (subscriptionId !== null && line.subscriptionId !== subscriptionId) return [];
    if ((lineIds && !lineIds.includes(line.id)) || exceptLineIds?.includes(line.id)) return [];
    if (priceIds !== null && (!line.priceId || !priceIds.includes(line.priceId))) return [];
    return [index];
  });
}

/** The discount as the rules know it, with what is used of it. */
function redeemed(terms: DiscountTerms, use: Pick<DiscountUse, 'usedAmount' | 'usedTimes'>): RedeemedCoupon {
  const { frequency, periods } = terms;
  const discount = whole(terms);
  if (frequency !== 'repeating') return { discount, frequency, usedMinor: capped(use.usedAmount, discount) };
  return { discount, frequency, periodsLeft: Math.max(0, (periods ?? 0) - use.usedTimes) };
}

/**
 * Whether what comes back of it is kept for later times. An amount given once is what was not used of it; and what is given forever
 * is given to every time anyway.
 */
export const keepsBack = ({ kind, frequency }: Pick<DiscountTerms, 'kind' | 'frequency'>): boolean =>
  frequency === 'repeating' || (frequency === 'once' && kind === 'percentage');

/** Whether it gives nothing any more, but on further invoices of a time that it has covered. */
export function isUsedUp(
  terms: DiscountTerms,
  use: Pick<DiscountUse, 'usedAmount' | 'usedTimes' | 'backAmount'>,
): boolean {
  return use.backAmount === 0n && isGivenOut(terms, use);
}

/** Whether it has been given as often as it is; what came back of it may be left. */
export function isGivenOut(terms: DiscountTerms, use: Pick<DiscountUse, 'usedAmount' | 'usedTimes'>): boolean {
  if (terms.frequency === 'once' && terms.kind === 'percentage') return use.usedTimes > 0;
  return nextDiscount(redeemed(terms, use)) === null;
}

/** What it takes off when nothing is used of it. */
function whole(terms: DiscountTerms): Discount {
  if (terms.kind === 'percentage') return { kind: 'percentage', percent: terms.percent! };
  return { kind: 'fixed', amountMinor: BigInt(terms.amount!) };
}

const capped = (used: bigint, discount: Discount): bigint =>
  discount.kind === 'fixed' && used > discount.amountMinor ? discount.amountMinor : used;
