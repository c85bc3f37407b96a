import { type Rational, type RoundingMode, rational, reduce, roundToScale } from './rational.ts';

/** Bounds on a decimal that comes from outside, so that hostile input cannot cost time or overflow a column. */
export interface DecimalLimits {
  readonly maxIntegerDigits: number;
  readonly maxFractionDigits: number;
}

/** Fits numeric(30,12): unit prices and quantities. */
export const DEFAULT_DECIMAL_LIMITS: DecimalLimits = { maxIntegerDigits: 18, maxFractionDigits: 12 };

/** Percentages of taxes that others computed: enough to say any tax of an amount that can be stored, to the unit. */
export const PERCENT_LIMITS: DecimalLimits = { maxIntegerDigits: 18, maxFractionDigits: 14 };

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const LONGEST_DECIMAL = 200;

/** Whether a text is a plain decimal (no exponent, no plus sign, no blanks) within the bounds. */
export function isDecimal(text: string, limits: DecimalLimits = DEFAULT_DECIMAL_LIMITS): boolean {
  if (text.length > LONGEST_DECIMAL) return false;
  const match = DECIMAL.exec(text);
  if (match === null) return false;
  const integerDigits = (match[2] ?? '').replace(/^0+/, '').length;
  return integerDigits <= limits.maxIntegerDigits && (match[3] ?? '').length <= limits.maxFractionDigits;
}

/** Exact value of a decimal text, as a fraction over a power of ten. RangeError if it is none or out of bounds. */
export function parseDecimal(text: string, limits: DecimalLimits = DEFAULT_DECIMAL_LIMITS): Rational {
  if (!isDecimal(text, limits)) throw new RangeError('not a decimal number within the bounds');
  const point = text.indexOf('.');
  if (point < 0) return { numerator: BigInt(text), denominator: 1n };
  return {
    numerator: BigInt(text.slice(0, point) + text.slice(point + 1)),
    denominator: 10n ** BigInt(text.length - point - 1),
  };
}

/** An integer count of 10^-digits units as a decimal text with exactly that many decimals. */
export function formatScaled(scaled: bigint, digits: number): string {
  if (digits === 0) return scaled.toString();
  const text = (scaled < 0n ? -scaled : scaled).toString().padStart(digits + 1, '0');
  const cut = text.length - digits;
  return `${scaled < 0n ? '-' : ''}${text.slice(0, cut)}.${text.slice(cut)}`;
}

/** Decimal text to an integer count of 10^-digits units, exactly. RangeError if it has more decimals than that. */
export function parseScaled(text: string, digits: number, limits: DecimalLimits = DEFAULT_DECIMAL_LIMITS): bigint {
  const value = parseDecimal(text, limits);
  const scaled = value.numerator * 10n ** BigInt(digits);
  if (scaled % value.denominator !== 0n) throw new RangeError(`more than ${digits} decimals`);
  return scaled / value.denominator;
}

/** A fraction as a decimal text with a fixed number of decimals, rounded once. */
export function toFixedDecimal(value: Rational, digits: number, mode: RoundingMode = 'half_away_from_zero'): string {
  return formatScaled(roundToScale(value, digits, mode), digits);
}

/**
 * A fraction as text without loss: the shortest decimal where it ends (`51.2345`), else `numerator/denominator` in
 * lowest terms (`20/3`). For derivations, which must be exact and readable.
 */
export function formatExact(value: Rational): string {
  const { numerator, denominator } = reduce(value);
  let [rest, twos, fives] = [denominator, 0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  if (rest !== 1n) return `${numerator}/${denominator}`;
  const digits = Math.max(twos, fives);
  return formatScaled((numerator * 10n ** BigInt(digits)) / denominator, digits);
}

const ALREADY_PLAIN = /^(0|-?[1-9][0-9]*|-?[1-9][0-9]*\.[0-9]+|0\.[0-9]+|-0\.[0-9]*[1-9][0-9]*)$/;
const ANY_DECIMAL = /^(-?)0*([0-9]+)(\.[0-9]+)?$/;

/**
 * A decimal as PostgreSQL prints it once it is stored as `numeric`: no leading zeros, no negative zero, its decimals kept.
 * What is hashed must read the same afterwards. RangeError for what is no plain decimal.
 */
export function plainDecimal(text: string): string {
  if (ALREADY_PLAIN.test(text)) return text;
  const match = ANY_DECIMAL.exec(text);
  if (!match) throw new RangeError('not a plain decimal');
  const [, sign = '', whole = '', fraction = ''] = match;
  const isZero = /^0*$/.test(whole) && /^\.?0*$/.test(fraction);
  return `${isZero ? '' : sign}${whole}${fraction}`;
}

/** An exact figure with its point moved (to the left where negative), as `formatExact` writes it: `45.50` by −2 is `0.455`. */
export function movedPoint(text: string, places: number): string {
  const { numerator, denominator } = parseExact(text);
  const factor = 10n ** BigInt(Math.abs(places));
  return formatExact(
    places < 0 ? rational(numerator, denominator * factor) : rational(numerator * factor, denominator),
  );
}

/** Wide enough for whatever `formatExact` writes of products of bounded decimals. */
const EXACT_LIMITS: DecimalLimits = { maxIntegerDigits: 120, maxFractionDigits: 120 };
const EXACT_FRACTION = /^(-?\d{1,200})\/(\d{1,200})$/;

/** The fraction that `formatExact` wrote: a decimal or `numerator/denominator`. RangeError for any other text. */
export function parseExact(text: string): Rational {
  if (!text.includes('/')) return parseDecimal(text, EXACT_LIMITS);
  const match = EXACT_FRACTION.exec(text);
  if (match === null) throw new RangeError('not an exact figure');
  return rational(BigInt(match[1] ?? ''), BigInt(match[2] ?? ''));
}
