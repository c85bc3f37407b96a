import type { CreditableLine, CreditedPart } from './credit-note.ts';
import { digitsOf } from './currency.ts';
import { formatExact, formatScaled } from './decimal.ts';
import { sum } from './money.ts';
import { multiply, type Rational, rational } from './rational.ts';

/** Which part of a line is credited: all that is left, an amount, a share by quantity, or a share of its time. */
export type CreditedBy =
  | { readonly kind: 'rest' | 'amount' }
  | { readonly kind: 'quantity'; readonly share: Rational; readonly quantity: string; readonly lineQuantity: string }
  | { readonly kind: 'time'; readonly share: Rational };

/** How what is credited of a line's amount, before discount and tax, came about. */
export interface CreditedAmountFacts {
  readonly kind: CreditedBy['kind'];
  /** By quantity: how many of how many. */
  readonly quantity: string | null;
  readonly lineQuantity: string | null;
  /** By quantity and by time: the part of the line. */
  readonly share: string | null;
  /** The line, and what was taken back of it before. */
  readonly whole: string;
  readonly before: string;
  /** What is asked for, before it is rounded, half away from zero, and held to what is left. */
  readonly exact: string;
  readonly amount: string;
}

/**
 * How a figure that goes back with it came about: its share to date, rounded, less what was taken before, never turned round; a tax
 * also held to what is left of the invoice.
 */
export interface CreditedShareFacts {
  /** The figure of the whole line, and what was taken back of it before. */
  readonly whole: string;
  readonly before: string;
  /** whole × shareToDate, before it is rounded, half away from zero. */
  readonly exact: string;
  readonly amount: string;
}

/**
 * How a line of a credit note came about, in exact text (`parseExact`) in the main unit of the currency; safe to keep as JSON.
 * `shareToDate` is the part of the line that is taken back with this note: (before + amount) ÷ whole.
 */
export interface CreditDerivation {
  readonly version: 1;
  readonly currency: string;
  readonly credited: CreditedAmountFacts;
  readonly shareToDate: string;
  readonly discount: CreditedShareFacts;
  readonly taxes: readonly (CreditedShareFacts & { readonly rateId: string; readonly inclusive: boolean })[];
}

/**
 * The facts of a part of a line that `creditPart` came to. RangeError for a line of nothing, which has no parts.
 * Source: policy `last_note_takes_the_rounding_difference`.
 */
export function creditFacts(
  line: CreditableLine,
  credited: CreditableLine,
  part: CreditedPart,
  { by, currency }: { by: CreditedBy; currency: string },
): CreditDerivation {
  const digits = digitsOf(currency);
  const unit = 10n ** BigInt(digits);
  const text = (minor: bigint) => formatScaled(minor, digits);
  const exactly = ({ numerator, denominator }: Rational) => formatExact(rational(numerator, denominator * unit));
  const toDate = rational(credited.amountMinor + part.amountMinor, line.amountMinor);
  const shareOf = (whole: bigint, before: bigint, amount: bigint): CreditedShareFacts => ({
    ...{ whole: text(whole), before: text(before) },
    exact: exactly(multiply(rational(whole), toDate)),
    amount: text(amount),
  });
  const share = 'share' in by ? by.share : null;
  return {
    version: 1,
    currency,
    credited: {
      kind: by.kind,
      ...(by.kind === 'quantity'
        ? { quantity: by.quantity, lineQuantity: by.lineQuantity }
        : { quantity: null, lineQuantity: null }),
      share: share && formatExact(share),
      ...{ whole: text(line.amountMinor), before: text(credited.amountMinor) },
      exact: exactly(share ? multiply(rational(line.amountMinor), share) : rational(part.amountMinor)),
      amount: text(part.amountMinor),
    },
    shareToDate: formatExact(toDate),
    discount: shareOf(line.discountMinor, credited.discountMinor, part.discountMinor),
    taxes: part.taxes.map(({ rateId, inclusive, amountMinor }) => {
      const of = (taxes: CreditableLine['taxes']) =>
        sum(taxes.filter((one) => one.rateId === rateId).map((one) => one.amountMinor));
      return { rateId, inclusive, ...shareOf(of(line.taxes), of(credited.taxes), amountMinor) };
    }),
  };
}
