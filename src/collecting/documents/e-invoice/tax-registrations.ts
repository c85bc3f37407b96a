import type { Party } from '../document-content.ts';

/** By what numbers the authorities know somebody. */
export interface TaxRegistrations {
  /** BT-31, BT-48: begins with the country's letters. */
  readonly vat: string | null;
  /** BT-32. */
  readonly other: string | null;
}

const vatTypes = ['EU_VAT', 'GB_VAT', 'CH_VAT', 'NO_VAT'];

/** The first VAT number and the first other one. A VAT number that lacks its country's letters gets them (BR-CO-09). */
export function taxRegistrations(party: Party): TaxRegistrations {
  const vat = party.taxIds.find((taxId) => vatTypes.includes(taxId.type));
  const other = party.taxIds.find((taxId) => !vatTypes.includes(taxId.type));
  return { vat: vat ? withCountry(vat.value, party.address?.country ?? null) : null, other: other?.value ?? null };
}

function withCountry(value: string, country: string | null): string | null {
  const plain = value.replace(/[\s.]/g, '').toUpperCase();
  if (/^[A-Z]{2}/.test(plain)) return plain;
  return country ? `${country === 'GR' ? 'EL' : country}${plain}` : null;
}
