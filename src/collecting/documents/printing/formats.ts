import { civilOf, parseDay } from '../../../rules/calendar.ts';
import { digitsOf } from '../../../rules/currency.ts';
import { formatScaled, movedPoint } from '../../../rules/money.ts';
import type { Words } from '../words/index.ts';

type Values = Readonly<Record<string, string | number>>;

/** Fills `{names}` of a text of the words. Each value is isolated: whatever it is, it does not turn around what stands beside it. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => `\u2068${values[name] ?? whole}\u2069`);
}

const fillPlainly = (text: string, values: Values) =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** A decimal text as the language writes it; the true minus sign, which stays with its figure when lines break. */
export function numberText(decimal: string, words: Words): string {
  const [, sign = '', whole = '', fraction] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const grouped = whole.length >= words.groupFrom ? whole.replace(/\B(?=(\d{3})+$)/g, words.group) : whole;
  return `${sign && '\u2212'}${grouped}${fraction ? words.decimal + fraction : ''}`;
}

/** An amount in the digits of its currency, without the currency. */
export function amountText(minor: bigint, currency: string, words: Words): string {
  return numberText(formatScaled(minor, digitsOf(currency)), words);
}

/** An amount with the code of its currency: signs such as $ are not the same money everywhere. */
export function moneyText(minor: bigint, currency: string, words: Words): string {
  return fillPlainly(words.money, { number: amountText(minor, currency, words), code: currency });
}

/** A price of minor units that may be finer than one, in major units with at least the digits of the currency. */
export function priceText(minorUnits: string, currency: string, words: Words): string {
  const digits = digitsOf(currency);
  const [whole = '', fraction = ''] = movedPoint(minorUnits, -digits).split('.');
  const padded = fraction.padEnd(digits, '0');
  return numberText(padded ? `${whole}.${padded}` : whole, words);
}

/** A quantity or a percentage, without zeros at its end. */
export function plainText(decimal: string, words: Words): string {
  return numberText(decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal, words);
}

/** A day (`YYYY-MM-DD`) in words. */
export function dateText(day: string, words: Words): string {
  const { year, month, day: ofMonth } = civilOf(parseDay(day));
  return fillPlainly(words.date, { year, month: words.months[month - 1]!, day: ofMonth });
}
