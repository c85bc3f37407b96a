import type { DocumentContent } from '../document-content.ts';

/** The invoice as XML of EN 16931, or what it lacks for that. */
export interface ElectronicInvoice {
  readonly xml: string | null;
  readonly missing: readonly string[];
}

/** EN 16931 of an invoice or credit note; receipts have none. */
export function electronicInvoice(_content: DocumentContent): ElectronicInvoice {
  return { xml: null, missing: [] };
}
