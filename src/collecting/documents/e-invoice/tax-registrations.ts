import type { Party } from '../document-content.ts';

/** By what numbers the authorities know somebody. */
export interface TaxRegistrations {
  /** BT-31, BT-48: begins with the country's letters. */
  readonly vat: string | null;
  /** BT-32. */
  readonly other: string | null;
}

const vatTypes = ['EU_VAT', 'GB_VAT', 'CH_VAT', 'NO_VAT'];

/**
 * The VAT number of the party's own country, or else its first, and the first other one. A VAT number that lacks its
 * country's letters gets them (BR-CO-09).
 */
export function taxRegistrations(party: Party): TaxRegistrations {
  const country = party.address?.country ?? null;
  const vats = party.taxIds.filter((taxId) => vatTypes.includes(taxId.type));
  // The number on which the reverse charge rests is that of the buyer's country.
  const own = vats.find(({ value }) => country && value.toUpperCase().startsWith(lettersOf(country)));
  const vat = own ?? vats[0];
  const other = party.taxIds.find((taxId) => !vatTypes.includes(taxId.type));
  return { vat: vat ? withCountry(vat.value, country) : null, other: other?.value ?? null };
}

/** With which letters a country's VAT numbers begin. */
const lettersOf = (country: string) => (country === 'GR' ? 'EL' : country);

function withCountry(value: string, country: string | null): string | null {
  const plain = value.replace(/[\s.]/g, '').toUpperCase();
  if (/^[A-Z]{2}/.test(plain)) return plain;
  return country ? `${lettersOf(country)}${plain}` : null;
}
