/** Active currencies of ISO 4217 with two decimals. Funds codes, metals and test codes are not currencies to bill in. */
const twoDecimals = `
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
`;
const noDecimals = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const threeDecimals = 'BHD IQD JOD KWD LYD OMR TND';

const exponents = new Map<string, number>([
  ...codesOf(twoDecimals).map((code): [string, number] => [code, 2]),
  ...codesOf(noDecimals).map((code): [string, number] => [code, 0]),
  ...codesOf(threeDecimals).map((code): [string, number] => [code, 3]),
]);

function codesOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

const names = new Intl.DisplayNames('en', { type: 'currency' });

/** Every currency code the product knows, in alphabetical order. */
export function currencyCodes(): readonly string[] {
  return [...exponents.keys()].sort();
}

/** Digits after the point by ISO 4217; throws on a code that is not in the list. */
export function currencyExponent(code: string): number {
  const exponent = exponents.get(code);
  if (exponent === undefined) throw new RangeError('unknown currency');
  return exponent;
}

/** English name, for descriptions. */
export function currencyName(code: string): string {
  return names.of(code) ?? code;
}
