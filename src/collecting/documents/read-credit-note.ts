import type { Reader } from '../../platform/database.ts';
import { localDate } from '../../rules/calendar.ts';
import { dressOf, readDress } from './branding.ts';
import type { InvoiceContent } from './document-content.ts';
import {
  buyerParty,
  exemptionText,
  type FrozenBuyer,
  type FrozenIssuer,
  issuerParty,
  type LineRecord,
  type TaxRecord,
  toLine,
  toTax,
} from './frozen-parts.ts';

interface NoteRecord {
  number: string;
  status: string;
  legal_entity_id: string;
  bill_to_account_id: string;
  currency: string;
  subtotal: bigint;
  discount_total: bigint;
  tax_total: bigint;
  tax_included: bigint;
  total: bigint;
  memo: string | null;
  issuer: FrozenIssuer;
  buyer: FrozenBuyer;
  issued_at: Date;
  invoice_number: string;
  reason: string;
  finalized_at: Date;
  purchase_order_number: string | null;
  mode: string;
  locale: string;
  timezone: string;
}

/** What a credit note says, read from what was frozen when it was issued; null if there is none. */
export async function readCreditNote(reader: Reader, id: string): Promise<InvoiceContent | null> {
  const key = [reader.organizationId, id];
  const [record] = await reader.rows<NoteRecord>(
    `select n.number, n.status, n.legal_entity_id, n.bill_to_account_id, n.currency, n.subtotal, n.discount_total, n.tax_total,
       n.tax_included, n.total, n.memo, n.issuer, n.buyer, n.issued_at, i.number as invoice_number, i.reason, i.finalized_at,
       i.purchase_order_number, o.mode, b.locale, a.timezone
     from credit_notes n join invoices i on i.organization_id = n.organization_id and i.id = n.invoice_id
       join organizations o on o.id = n.organization_id
       join accounts a on a.organization_id = n.organization_id and a.id = n.account_id
       join accounts b on b.organization_id = n.organization_id and b.id = n.bill_to_account_id
     where n.organization_id = $1 and n.id = $2::uuid`,
    key,
  );
  if (!record) return null;
  // A part of a line that is no number of units is shown as one of its amount, and so are whole lines of notes that do not say
  // how they came about: what was printed once is printed the same again.
  const lines = await reader.rows<LineRecord>(
    `select i.kind, i.reverses_line_id, l.description, l.period_start, l.period_end,
       case when whole then i.quantity else coalesce(l.quantity, 1) end as quantity,
       case when whole or l.quantity is not null then i.unit_amount else l.amount::numeric end as unit_amount,
       l.amount, l.discount_amount, l.tax_amount, l.taxes, i.period_end as supplied_to
     from credit_note_lines l join invoice_lines i on i.organization_id = l.organization_id and i.id = l.invoice_line_id
       cross join lateral (select l.amount = i.amount and l.derivation::text <> '{}' as whole) as taken
     where l.organization_id = $1 and l.credit_note_id = $2::uuid order by l.position, l.id`,
    key,
  );
  const taxes = await reader.rows<TaxRecord>(
    `select treatment, name, percent, inclusive, taxable, amount from credit_note_taxes
     where organization_id = $1 and credit_note_id = $2::uuid order by inclusive, percent desc, id`,
    key,
  );
  const dress = dressOf(await readDress(reader, record.legal_entity_id, record.issuer.brandingVersion ?? 0));
  return noteContent(record, lines, taxes, dress);
}

function noteContent(
  record: NoteRecord,
  lines: readonly LineRecord[],
  taxes: readonly TaxRecord[],
  dress: InvoiceContent['dress'],
): InvoiceContent {
  // A note keeps what its invoice froze, language and dress with it.
  const { issuer, buyer } = record;
  const { timezone = record.timezone, locale = record.locale } = buyer;
  return {
    kind: 'credit_note',
    number: record.number,
    issuedAt: record.issued_at,
    issuedOn: localDate(timezone, record.issued_at),
    dueOn: null,
    currency: record.currency,
    issuer: issuerParty(record.legal_entity_id, issuer),
    buyer: buyerParty(record.bill_to_account_id, buyer),
    locale,
    dress,
    sandbox: record.mode === 'sandbox',
    lines: lines.map((line) =>
      toLine(line, { locale, reason: record.reason, timezone, buyer, at: record.finalized_at }),
    ),
    taxes: taxes.map((tax) => toTax(tax, locale)),
    subtotal: record.subtotal,
    discountTotal: record.discount_total,
    taxTotal: record.tax_total,
    taxIncluded: record.tax_included,
    total: record.total,
    carriedToCredit: 0n,
    creditsApplied: 0n,
    payable: record.total,
    exemption: exemptionText(buyer),
    memo: record.memo,
    purchaseOrder: record.purchase_order_number,
    fields: [],
    corrects: { number: record.invoice_number, issuedOn: localDate(timezone, record.finalized_at) },
    voided: record.status === 'void',
  };
}
