import { hash } from 'node:crypto';
import type { CreditNoteLineRow, CreditNoteRow, CreditNoteTaxRow } from './credit-notes.entities.ts';

type Part = string | number | bigint | boolean | Date | null | undefined;

/** A field as PostgreSQL's `json_build_array` puts it into words; instants are microseconds since 1970. */
function words(part: Part): string {
  if (part === null || part === undefined) return 'null';
  if (part instanceof Date) return `${part.getTime()}000`;
  return typeof part === 'bigint' ? part.toString() : JSON.stringify(part);
}

const array = (parts: readonly string[]): string => `[${parts.join(', ')}]`;

function lineText(l: CreditNoteLineRow): string {
  const what = [l.id, l.invoiceLineId, l.position, l.description].map(words);
  const sums = [l.amount, l.discountAmount, l.taxAmount, l.taxIncluded, l.total].map(words);
  const period = [l.periodStart, l.periodEnd, l.freesPeriod].map(words);
  // Notes that are older than derivations keep their hash.
  const derivation = Object.keys(l.derivation as object).length > 0 ? [JSON.stringify(l.derivation)] : [];
  return array([...what, l.quantity ?? 'null', ...sums, JSON.stringify(l.taxes), ...period, ...derivation]);
}

function taxText(t: CreditNoteTaxRow): string {
  const sums = [t.taxable, t.amount].map(words);
  return array([...[t.id, t.taxRateId, t.name].map(words), t.percent, words(t.inclusive), ...sums]);
}

/**
 * SHA-256, in hexadecimal, of all that a credit note says. The SQL function `credit_note_content_hash` makes the same of the
 * stored rows. Lines in the order of their positions, taxes in that of their ids.
 */
export function creditNoteHash(
  n: CreditNoteRow,
  lines: readonly CreditNoteLineRow[],
  taxes: readonly CreditNoteTaxRow[],
): string {
  const who = [n.id, n.invoiceId, n.legalEntityId, n.accountId, n.billToAccountId, n.reason, n.memo];
  const number = [n.number, n.numberSeries, n.numberSeq, n.currency];
  const sums = [n.subtotal, n.discountTotal, n.taxTotal, n.taxIncluded, n.total, n.toInvoice, n.toRefund, n.toBalance];
  const head = ['credit note 1', ...who, ...number, ...sums].map(words);
  const frozen = [JSON.stringify(n.issuer), JSON.stringify(n.buyer), words(n.issuedAt), words(n.createdAt)];
  const text = array([...head, ...frozen, array(lines.map(lineText)), array(taxes.map(taxText))]);
  return hash('sha256', text, 'hex');
}
