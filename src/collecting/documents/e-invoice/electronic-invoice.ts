import { digitsOf } from '../../../rules/currency.ts';
import { type EFigures, eInvoiceFigures } from '../../../rules/e-invoice.ts';
import type { InvoiceContent, Party } from '../document-content.ts';
import { type TaxRegistrations, taxRegistrations } from './tax-registrations.ts';

/** An invoice or credit note in the terms of EN 16931. */
export interface ElectronicInvoice {
  readonly figures: EFigures;
  readonly seller: TaxRegistrations;
  readonly buyer: TaxRegistrations;
}

/** Where value added tax is what the standard means by it: the Union, and those who follow it. */
const vatCountries = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE XI GB CH NO IS LI MC SM'.split(' '),
);

/**
 * The invoice as EN 16931 has it, or what it lacks for that, each in a few words for people. Rules: BR-08 to BR-11, BR-16,
 * BR-S-02, BR-E-02, BR-AE-02, BR-O-02, BR-DEC-…, and those of the figures (`rules/e-invoice`).
 */
export function electronicInvoice(
  content: InvoiceContent,
): ElectronicInvoice | { readonly missing: readonly string[] } {
  const missing: string[] = [];
  // Whoever books the figures by machine must not be asked for what the page asks no more.
  if (content.voided) missing.push('a document that is not void');
  const sellerCountry = countryOf(content.issuer);
  if (!sellerCountry) missing.push('the country of the legal entity');
  else if (!vatCountries.has(sellerCountry)) missing.push('a legal entity in a country with value added tax');
  if (!countryOf(content.buyer)) missing.push('the country of the buyer');
  if (digitsOf(content.currency) > 2) missing.push('a currency with at most two decimals');
  if (content.lines.length === 0) missing.push('a line');
  const seller = taxRegistrations(content.issuer);
  const registered = seller.vat !== null || seller.other !== null;
  const buyer = taxRegistrations(content.buyer);
  // Whoever is not registered for tax cannot exempt from it.
  const lines = content.lines.map((line) =>
    line.untaxed === 'E' && !registered ? ({ ...line, untaxed: 'O' } as const) : line,
  );
  const figures = eInvoiceFigures({ ...content, lines });
  if (!figures) missing.push('tax that follows from the lines and their rates');
  else if (!registered && figures.breakdown.some((row) => row.category !== 'O')) {
    missing.push('a tax id of the legal entity');
  }
  if (!buyer.vat && figures?.breakdown.some((row) => row.category === 'AE')) missing.push('a VAT id of the buyer');
  if (!figures || missing.length > 0) return { missing };
  // Who is not subject to VAT must not be named by a number of it (BR-O-02).
  const hidden = figures.breakdown.some((row) => row.category === 'O');
  return hidden
    ? { figures, seller: { ...seller, vat: null }, buyer: { ...buyer, vat: null } }
    : { figures, seller, buyer };
}

const countryOf = (party: Party) => party.address?.country ?? null;
