import type { Reader } from '../../platform/database.ts';
import { localDate } from '../../rules/calendar.ts';
import { dressOf, readDress } from './branding.ts';
import type { DocumentContent, InvoiceContent } from './document-content.ts';
import type { FrozenReceipt } from './documents.entities.ts';
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
import { readCreditNote } from './read-credit-note.ts';
import type { DocumentKind } from './signed-links.ts';

/** What a document says, read from what was frozen when it was issued; null for a draft and what is not there. */
export function readContent(reader: Reader, kind: DocumentKind, id: string): Promise<DocumentContent | null> {
  return readers[kind](reader, id);
}

const readers: Readonly<Record<DocumentKind, (reader: Reader, id: string) => Promise<DocumentContent | null>>> = {
  invoice: readInvoice,
  credit_note: readCreditNote,
  receipt: readReceipt,
};

interface InvoiceRecord {
  number: string;
  status: string;
  reason: string;
  legal_entity_id: string;
  bill_to_account_id: string;
  currency: string;
  subtotal: bigint;
  discount_total: bigint;
  tax_total: bigint;
  tax_included: bigint;
  carried_to_credit: bigint;
  total: bigint;
  credits_applied: bigint;
  memo: string | null;
  purchase_order_number: string | null;
  custom_fields: InvoiceContent['fields'];
  issuer: FrozenIssuer;
  buyer: FrozenBuyer;
  due_at: Date;
  finalized_at: Date;
  mode: string;
  locale: string;
  timezone: string;
}

async function readInvoice(reader: Reader, id: string): Promise<InvoiceContent | null> {
  const key = [reader.organizationId, id];
  const [record] = await reader.rows<InvoiceRecord>(
    `select i.number, i.status, i.reason, i.legal_entity_id, i.bill_to_account_id, i.currency, i.subtotal, i.discount_total, i.tax_total,
       i.tax_included, i.carried_to_credit, i.total, i.credits_applied, i.memo, i.purchase_order_number, i.custom_fields, i.issuer, i.buyer, i.due_at, i.finalized_at,
       o.mode, b.locale, a.timezone
     from invoices i join organizations o on o.id = i.organization_id
       join accounts a on a.organization_id = i.organization_id and a.id = i.account_id
       join accounts b on b.organization_id = i.organization_id and b.id = i.bill_to_account_id
     where i.organization_id = $1 and i.id = $2::uuid and i.finalized_at is not null`,
    key,
  );
  if (!record) return null;
  const lines = await reader.rows<LineRecord>(
    `select kind, reverses_line_id, description, period_start, period_end, quantity, unit_amount, amount, discount_amount, tax_amount, taxes,
       period_end as supplied_to
     from invoice_lines where organization_id = $1 and invoice_id = $2::uuid order by position, id`,
    key,
  );
  const taxes = await reader.rows<TaxRecord>(
    `select treatment, name, percent, inclusive, taxable, amount from invoice_taxes
     where organization_id = $1 and invoice_id = $2::uuid order by inclusive, percent desc, id`,
    key,
  );
  const dress = dressOf(await readDress(reader, record.legal_entity_id, record.issuer.brandingVersion ?? 0));
  return invoiceContent(record, lines, taxes, dress);
}

function invoiceContent(
  record: InvoiceRecord,
  lines: readonly LineRecord[],
  taxes: readonly TaxRecord[],
  dress: InvoiceContent['dress'],
): InvoiceContent {
  const { issuer, buyer } = record;
  const { timezone = record.timezone, locale = record.locale } = buyer;
  return {
    kind: 'invoice',
    number: record.number,
    issuedAt: record.finalized_at,
    issuedOn: localDate(timezone, record.finalized_at),
    dueOn: localDate(timezone, record.due_at),
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
    carriedToCredit: record.carried_to_credit,
    creditsApplied: record.credits_applied,
    payable: record.total - record.credits_applied,
    exemption: exemptionText(buyer),
    memo: record.memo,
    purchaseOrder: record.purchase_order_number,
    fields: record.custom_fields,
    corrects: null,
    voided: record.status === 'void',
  };
}

interface ReceiptRecord {
  number: string;
  currency: string;
  amount: bigint;
  paid_on: string;
  paid_at: Date;
  legal_entity_id: string;
  content: FrozenReceipt;
  locale: string;
  mode: string;
}

async function readReceipt(reader: Reader, id: string): Promise<DocumentContent | null> {
  const [record] = await reader.rows<ReceiptRecord>(
    `select r.number, r.currency, r.amount, r.paid_on, r.paid_at, r.legal_entity_id, r.content, a.locale, o.mode
     from receipts r join accounts a on a.organization_id = r.organization_id and a.id = r.account_id
       join organizations o on o.id = r.organization_id
     where r.organization_id = $1 and r.id = $2::uuid`,
    [reader.organizationId, id],
  );
  if (!record) return null;
  const { issuer, buyer, method, covers, locale, brandingVersion = 0 } = record.content;
  return {
    kind: 'receipt',
    number: record.number,
    issuedAt: record.paid_at,
    issuedOn: record.paid_on,
    currency: record.currency,
    issuer,
    buyer,
    locale: locale ?? record.locale,
    dress: dressOf(await readDress(reader, record.legal_entity_id, brandingVersion)),
    sandbox: record.mode === 'sandbox',
    amount: record.amount,
    method,
    covers: covers.map((cover) => ({ number: cover.number, amount: BigInt(cover.amount) })),
  };
}
