import type { Discount } from '../../../rules/discount.ts';
import { least } from '../../../rules/money.ts';
import type { InvoiceDiscountRow } from '../invoicing.entities.ts';
import { type DiscountTerms, type InvoiceDiscount, isGivenOut, keepsBack } from './invoice-discount.ts';
import type { Returned } from './returned-discounts.ts';

/** What a discount offers the lines of an invoice. */
export interface Offer {
  /** Null for what is passed by because of its currency. */
  off: Discount | null;
  /** Of a percentage that is given out: what came back of it, the most that it takes; minor units. */
  most: bigint | null;
  /** Of an amount: what it is worth without what came back. */
  fresh: bigint;
  coversUntil: Date | null;
  /** Whether it is a further invoice of time that it covers, which is not another time; and whether that ends earlier now. */
  covered: boolean;
  shortens: boolean;
  consumes: boolean;
}

/** What an invoice asks a discount for. */
export interface Asked {
  currency: string;
  at: Date;
  /** Until when the lines last that it is for. */
  coversUntil: Date | null;
  /** What lines of the invoice return of it (`comesBack`), and of discounts that are not named. */
  back: bigint;
  nameless: bigint;
  /** Until when the time lasted that it comes back with. */
  backUntil: Date | null;
}

/** Of what finds no line. */
export const noOffer: Offer = {
  ...{ off: { kind: 'fixed', amountMinor: 0n }, most: null, fresh: 0n, coversUntil: null },
  ...{ covered: false, shortens: false, consumes: false },
};

/** What lines of an invoice return of what earlier ones took of a discount: nothing of a percentage that is given forever. Minor units. */
export function comesBack(discount: InvoiceDiscount, currency: string, { named }: Returned): bigint {
  const { id, terms, backCurrency } = discount;
  const own = terms.kind === 'fixed' ? terms.currency : keepsBack(terms) ? (backCurrency ?? currency) : null;
  return own === currency ? least(named.get(id ?? '') ?? 0n, takenBefore(discount)) : 0n;
}

/** What earlier invoices took that may come back: of what is given forever, of the latest period; else of all. */
function takenBefore({ terms, usedAmount, periodUsed }: InvoiceDiscount): bigint {
  return terms.frequency === 'forever' ? periodUsed : usedAmount;
}

/**
 * What a discount offers the lines that it is for; null if it has nothing for them. Time that it covers is not another time: the
 * percentage holds for it, and of an amount what is left of that time and what came back. Where a shorter period takes the place of
 * the time that it covered last and that was given back, the time goes on with that. Other time is another one; what came back of
 * earlier ones is given besides (an amount), or once all times are given (a percentage, of no more than came back). Pure.
 */
export function offerOf(discount: InvoiceDiscount, asked: Asked): Offer | null {
  const { terms, coveredUntil } = discount;
  const { currency, at, coversUntil, back, backUntil, nameless } = asked;
  const pool = kept(discount, currency);
  const covered = coversUntil !== null && coveredUntil !== null && coversUntil <= coveredUntil;
  const isLast = (until: Date | null) => until === null || coveredUntil === null || until >= coveredUntil;
  const cameBack = (back > 0n && isLast(backUntil)) || (pool > 0n && isLast(discount.backUntil));
  const shortens = covered && coversUntil < coveredUntil && coversUntil > at && cameBack;
  const givenOut = isGivenOut(terms, discount);
  const common = { most: null, fresh: 0n, coversUntil, covered, shortens };
  if (terms.kind === 'percentage') {
    const off = { kind: 'percentage', percent: terms.percent! } as const;
    if (covered || !givenOut) return { ...common, off, consumes: !covered };
    const most = back + pool;
    return most === 0n ? null : { ...common, off, most, consumes: false };
  }
  if (terms.currency !== currency)
    return givenOut ? null : { ...common, off: null, coversUntil: null, consumes: false };
  const fresh = freshOf(discount, covered, givenOut);
  // What is given forever is worth no more in another time for what came back of an earlier one.
  const isOther = terms.frequency === 'forever' && !covered && fresh > 0n;
  const returned = isOther ? 0n : least(back + nameless, takenBefore(discount)) + pool;
  if (fresh + returned === 0n) return null;
  // What only comes back is not another time.
  const consumes = !covered && fresh > 0n;
  return { ...common, off: { kind: 'fixed', amountMinor: fresh + returned }, fresh, consumes };
}

/** What came back of it before and was not given anew, as far as it is of this currency. */
const kept = ({ backAmount, backCurrency }: InvoiceDiscount, currency: string): bigint =>
  backCurrency === currency ? backAmount : 0n;

function freshOf({ terms, usedAmount, periodUsed }: InvoiceDiscount, covered: boolean, givenOut: boolean): bigint {
  if (covered && terms.frequency !== 'once') {
    const rest = BigInt(terms.amount!) - periodUsed;
    return rest > 0n ? rest : 0n;
  }
  return givenOut ? 0n : leftOf(terms, usedAmount);
}

/** What is left of a fixed amount: of one given once, what was not used. */
export function leftOf(terms: DiscountTerms, usedAmount: bigint): bigint {
  const amount = BigInt(terms.amount!);
  if (terms.frequency !== 'once') return amount;
  return usedAmount < amount ? amount - usedAmount : 0n;
}

/**
 * Writes into a row what of its amount came back here or before, and what of that is there for later invoices; answers how much of it
 * was of no name. A percentage of time that takes the place of other time has what came back of that, more or less.
 */
export function bookBack(
  row: InvoiceDiscountRow,
  discount: InvoiceDiscount,
  offer: Offer | null,
  { currency, at, back, nameless }: Asked,
): bigint {
  const { terms } = discount;
  row.returned = back;
  if (back > 0n) discount.backCurrency ??= currency;
  if (!offer) {
    row.forLater = keepsBack(terms) ? back : 0n;
    return 0n;
  }
  if (terms.kind === 'percentage') {
    row.consumes &&= row.amount > 0n;
    row.forLater = percentageForLater(row.amount, back, kept(discount, currency), offer, at);
    return 0n;
  }
  if (terms.frequency === 'forever' && row.consumes) {
    row.forLater = back;
    return 0n;
  }
  const pool = kept(discount, currency);
  const anew = row.amount > offer.fresh ? row.amount - offer.fresh : 0n;
  const unnamed = anew > back + pool ? least(anew - back - pool, nameless) : 0n;
  row.returned = back + unnamed;
  row.forLater = keepsBack(terms) ? row.returned - anew : 0n;
  return unnamed;
}

function percentageForLater(amount: bigint, back: bigint, pool: bigint, offer: Offer, at: Date): bigint {
  const { consumes, covered, shortens, coversUntil } = offer;
  if (consumes || amount === 0n) return back;
  // One more period has it, at the percentage.
  if (!covered) return coversUntil ? -pool : back - amount;
  if (coversUntil! <= at) return back;
  if (shortens && back === 0n) return -pool;
  return -least(pool, amount > back ? amount - back : 0n);
}
