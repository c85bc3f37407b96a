import { digitsOf } from '../../../rules/currency.ts';

/**
 * Amounts as Stripe counts them. Its units are not always those of ISO 4217: some currencies have no decimals there,
 * five have three whose last digit must be 0, and two are counted in hundredths though only whole units exist.
 * Source: docs.stripe.com/currencies.
 */
const zeroDecimal = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '));
const threeDecimal = new Set('BHD JOD KWD OMR TND'.split(' '));
const wholeHundreds = new Set(['ISK', 'UGX']);

/** The smallest charge by currency, in Stripe's units; where none is known Stripe itself decides. */
const minimumCharge: Readonly<Record<string, bigint>> = {
  USD: 50n,
  AED: 200n,
  ARS: 50n,
  AUD: 50n,
  BRL: 50n,
  CAD: 50n,
  CHF: 50n,
  COP: 50n,
  CZK: 1500n,
  DKK: 250n,
  EUR: 50n,
  GBP: 30n,
  HKD: 400n,
  HUF: 17500n,
  IDR: 50n,
  ILS: 50n,
  INR: 50n,
  JPY: 50n,
  KRW: 50n,
  MXN: 1000n,
  MYR: 200n,
  NOK: 300n,
  NZD: 50n,
  PHP: 50n,
  PLN: 200n,
  RON: 200n,
  RUB: 50n,
  SEK: 300n,
  SGD: 50n,
  THB: 1000n,
  ZAR: 50n,
};

const largest = 99_999_999n;

/** Decimals of a currency at Stripe. */
export function stripeDigits(currency: string): number {
  if (zeroDecimal.has(currency)) return 0;
  return threeDecimal.has(currency) ? 3 : 2;
}

export type StripeAmount =
  | { ok: true; amount: number }
  | { ok: false; code: 'amount_not_chargeable' | 'amount_too_small' | 'amount_too_large' };

/**
 * Minor units of ISO 4217 as Stripe's integer. An amount that Stripe cannot take exactly is refused and never rounded:
 * what is charged is what is owed. Refunds have no `minimum`.
 */
export function toStripeAmount(amountMinor: bigint, currency: string, options: { minimum: boolean }): StripeAmount {
  const shift = stripeDigits(currency) - digitsOf(currency);
  const divisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  if (amountMinor % divisor !== 0n) return { ok: false, code: 'amount_not_chargeable' };
  const amount = shift < 0 ? amountMinor / divisor : amountMinor * 10n ** BigInt(shift);
  if (threeDecimal.has(currency) && amount % 10n !== 0n) return { ok: false, code: 'amount_not_chargeable' };
  if (wholeHundreds.has(currency) && amount % 100n !== 0n) return { ok: false, code: 'amount_not_chargeable' };
  if (amount > largest) return { ok: false, code: 'amount_too_large' };
  if (options.minimum && amount < (minimumCharge[currency] ?? 1n)) return { ok: false, code: 'amount_too_small' };
  return { ok: true, amount: Number(amount) };
}

/** Stripe's integer as minor units of ISO 4217. RangeError for an amount finer than the currency's minor unit. */
export function fromStripeAmount(amount: number, currency: string): bigint {
  const code = currency.toUpperCase();
  const shift = digitsOf(code) - stripeDigits(code);
  const exact = BigInt(amount);
  if (shift >= 0) return exact * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  if (exact % divisor !== 0n) throw new RangeError('the amount is finer than the currency');
  return exact / divisor;
}
