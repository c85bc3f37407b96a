import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import type { OrderDirection } from '../../../platform/list-inputs.ts';
import { columnsRead } from '../../../platform/lookahead.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { Where } from '../../../platform/where.ts';
import { type LineRecord, lineColumns, type TaxRecord } from '../lines/line-record.ts';
import { type InvoiceRecord, invoiceFieldColumns } from '../settlement/invoice-record.ts';

/** An invoice with what is derived from its account's clock. */
export interface ShownInvoice extends InvoiceRecord {
  past_due: boolean;
}

/**
 * Open, and the day it was due on has ended where its account is, whose row is `a` and whose test clock `c`; `wall` is the
 * parameter of the wall clock. What is due at once is not past due while it is being collected.
 */
export const pastDueOf = (wall: string) => `(i.status = 'open'
     and (date_trunc('day', i.due_at at time zone a.timezone) + interval '1 day') at time zone a.timezone <= coalesce(c.now_at, ${wall}::timestamptz))`;

/** The same where the account is not at hand. `$2` is the wall clock. */
const pastDue = `(i.status = 'open' and (select ${pastDueOf('$2')}
     from accounts a left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
     where a.organization_id = i.organization_id and a.id = i.account_id))`;

/** The columns of invoices `i` that a request needs, behind the organization and the wall clock as $1 and $2. */
const shownColumns = columnsRead<keyof ShownInvoice>(
  { ...invoiceFieldColumns, fields: { ...invoiceFieldColumns.fields, pastDue: ['past_due'] } },
  (names) => names.map((name) => (name === 'past_due' ? `${pastDue} as past_due` : `i.${name}`)).join(', '),
);

