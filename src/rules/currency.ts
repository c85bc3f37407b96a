import { IN_USE_SINCE, LIST_ONE, LIST_THREE } from './currency-table.ts';
import { type DecimalLimits, formatScaled, movedPoint, parseDecimal, parseScaled, toFixedDecimal } from './decimal.ts';
import { type Rational, type RoundingMode, rational, roundToScale } from './rational.ts';

/** One entry of ISO 4217. `digits` is null where the standard gives none; `activeUntil` is the first day out of use. */
export interface Currency {
  readonly code: string;
  readonly digits: number | null;
  readonly name: string;
  readonly activeSince: string | null;
  readonly activeUntil: string | null;
}

/** Amounts reach to 18 digits before the point; more decimals than a currency has are for exact figures on the way. */
const AMOUNT_LIMITS: DecimalLimits = { maxIntegerDigits: 18, maxFractionDigits: 30 };

const CURRENCIES: ReadonlyMap<string, Currency> = readTables();

function readTables(): Map<string, Currency> {
  const table = new Map<string, Currency>();
  const enter = (code: string, digits: string, name: readonly string[], activeUntil: string | null) =>
    table.set(code, {
      code,
      digits: digits === '-' ? null : Number(digits),
      name: name.join(' '),
      activeSince: IN_USE_SINCE[code] ?? null,
      activeUntil,
    });
  for (const row of LIST_ONE.trim().split('\n')) {
    const [code = '', digits = '', ...name] = row.split(' ');
    enter(code, digits, name, null);
  }
  for (const row of LIST_THREE.trim().split('\n')) {
    const [code = '', digits = '', withdrawnOn = '', ...name] = row.split(' ');
    enter(code, digits, name, withdrawnOn);
  }
  return table;
}

/** The entry of a code, of list one or three; undefined if the standard does not know it. */
export function findCurrency(code: string): Currency | undefined {
  return CURRENCIES.get(code);
}

/** Every code, in alphabetical order: for enumerations at the door. */
export function currencyCodes(): readonly string[] {
  return [...CURRENCIES.keys()].sort();
}

/** Decimal digits of the minor unit; null where the standard gives none or does not know the code. Source: ISO 4217. */
export function minorUnitDigits(code: string): number | null {
  return CURRENCIES.get(code)?.digits ?? null;
}

/** Digits of a currency that money can be held in. RangeError for unknown codes and for codes without a minor unit. */
export function digitsOf(code: string): number {
  const digits = minorUnitDigits(code);
  if (digits === null) throw new RangeError(`${code} is not a currency with a minor unit`);
  return digits;
}

/** Whether a code is in use on a day (`YYYY-MM-DD`): listed, begun, not withdrawn. */
export function isActiveCurrency(code: string, on: string): boolean {
  const currency = CURRENCIES.get(code);
  if (currency === undefined) return false;
  if (currency.activeSince !== null && on < currency.activeSince) return false;
  return currency.activeUntil === null || on < currency.activeUntil;
}

/** Whether new prices and invoices may use a code on a day: in use, and with a minor unit to round to. */
export function isBillableCurrency(code: string, on: string): boolean {
  return minorUnitDigits(code) !== null && isActiveCurrency(code, on);
}

/** An exact amount in major units to minor units, rounded once. RangeError for a currency without a minor unit. */
export function roundToMinor(amount: Rational, code: string, mode: RoundingMode = 'half_away_from_zero'): bigint {
  return roundToScale(amount, digitsOf(code), mode);
}

/** A decimal text in major units rounded to the currency's digits, as decimal text. */
export function roundDecimal(text: string, code: string, mode: RoundingMode = 'half_away_from_zero'): string {
  return minorToMajor(roundToMinor(parseDecimal(text, AMOUNT_LIMITS), code, mode), code);
}

/** Minor units to a decimal text in major units with exactly the currency's digits (`1999` USD → `19.99`). */
export function minorToMajor(amountMinor: bigint, code: string): string {
  return formatScaled(amountMinor, digitsOf(code));
}

/** Decimal text in major units to minor units, exactly. RangeError if it has more decimals than the currency. */
export function majorToMinor(text: string, code: string): bigint {
  return parseScaled(text, digitsOf(code), AMOUNT_LIMITS);
}

/** A price in minor units, finer than the currency if need be, as text of major units, exactly: `1250.5` EUR is `12.505`. */
export function priceToMajor(minorText: string, code: string): string {
  const [whole = '', fraction = ''] = minorText.split('.');
  return formatScaled(BigInt(whole + fraction), digitsOf(code) + fraction.length);
}

/** A price in major units, as the rules answer it, as text of minor units, exactly: `0.0125` EUR is `1.25`. */
export function priceToMinor(majorText: string, code: string): string {
  return movedPoint(majorText, digitsOf(code));
}

/** Decimal text in major units as an exact fraction of minor units, finer than the currency if the text is. */
export function exactMinor(text: string, code: string): Rational {
  const value = parseDecimal(text, AMOUNT_LIMITS);
  return rational(value.numerator * 10n ** BigInt(digitsOf(code)), value.denominator);
}

/** An exact fraction of minor units as a decimal text in major units with the given number of decimals, rounded once. */
export function exactMajor(minor: Rational, code: string, decimals: number): string {
  return toFixedDecimal(rational(minor.numerator, minor.denominator * 10n ** BigInt(digitsOf(code))), decimals);
}
