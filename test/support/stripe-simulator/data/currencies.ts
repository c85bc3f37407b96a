import { invalidRequest } from '../engine/errors.ts';
import type { Shape } from '../engine/parameters.ts';

/** Currencies that Stripe takes (docs.stripe.com/currencies), lower case as the API writes them. */
const CURRENCIES = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny ' +
    'cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd ' +
    'jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn ' +
    'nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs ' +
    'tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw'
  ).split(' '),
);

const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '));
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));
const WHOLE_HUNDREDS = new Set(['isk', 'ugx']);

/** The smallest charge in minor units. A currency that is not listed has the default (its settlement's 0.50 USD). */
const MINIMUM_CHARGE: Record<string, number> = {
  aed: 200,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  mxn: 1000,
  myr: 200,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
  thb: 1000,
};
const DEFAULT_MINIMUM = 50;
const MAXIMUM_CHARGE = 99_999_999;

/** A currency code, lower case; anything else is refused as Stripe's documentation asks for. */
export const currency: Shape<string> = (value, path) => {
  if (typeof value !== 'string' || !CURRENCIES.has(value)) {
    const list = [...CURRENCIES].slice(0, 4).join(', ');
    throw invalidRequest(
      `Invalid currency: ${String(value)}. Stripe currently supports these currencies: ${list}, ...`,
      {
        param: path,
      },
    );
  }
  return value;
};

/** Checks an amount (minor units) to charge against the currency's smallest and the largest charge. */
export function checkChargeAmount(amount: number, code: string, param = 'amount'): void {
  const minimum = MINIMUM_CHARGE[code] ?? DEFAULT_MINIMUM;
  if (amount < minimum) {
    throw invalidRequest(`Amount must be at least ${formatAmount(minimum, code)} ${code}`, {
      code: 'amount_too_small',
      param,
    });
  }
  if (amount > MAXIMUM_CHARGE) {
    throw invalidRequest(`Amount must be no more than ${formatAmount(MAXIMUM_CHARGE, code)}`, {
      code: 'amount_too_large',
      param,
    });
  }
  const invalid = (WHOLE_HUNDREDS.has(code) && amount % 100 !== 0) || (THREE_DECIMAL.has(code) && amount % 10 !== 0);
  if (invalid) {
    throw invalidRequest(`Invalid amount: ${amount} cannot be charged in ${code}.`, {
      code: 'parameter_invalid_integer',
      param,
    });
  }
}

/** An amount in major units for a message, such as `$0.50` or `¥50`. */
export function formatAmount(amount: number, code: string): string {
  const decimals = ZERO_DECIMAL.has(code) ? 0 : THREE_DECIMAL.has(code) ? 3 : 2;
  const digits = (amount / 10 ** decimals).toFixed(decimals);
  const grouped = digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const symbol: Record<string, string> = { usd: '$', eur: '€', gbp: '£', jpy: '¥' };
  return `${symbol[code] ?? ''}${grouped}`;
}
