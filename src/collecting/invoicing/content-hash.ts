import { hash } from 'node:crypto';
import type { InvoiceLineRow, InvoiceTaxRow, WrittenInvoice } from './invoicing.entities.ts';

/** JSON is pasted as it is stored, to the letter. */
const json = (value: unknown): string => (value === null || value === undefined ? 'null' : JSON.stringify(value));
const text = json as (value: string | null | undefined) => string;
/** The issuer and the derivations are the same objects on the invoices of a batch: their text is made once. */
const texts = new WeakMap<object, string>();
const sharedJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return json(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const made = JSON.stringify(value);
  texts.set(value, made);
  return made;
};
/** Microseconds since 1970, as PostgreSQL tells them; instants of ours have milliseconds. */
const micros = (at: Date | null | undefined): string => (at ? `${at.getTime()}000` : 'null');
const plain = (value: bigint | number | string | null | undefined): string => (value == null ? 'null' : `${value}`);

/**
 * What finalization freezes as one canonical text: a JSON array, field by field, with the separators of PostgreSQL's
 * `json_build_array`. The SQL function `invoice_content_text` makes the same text of the stored rows.
 */
export function contentText(
  invoice: WrittenInvoice,
  lines: readonly InvoiceLineRow[],
  taxes: readonly InvoiceTaxRow[],
): string {
  const head = [
    '"invoice 1"',
    text(invoice.id),
    text(invoice.origin),
    text(invoice.reason),
    text(invoice.number),
    text(invoice.numberSeries),
    plain(invoice.numberSeq),
    text(invoice.legalEntityId),
    text(invoice.accountId),
    text(invoice.billToAccountId),
    text(invoice.currency),
    micros(invoice.createdAt),
    micros(invoice.finalizedAt),
    micros(invoice.dueAt),
    plain(invoice.netDays),
    text(invoice.memo),
    sharedJson(invoice.issuer),
    json(invoice.buyer),
    plain(invoice.subtotal),
    plain(invoice.discountTotal),
    plain(invoice.taxTotal),
    plain(invoice.taxIncluded),
    plain(invoice.carriedToCredit),
    plain(invoice.total),
  ];
  const lineTexts = lines.map(lineText).join(', ');
  const taxTexts = taxes.map(taxText).join(', ');
  return `[${head.join(', ')}, [${lineTexts}], [${taxTexts}]]`;
}

function lineText(line: InvoiceLineRow): string {
  const fields = [
    text(line.id),
    plain(line.position),
    text(line.kind),
    text(line.accountId),
    text(line.subscriptionId),
    text(line.subscriptionItemId),
    text(line.component),
    text(line.priceId),
    text(line.description),
    micros(line.periodStart),
    micros(line.periodEnd),
    plain(line.quantity),
    plain(line.unitAmount),
    plain(line.amount),
    plain(line.discountAmount),
    plain(line.taxAmount),
    text(line.currency),
    text(line.reversesLineId),
    sharedJson(line.derivation),
  ];
  return `[${fields.join(', ')}]`;
}

function taxText(tax: InvoiceTaxRow): string {
  const fields = [
    text(tax.id),
    text(tax.taxRateId),
    text(tax.name),
    plain(tax.percent),
    tax.inclusive ? 'true' : 'false',
    plain(tax.taxable),
    plain(tax.amount),
  ];
  return `[${fields.join(', ')}]`;
}

/** SHA-256 of the canonical text, in hexadecimal. Lines in the order of their positions, taxes in that of their ids. */
export function contentHash(
  invoice: WrittenInvoice,
  lines: readonly InvoiceLineRow[],
  taxes: readonly InvoiceTaxRow[],
): string {
  return hash('sha256', contentText(invoice, lines, taxes), 'hex');
}
