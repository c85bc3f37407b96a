import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  fromStripeAmount,
  stripeDigits,
  toStripeAmount,
} from '../../../src/collecting/payments/providers/stripe-amounts.ts';
import { currencyCodes, digitsOf, findCurrency } from '../../../src/rules/currency.ts';

const exact = { minimum: false };

describe('amounts as Stripe counts them', () => {
  it.each([
    ['EUR', 1999n, 1999],
    ['JPY', 500n, 500],
    ['KWD', 12_340n, 12_340],
    ['ISK', 500n, 50_000],
    ['UGX', 500n, 50_000],
    ['MGA', 700n, 7],
    ['HUF', 17_500n, 17_500],
  ])('%s %s is %s', (currency, minor, amount) => {
    expect(toStripeAmount(minor, currency, exact)).toEqual({ ok: true, amount });
    expect(fromStripeAmount(amount, currency.toLowerCase())).toBe(minor);
  });

  it.each([
    ['KWD', 12_345n, 'amount_not_chargeable'],
    ['MGA', 701n, 'amount_not_chargeable'],
    ['EUR', 100_000_000n, 'amount_too_large'],
    ['ISK', 1_000_000n, 'amount_too_large'],
  ])('%s %s is refused and not rounded: %s', (currency, minor, code) => {
    expect(toStripeAmount(minor, currency, exact)).toEqual({ ok: false, code });
  });

  it.each([
    ['USD', 49n, 50n],
    ['GBP', 29n, 30n],
    ['JPY', 49n, 50n],
    ['HUF', 17_499n, 17_500n],
    ['CZK', 1_499n, 1_500n],
  ])('%s has a smallest charge', (currency, below, least) => {
    expect(toStripeAmount(below, currency, { minimum: true })).toEqual({ ok: false, code: 'amount_too_small' });
    expect(toStripeAmount(least, currency, { minimum: true })).toMatchObject({ ok: true });
    expect(toStripeAmount(below, currency, exact)).toMatchObject({ ok: true });
  });

  it('comes back the same in every currency in use', () => {
    for (const code of currencyCodes()) {
      if (findCurrency(code)?.digits == null || findCurrency(code)?.activeUntil) continue;
      const minor = 10n ** BigInt(digitsOf(code)) * 120n;
      const there = toStripeAmount(minor, code, exact);
      if (!there.ok) throw new Error(`${code}: ${there.code}`);
      expect(fromStripeAmount(there.amount, code)).toBe(minor);
      expect(there.amount).toBe(120 * 10 ** stripeDigits(code));
    }
  });

  it('keeps to the list of special currencies', () => {
    expect(currencyCodes().filter((code) => stripeDigits(code) === 3)).toEqual(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
    expect(readFileSync('src/collecting/payments/providers/stripe-amounts.ts', 'utf8')).not.toMatch(
      /parseFloat|Math\.round/,
    );
  });
});
