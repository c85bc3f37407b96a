import { type CreditableLine, creditPart, type RatePart, shareToDate } from './credit-note.ts';
import { sum } from './money.ts';

/** What is left of the tax of a line behind what was taken back of it, by rate: minor units, negative where more was taken. */
export function taxLeft(whole: CreditableLine, taken: CreditableLine): Map<string, bigint> {
  return new Map(
    whole.taxes.map(({ rateId, amountMinor }) => [
      rateId,
      amountMinor - sum(taken.taxes.filter((one) => one.rateId === rateId).map((one) => one.amountMinor)),
    ]),
  );
}

/** What a line gives back of the tax of the line that it takes back: minor units, negative. */
export interface TaxReturn {
  /** The line that is taken back, and what is left of its tax by rate. */
  readonly lineId: string;
  readonly left: ReadonlyMap<string, bigint>;
  readonly shares: readonly { readonly rateId: string; readonly amountMinor: bigint }[];
  /** Told as a share already: it counts, and stays as it is. */
  readonly isTold: boolean;
  /** Nothing of the line is left behind it. */
  readonly isLast: boolean;
}

/**
 * The shares of each line, one after the other, where none gives back more than is left of its rate, and the last all of that:
 * roundings over different invoices may lead to another sum, by a unit. A rate that the line taken back has not, or no more, gives
 * nothing. Null stays null.
 */
export function withinTaxLeft(returns: readonly (TaxReturn | null)[]): readonly (readonly bigint[] | null)[] {
  const given = new Map<string, bigint>();
  return returns.map((one) => {
    if (!one) return null;
    return one.shares.map(({ rateId, amountMinor }) => {
      const key = `${one.lineId} ${rateId}`;
      const before = given.get(key) ?? 0n;
      const left = (one.left.get(rateId) ?? 0n) - before;
      const most = left > 0n ? left : 0n;
      const isAll = -amountMinor > most || (one.isLast && amountMinor <= 0n);
      const amount = isAll && !one.isTold ? -most : amountMinor;
      given.set(key, before - amount);
      return amount;
    });
  });
}

/** The tax of one rate with what it is the tax of, net, or gross where the amount contains it: minor units. */
export interface TaxedPart extends RatePart {
  readonly taxableMinor: bigint;
}

/**
 * The taxes of `amountMinor` of a line behind what was taken before, at most of what is left, as a credit note takes them; and all
 * that is taken then. `bases`: what each tax of the line is the tax of, by rate. A tax that rounding leaves without a base
 * stands for itself: the books want no tax on nothing. RangeError as for `creditPart`.
 */
export function taxesOfPart(
  whole: CreditableLine,
  bases: ReadonlyMap<string, bigint>,
  before: CreditableLine,
  amountMinor: bigint,
): { readonly taxes: readonly TaxedPart[]; readonly after: CreditableLine } {
  const left = whole.amountMinor - before.amountMinor;
  const taking = amountMinor < left ? amountMinor : left;
  if (taking <= 0n) {
    const none = whole.taxes.map((tax) => ({ ...tax, amountMinor: 0n, taxableMinor: 0n }));
    return { taxes: none, after: before };
  }
  const part = creditPart(whole, before, taking);
  const taxes = part.taxes.map((tax): TaxedPart => {
    const base = shareToDate(bases.get(tax.rateId) ?? 0n, whole, before.amountMinor, part.amountMinor);
    const taxable = base <= 0n ? tax.amountMinor : base;
    return { ...tax, taxableMinor: tax.inclusive ? taxable - tax.amountMinor : taxable };
  });
  const after = {
    amountMinor: before.amountMinor + part.amountMinor,
    discountMinor: before.discountMinor + part.discountMinor,
    taxes: [...before.taxes, ...part.taxes],
  };
  return { taxes, after };
}
