/**
 * A region of a country (ISO 3166-1) in the one form in which rates, registrations and addresses are compared: in capitals,
 * without the country that ISO 3166-2 puts in front. `ny`, ` NY` and `US-NY` are `NY`; null stays null. Names stay names.
 */
export function canonicalRegion(country: string | null, region: string | null | undefined): string | null {
  const text = region?.trim().toUpperCase() ?? '';
  if (text === '') return null;
  const prefix = `${country}-`;
  return country && text.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : text;
}
