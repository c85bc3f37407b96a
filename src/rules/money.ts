import { majorToMinor, minorToMajor } from './currency.ts';

export {
  DEFAULT_DECIMAL_LIMITS,
  type DecimalLimits,
  formatExact,
  formatScaled,
  isDecimal,
  movedPoint,
  PERCENT_LIMITS,
  parseDecimal,
  parseExact,
  parseScaled,
  toFixedDecimal,
} from './decimal.ts';
export {
  add,
  compare,
  divideRounded,
  greater,
  mulDiv,
  multiply,
  type Rational,
  ROUNDING_MODES,
  type RoundingMode,
  rational,
  reduce,
  roundToScale,
  smaller,
  subtract,
} from './rational.ts';

/** An amount: integer minor units of an ISO 4217 currency. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** The largest amount a bigint column holds, either sign. */
const MAX_AMOUNT_MINOR = 2n ** 63n - 1n;

/** The largest amount that somebody may write, either sign: sums of thousands of them still fit the books. */
export const LARGEST_INPUT_MINOR = 10n ** 15n;

/** Whether an amount fits the books' bigint columns. */
export function isStorableAmount(amountMinor: bigint): boolean {
  return amountMinor <= MAX_AMOUNT_MINOR && amountMinor >= -MAX_AMOUNT_MINOR;
}

/** An amount from its decimal text in major units, exactly. RangeError on too many decimals or no such currency. */
export function parseMoney(decimal: string, currency: string): Money {
  return { amountMinor: majorToMinor(decimal, currency), currency };
}

/** Decimal text in major units with exactly the currency's digits. */
export function formatDecimal(amountMinor: bigint, currency: string): string {
  return minorToMajor(amountMinor, currency);
}

/** The smallest of amounts in minor units. */
export function least(first: bigint, ...others: bigint[]): bigint {
  return others.reduce((smallest, amount) => (amount < smallest ? amount : smallest), first);
}

/** Sum of minor units; 0 for none. */
export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
}

/** Sum of money of one currency. RangeError if an amount is of another currency. */
export function sumMoney(amounts: Iterable<Money>, currency: string): Money {
  let amountMinor = 0n;
  for (const amount of amounts) {
    if (amount.currency !== currency) throw new RangeError(`${amount.currency} cannot be added to ${currency}`);
    amountMinor += amount.amountMinor;
  }
  return { amountMinor, currency };
}
