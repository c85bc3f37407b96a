import { hash } from 'node:crypto';
import { jsonText, keptJson } from '../../../platform/json-text.ts';
import type { InvoiceLineRow, InvoiceTaxRow, WrittenInvoice } from '../invoicing.entities.ts';

/** JSON is pasted as it is stored, to the letter. */
const json = (value: unknown): string => (value === null || value === undefined ? 'null' : jsonText(value));
const text = json as (value: string | null | undefined) => string;
/** Ids and words of ours hold nothing to escape. */
const word = (value: string | null | undefined): string => (value ? `"${value}"` : 'null');
/** Microseconds since 1970, as PostgreSQL tells them; instants of ours have milliseconds. */
const micros = (at: Date | null | undefined): string => (at ? `${at.getTime()}000` : 'null');

/** What is stored as it is hashed is put into words once, whoever shares it. */
const shared = (value: unknown): string =>
  typeof value === 'object' && value !== null ? keptJson(value) : json(value);

/** The number of an invoice, as it is frozen. */
export type FrozenNumber = Pick<WrittenInvoice, 'number' | 'numberSeries' | 'numberSeq'>;

/**
 * What finalization freezes as one canonical text: a JSON array, field by field, with the separators of PostgreSQL's
 * `json_build_array`. The SQL function `invoice_content_text` makes the same text of the stored rows. It is answered as
 * what stands before and behind the number, which is taken last.
 */
function textAroundNumber(
  invoice: WrittenInvoice,
  lines: readonly InvoiceLineRow[],
  taxes: readonly InvoiceTaxRow[],
): [before: string, behind: string] {
  const i = invoice;
  const who = `${word(i.legalEntityId)}, ${word(i.accountId)}, ${word(i.billToAccountId)}`;
  const what = `${word(i.id)}, ${word(i.origin)}, ${word(i.reason)}`;
  const when = `${micros(i.createdAt)}, ${micros(i.finalizedAt)}, ${micros(i.dueAt)}, ${i.netDays}`;
  const sums = `${i.subtotal}, ${i.discountTotal}, ${i.taxTotal}, ${i.taxIncluded}, ${i.carriedToCredit}, ${i.total}`;
  const frozen = `${text(i.memo)}, ${shared(i.issuer)}, ${shared(i.buyer)}`;
  const parts = `[${lines.map(lineText).join(', ')}], [${taxes.map(taxText).join(', ')}]`;
  const fields = i.customFields as unknown[];
  const extra =
    i.purchaseOrderNumber == null && fields.length === 0
      ? ''
      : `, [${text(i.purchaseOrderNumber)}, ${keptJson(fields)}]`;
  return [`["invoice 1", ${what}, `, `, ${who}, ${word(i.currency)}, ${when}, ${frozen}, ${sums}, ${parts}${extra}]`];
}

const numberPart = (i: FrozenNumber) => `${text(i.number)}, ${text(i.numberSeries)}, ${i.numberSeq ?? null}`;

function lineText(l: InvoiceLineRow): string {
  const what = `${word(l.id)}, ${l.position}, ${word(l.kind)}, ${word(l.accountId)}`;
  const sold = `${word(l.subscriptionId)}, ${word(l.subscriptionItemId)}, ${text(l.component)}, ${word(l.priceId)}, ${text(l.description)}`;
  const when = `${micros(l.periodStart)}, ${micros(l.periodEnd)}`;
  const sums = `${l.quantity}, ${l.unitAmount}, ${l.amount}, ${l.discountAmount}, ${l.taxAmount}, ${word(l.currency)}`;
  const taxes = (l.taxes as unknown[]).length > 0 ? `, ${shared(l.taxes)}` : '';
  return `[${what}, ${sold}, ${when}, ${sums}, ${word(l.reversesLineId)}, ${shared(l.derivation)}${taxes}]`;
}

function taxText(t: InvoiceTaxRow): string {
  return `[${word(t.id)}, ${word(t.taxRateId)}, ${text(t.name)}, ${t.percent}, ${t.inclusive}, ${t.taxable}, ${t.amount}]`;
}

/**
 * SHA-256 of the canonical text, in hexadecimal, once the number is known. Lines in the order of their positions, taxes in
 * that of their ids.
 */
export function contentHash(
  invoice: WrittenInvoice,
  lines: readonly InvoiceLineRow[],
  taxes: readonly InvoiceTaxRow[],
): (number: FrozenNumber) => string {
  const [before, behind] = textAroundNumber(invoice, lines, taxes);
  return (number) => hash('sha256', `${before}${numberPart(number)}${behind}`, 'hex');
}
