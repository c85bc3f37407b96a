import { digitsOf, roundToMinor } from './currency.ts';
import { formatExact, formatScaled, parseDecimal } from './decimal.ts';
import { multiply, type Rational, type RoundingMode, rational } from './rational.ts';

/** A price. `unitAmount` is a decimal in major units and may be finer than the currency; a flat amount may not. */
export type PriceModel =
  | { readonly kind: 'flat'; readonly amountMinor: bigint }
  | { readonly kind: 'per_unit'; readonly unitAmount: string };

/** One step of how an amount came about. Everything is text, exact, and safe to store as JSON. */
export type DerivationStep =
  | { readonly step: 'flat'; readonly amount: string }
  | { readonly step: 'per_unit'; readonly unitAmount: string; readonly quantity: string; readonly amount: string }
  | { readonly step: 'prorate'; readonly mode: string; readonly share: string; readonly amount: string }
  | {
      readonly step: 'round';
      readonly mode: RoundingMode;
      readonly currency: string;
      readonly digits: number;
      readonly amount: string;
    };

/** How a line's amount came about, step by step, in major units of `currency`: each step's amount feeds the next. */
export interface Derivation {
  readonly version: 1;
  readonly currency: string;
  readonly steps: readonly DerivationStep[];
}

export interface PriceInput {
  readonly currency: string;
  /** Decimal text; for a flat price it is shown and does not count. */
  readonly quantity: string;
  /** The part of the period that is billed, as an exact fraction, with the mode it was measured by. */
  readonly share?: { readonly fraction: Rational; readonly mode: string };
  readonly rounding?: RoundingMode;
}

export interface PricedComponent {
  /** Rounded once, here. */
  readonly amountMinor: bigint;
  /** Price of one unit in major units: the flat amount, or the unit price as it was given. */
  readonly unitAmount: string;
  readonly quantity: string;
  readonly derivation: Derivation;
}

/** Unit price × quantity, exact and not rounded. RangeError if either is not a decimal within the bounds. */
export function standardAmount(unitAmount: string, quantity: string): Rational {
  return multiply(parseDecimal(unitAmount), parseDecimal(quantity));
}

/**
 * Prices one component: the model's exact amount, its share of the period, then one rounding to minor units. The derivation
 * is written by the same code that computes the amount. RangeError on a bad decimal or currency.
 */
export function priceComponent(model: PriceModel, input: PriceInput): PricedComponent {
  const rounding = input.rounding ?? 'half_away_from_zero';
  const digits = digitsOf(input.currency);
  const steps: DerivationStep[] = [];
  let exact: Rational;
  let unitAmount: string;
  if (model.kind === 'flat') {
    exact = rational(model.amountMinor, 10n ** BigInt(digits));
    unitAmount = formatScaled(model.amountMinor, digits);
    steps.push({ step: 'flat', amount: unitAmount });
  } else {
    exact = standardAmount(model.unitAmount, input.quantity);
    unitAmount = model.unitAmount;
    steps.push({ step: 'per_unit', unitAmount, quantity: input.quantity, amount: formatExact(exact) });
  }
  if (input.share !== undefined && input.share.fraction.numerator !== input.share.fraction.denominator) {
    exact = multiply(exact, input.share.fraction);
    steps.push({
      step: 'prorate',
      mode: input.share.mode,
      share: formatExact(input.share.fraction),
      amount: formatExact(exact),
    });
  }
  const amountMinor = roundToMinor(exact, input.currency, rounding);
  steps.push({
    step: 'round',
    mode: rounding,
    currency: input.currency,
    digits,
    amount: formatScaled(amountMinor, digits),
  });
  return {
    amountMinor,
    unitAmount,
    quantity: input.quantity,
    derivation: { version: 1, currency: input.currency, steps },
  };
}