export interface InvoiceFilterValues {
  accountId?: string | null | undefined;
  billToAccountId?: string | null | undefined;
  subscriptionId?: string | null | undefined;
  statuses?: readonly string[] | null | undefined;
  pastDue?: boolean | null | undefined;
  taxPending?: readonly string[] | null | undefined;
  currency?: string | null | undefined;
  createdFrom?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** Conditions on `i`, behind the organization and the wall clock as $1 and $2. */
function conditions(context: Context, filter: InvoiceFilterValues): Where {
  const where = new Where();
  where.add('i.organization_id = ?', context.organizationId);
  where.add('?::timestamptz is not null', context.app.clock.now());
  where.addIf(filter.accountId, 'i.account_id = ?');
  where.addIf(filter.billToAccountId, 'i.bill_to_account_id = ?');
  where.addIf(
    filter.subscriptionId,
    'i.id in (select l.invoice_id from invoice_lines l where l.organization_id = i.organization_id and l.subscription_id = ?)',
  );
  const { statuses } = filter;
  if (statuses) {
    where.add('i.status = any(?::text[])', [...statuses]);
    // Said so that the index of what is not paid serves.
    if (!statuses.includes('paid')) where.add(`i.status <> 'paid'`);
  }
  if (filter.pastDue === true) where.add(`i.status <> 'paid' and ${pastDue}`);
  if (filter.pastDue === false) where.add(`not ${pastDue}`);
  if (filter.taxPending) {
    where.add(
      `i.status = 'draft' and i.id in (select t.invoice_id from invoice_taxations t
         where t.organization_id = i.organization_id and t.status = 'pending' and t.reason = any(?::text[]))`,
      [...filter.taxPending],
    );
  }
  where.addIf(filter.currency, 'i.currency = ?');
  where.addIf(filter.createdFrom, 'i.created_at >= ?');
  where.addIf(filter.createdBefore, 'i.created_at < ?');
  return where;
}

/** A page of invoices by the instant they were made. */
export async function invoicesPage(
  context: Context,
  filter: InvoiceFilterValues,
  direction: OrderDirection,
  page: PageArguments,
): Promise<Page<ShownInvoice>> {
  const where = conditions(context, filter);
  const ordering = {
    name: 'invoices.CREATED_AT',
    column: 'i.created_at',
    idColumn: 'i.id',
    type: 'timestamptz',
  } as const;
  const plan = planPage(page, { ...ordering, direction }, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<ShownInvoice>(
    `select ${shownColumns(context)} from invoices i
     where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from invoices i where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count);
}

/** Invoices by uuid, for whoever shows one beside its own objects; null for missing and foreign ones. */
export function invoiceLoader(context: Context): DataLoader<string, ShownInvoice | null> {
  return context.loader('invoice', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ShownInvoice>(
      `select ${shownColumns(context)} from invoices i
       where i.organization_id = $1 and $2::timestamptz is not null and i.id = any($3::uuid[])`,
      [context.organizationId, context.app.clock.now(), [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
}

/** The invoice with a number. */
export async function invoiceByNumber(context: Context, number: string): Promise<ShownInvoice | null> {
  const [row] = await context.reader.rows<ShownInvoice>(
    `select ${shownColumns(context)} from invoices i
     where i.organization_id = $1 and $2::timestamptz is not null and i.number = $3`,
    [context.organizationId, context.app.clock.now(), number],
  );
  return row ?? null;
}

/** The lines of invoices, in the order of their positions; one statement for any number of invoices. */
export function linesLoader(context: Context): DataLoader<string, LineRecord[]> {
  return context.loader('invoice.lines', async (invoiceIds: readonly string[]) => {
    const rows = await context.reader.rows<LineRecord>(
      `select ${lineColumns(context)} from invoice_lines l where l.organization_id = $1 and l.invoice_id = any($2::uuid[])
       order by l.invoice_id, l.position, l.id`,
      [context.organizationId, [...invoiceIds]],
    );
    return grouped(invoiceIds, rows, (row) => row.invoice_id);
  });
}

/** Lines by uuid. */
export function lineLoader(context: Context): DataLoader<string, LineRecord | null> {
  return context.loader('invoice.line', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<LineRecord>(
      `select ${lineColumns(context)} from invoice_lines l where l.organization_id = $1 and l.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
}

/** The taxes of invoices; one statement for any number of invoices. */
export function taxesLoader(context: Context): DataLoader<string, TaxRecord[]> {
  return context.loader('invoice.taxes', async (invoiceIds: readonly string[]) => {
    const rows = await context.reader.rows<TaxRecord>(
      `select t.invoice_id, t.tax_rate_id, t.treatment, t.name, t.percent, t.inclusive, t.taxable, t.amount from invoice_taxes t
       where t.organization_id = $1 and t.invoice_id = any($2::uuid[]) order by t.invoice_id, t.id`,
      [context.organizationId, [...invoiceIds]],
    );
    return grouped(invoiceIds, rows, (row) => row.invoice_id);
  });
}

/** Values in the order of their keys; null where there is none. */
export function inOrder<Row>(
  keys: readonly string[],
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): (Row | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}

/** Rows by key, in the order of the keys, each group in the order of its rows. */
export function grouped<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>(keys.map((key) => [key, []]));
  for (const row of rows) groups.get(keyOf(row))?.push(row);
  return keys.map((key) => groups.get(key) ?? []);
}

/** When drafts become final by themselves, by the invoice; null where they do not. */
export function graceLoader(context: Context): DataLoader<string, Date | null> {
  return context.loader('invoice.grace', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ invoice_id: string; finalize_at: Date }>(
      'select invoice_id, finalize_at from invoice_graces where organization_id = $1 and invoice_id = any($2::uuid[])',
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.invoice_id).map((row) => row?.finalize_at ?? null);
  });
}

/** The invoices that stand for void ones, by the void one. */
export function replacementLoader(context: Context): DataLoader<string, string | null> {
  return context.loader('invoice.replacement', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ id: string; replaces_invoice_id: string }>(
      'select id, replaces_invoice_id from invoices where organization_id = $1 and replaces_invoice_id = any($2::uuid[])',
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.replaces_invoice_id).map((row) => row?.id ?? null);
  });
}
