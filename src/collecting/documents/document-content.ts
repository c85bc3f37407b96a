import type { VatCategory } from '../../rules/e-invoice.ts';

/** Whoever issues or gets a document, as the document froze them. */
export interface Party {
  /** Identifies it towards the organization. */
  readonly id: string;
  readonly name: string;
  readonly address: PostalAddress | null;
  readonly taxIds: readonly { readonly type: string; readonly value: string }[];
  readonly email: string | null;
}

export interface PostalAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1; null only for an issuer who never told. */
  readonly country: string | null;
}

/** How an organization dresses its documents. */
export interface Dress {
  readonly logo: Uint8Array | null;
  /** `#rrggbb`. */
  readonly accentColor: string;
  readonly footer: string | null;
}

/** What all documents say. Days are `YYYY-MM-DD` in the zone of the account; amounts are minor units. */
interface Common {
  readonly number: string;
  readonly issuedAt: Date;
  readonly issuedOn: string;
  readonly currency: string;
  readonly issuer: Party;
  readonly buyer: Party;
  /** BCP 47. */
  readonly locale: string;
  readonly dress: Dress;
  /** Of a sandbox: no real demand for money. */
  readonly sandbox: boolean;
}

export interface ContentLine {
  readonly description: string;
  /** First and last day of the service; null for what has no period. */
  readonly period: { readonly firstOn: string; readonly lastOn: string } | null;
  readonly quantity: string;
  /** Minor units, possibly finer than one. */
  readonly unitAmount: string;
  readonly amount: bigint;
  readonly discount: bigint;
  /** Why it carries no tax: the buyer owes it (AE), is exempt (E), or none is due here (O). Null where its rates say all. */
  readonly untaxed: VatCategory | null;
  /** The line's share of the tax. */
  readonly tax: bigint;
  /** The rates that apply to it, and its tax under each. */
  readonly rates: readonly { readonly percent: string; readonly inclusive: boolean; readonly amount: bigint }[];
}

export interface ContentTax {
  readonly name: string;
  readonly percent: string;
  readonly inclusive: boolean;
  readonly taxable: bigint;
  readonly amount: bigint;
}

/** An invoice or a credit note. The amounts of a credit note are what is given back, as positive figures. */
export interface InvoiceContent extends Common {
  readonly kind: 'invoice' | 'credit_note';
  readonly dueOn: string | null;
  readonly lines: readonly ContentLine[];
  readonly taxes: readonly ContentTax[];
  readonly subtotal: bigint;
  readonly discountTotal: bigint;
  readonly taxTotal: bigint;
  readonly taxIncluded: bigint;
  readonly total: bigint;
  readonly carriedToCredit: bigint;
  readonly creditsApplied: bigint;
  /** What was to be paid when it was issued; of a credit note nothing. */
  readonly payable: bigint;
  /** What the buyer says of its exemption; null where it says nothing. */
  readonly exemption: string | null;
  readonly memo: string | null;
  /** The number under which the buyer ordered. */
  readonly purchaseOrder: string | null;
  /** What the merchant adds to the head of the document. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** Of a credit note, the invoice it corrects. */
  readonly corrects: { readonly number: string; readonly issuedOn: string } | null;
  readonly voided: boolean;
}

/** The receipt of a payment. */
export interface ReceiptContent extends Common {
  readonly kind: 'receipt';
  readonly amount: bigint;
  readonly method: ReceiptMethod;
  readonly covers: readonly { readonly number: string; readonly amount: bigint }[];
}

/** How money came. `brand` and `last4` of a card or account; `manual` is what was recorded by hand. */
export interface ReceiptMethod {
  readonly manual: 'cash' | 'check' | 'bank_transfer' | 'other' | null;
  readonly type: string | null;
  readonly brand: string | null;
  readonly last4: string | null;
  readonly reference: string | null;
}

export type DocumentContent = InvoiceContent | ReceiptContent;
