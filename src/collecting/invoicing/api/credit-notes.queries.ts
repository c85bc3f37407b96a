import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import type { Metadata } from '../../../platform/scalars.ts';
import { Where } from '../../../platform/where.ts';
import type { TaxRecord } from '../lines/line-record.ts';
import { grouped, inOrder } from './invoicing.queries.ts';

/** A row of `credit_notes` as SQL answers it. */
export interface CreditNoteRecord {
  id: string;
  invoice_id: string;
  account_id: string;
  bill_to_account_id: string;
  number: string;
  status: string;
  reason: string;
  memo: string | null;
  currency: string;
  subtotal: bigint;
  discount_total: bigint;
  tax_total: bigint;
  tax_included: bigint;
  total: bigint;
  to_invoice: bigint;
  to_refund: bigint;
  refunded_before: bigint;
  to_balance: bigint;
  issued_at: Date;
  voided_at: Date | null;
  content_hash: string;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns = `n.id, n.invoice_id, n.account_id, n.bill_to_account_id, n.number, n.status, n.reason, n.memo, n.currency,
  n.subtotal, n.discount_total, n.tax_total, n.tax_included, n.total, n.to_invoice, n.to_refund, n.refunded_before, n.to_balance,
  n.issued_at, n.voided_at, n.content_hash, n.metadata, n.created_at, n.updated_at`;

/** A line of a credit note with the currency of the note. */
export interface CreditNoteLineRecord {
  id: string;
  credit_note_id: string;
  invoice_line_id: string;
  description: string;
  quantity: string | null;
  amount: bigint;
  discount_amount: bigint;
  tax_amount: bigint;
  total: bigint;
  currency: string;
  period_start: Date | null;
  period_end: Date | null;
  frees_period: boolean;
  derivation: unknown;
}

const lineColumns = `l.id, l.credit_note_id, l.invoice_line_id, l.description, l.quantity::text, l.amount, l.discount_amount, l.tax_amount,
  l.total, n.currency, l.period_start, l.period_end, l.frees_period, l.derivation`;
const linesOfNotes = `credit_note_lines l join credit_notes n on n.organization_id = l.organization_id and n.id = l.credit_note_id`;

export interface CreditNoteFilterValues {
  accountId?: string | null | undefined;
  invoiceId?: string | null | undefined;
  statuses?: readonly string[] | null | undefined;
  createdFrom?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** A page of credit notes by the instant they were issued. */
export async function creditNotesPage(
  context: Context,
  filter: CreditNoteFilterValues,
  page: PageArguments,
): Promise<Page<CreditNoteRecord>> {
  const where = new Where();
  where.add('n.organization_id = ?', context.organizationId);
  where.addIf(filter.accountId, 'n.account_id = ?');
  where.addIf(filter.invoiceId, 'n.invoice_id = ?');
  if (filter.statuses) where.add('n.status = any(?::text[])', [...filter.statuses]);
  where.addIf(filter.createdFrom, 'n.created_at >= ?');
  where.addIf(filter.createdBefore, 'n.created_at < ?');
  const ordering = { name: 'credit_notes', column: 'n.created_at', idColumn: 'n.id', type: 'timestamptz' } as const;
  const plan = planPage(page, { ...ordering, direction: 'desc' }, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<CreditNoteRecord>(
    `select ${columns} from credit_notes n where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const sql = `select count(*) as count from credit_notes n where ${where.text}`;
    const [row] = await context.reader.rows<{ count: bigint }>(sql, where.values);
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count);
}

/** Credit notes by uuid. */
export function creditNoteLoader(context: Context): DataLoader<string, CreditNoteRecord | null> {
  return context.loader('credit_note', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<CreditNoteRecord>(
      `select ${columns} from credit_notes n where n.organization_id = $1 and n.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
}

/** Credit notes of invoices, the first one first, by the invoice. */
export function invoiceNotesLoader(context: Context): DataLoader<string, CreditNoteRecord[]> {
  return context.loader('invoice.credit_notes', async (invoiceIds: readonly string[]) => {
    const rows = await context.reader.rows<CreditNoteRecord>(
      `select ${columns} from credit_notes n where n.organization_id = $1 and n.invoice_id = any($2::uuid[])
       order by n.invoice_id, n.created_at, n.id`,
      [context.organizationId, [...invoiceIds]],
    );
    return grouped(invoiceIds, rows, (row) => row.invoice_id);
  });
}

/** The lines of credit notes, in the order of their positions, by the note. */
export function noteLinesLoader(context: Context): DataLoader<string, CreditNoteLineRecord[]> {
  return context.loader('credit_note.lines', async (noteIds: readonly string[]) => {
    const rows = await context.reader.rows<CreditNoteLineRecord>(
      `select ${lineColumns} from ${linesOfNotes} where l.organization_id = $1 and l.credit_note_id = any($2::uuid[])
       order by l.credit_note_id, l.position`,
      [context.organizationId, [...noteIds]],
    );
    return grouped(noteIds, rows, (row) => row.credit_note_id);
  });
}

/** Lines of credit notes by uuid. */
export function noteLineLoader(context: Context): DataLoader<string, CreditNoteLineRecord | null> {
  return context.loader('credit_note.line', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<CreditNoteLineRecord>(
      `select ${lineColumns} from ${linesOfNotes} where l.organization_id = $1 and l.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
}

/** The taxes of credit notes, by the note. */
export function noteTaxesLoader(
  context: Context,
): DataLoader<string, (Omit<TaxRecord, 'invoice_id'> & { note_id: string })[]> {
  return context.loader('credit_note.taxes', async (noteIds: readonly string[]) => {
    const rows = await context.reader.rows<Omit<TaxRecord, 'invoice_id'> & { note_id: string }>(
      `select t.credit_note_id as note_id, t.tax_rate_id, t.treatment, t.name, t.percent, t.inclusive, t.taxable, t.amount from credit_note_taxes t
       where t.organization_id = $1 and t.credit_note_id = any($2::uuid[]) order by t.credit_note_id, t.id`,
      [context.organizationId, [...noteIds]],
    );
    return grouped(noteIds, rows, (row) => row.note_id);
  });
}
