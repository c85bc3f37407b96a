import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import type { OrderDirection } from '../../../platform/list-inputs.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { Where } from '../../../platform/where.ts';
import {
  type ApplicationRecord,
  type AttemptRecord,
  type MethodRecord,
  methodColumns,
  type PaymentRecord,
  paymentColumns,
  type RefundRecord,
  refundColumns,
} from './payments.records.ts';

export interface PaymentFilterValues {
  accountId?: string | null | undefined;
  invoiceId?: string | null | undefined;
  statuses?: readonly string[] | null | undefined;
  provider?: string | null | undefined;
  currency?: string | null | undefined;
  createdFrom?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

function conditions(context: Context, filter: PaymentFilterValues): Where {
  const where = new Where();
  where.add('p.organization_id = ?', context.organizationId);
  where.addIf(filter.accountId, 'p.account_id = ?');
  where.addIf(
    filter.invoiceId,
    'p.id in (select a.payment_id from payment_applications a where a.organization_id = p.organization_id and a.invoice_id = ?)',
  );
  if (filter.statuses) where.add('p.status = any(?::text[])', [...filter.statuses]);
  where.addIf(filter.provider, 'p.provider = ?');
  where.addIf(filter.currency, 'p.currency = ?');
  where.addIf(filter.createdFrom, 'p.created_at >= ?');
  where.addIf(filter.createdBefore, 'p.created_at < ?');
  return where;
}

/** A page of payments by the instant they were begun. */
export async function paymentsPage(
  context: Context,
  filter: PaymentFilterValues,
  direction: OrderDirection,
  page: PageArguments,
): Promise<Page<PaymentRecord>> {
  const where = conditions(context, filter);
  const ordering = {
    name: 'payments.CREATED_AT',
    column: 'p.created_at',
    idColumn: 'p.id',
    type: 'timestamptz',
  } as const;
  const plan = planPage(page, { ...ordering, direction }, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<PaymentRecord>(
    `select ${paymentColumns('p')} from payments p
     where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const text = `select count(*) as count from payments p where ${where.text}`;
    const [row] = await context.reader.rows<{ count: bigint }>(text, where.values);
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count);
}

/** A page of refunds by the instant they were asked for. */
export async function refundsPage(
  context: Context,
  filter: { paymentId?: string | null; statuses?: readonly string[] | null },
  direction: OrderDirection,
  page: PageArguments,
): Promise<Page<RefundRecord>> {
  const where = new Where();
  where.add('r.organization_id = ?', context.organizationId);
  where.addIf(filter.paymentId, 'r.payment_id = ?');
  if (filter.statuses) where.add('r.status = any(?::text[])', [...filter.statuses]);
  const ordering = {
    name: 'refunds.CREATED_AT',
    column: 'r.created_at',
    idColumn: 'r.id',
    type: 'timestamptz',
  } as const;
  const plan = planPage(page, { ...ordering, direction }, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<RefundRecord>(
    `select ${refundColumns('r')} from refunds r
     where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const text = `select count(*) as count from refunds r where ${where.text}`;
    const [row] = await context.reader.rows<{ count: bigint }>(text, where.values);
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count);
}

/** One loader by uuid over one statement; null for missing and foreign ones. */
function byId<Row extends { id: string }>(
  context: Context,
  name: string,
  select: string,
): DataLoader<string, Row | null> {
  return context.loader(name, async (ids: readonly string[]) => {
    const rows = await context.reader.rows<Row>(`${select} where t.organization_id = $1 and t.id = any($2::uuid[])`, [
      context.organizationId,
      [...ids],
    ]);
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

export const paymentLoader = (context: Context) =>
  byId<PaymentRecord>(context, 'payment', `select ${paymentColumns('t')} from payments t`);
export const methodLoader = (context: Context) =>
  byId<MethodRecord>(context, 'payment_method', `select ${methodColumns('t')} from payment_methods t`);
export const refundLoader = (context: Context) =>
  byId<RefundRecord>(context, 'refund', `select ${refundColumns('t')} from refunds t`);

/** One loader of lists by the uuid they belong to, over one statement. `of` is the column of that uuid. */
function listsOf<Row>(
  context: Context,
  name: string,
  statement: string,
  of: (row: Row) => string,
): DataLoader<string, Row[]> {
  return context.loader(name, async (ids: readonly string[]) => {
    const rows = await context.reader.rows<Row>(statement, [context.organizationId, [...ids]]);
    const lists = new Map<string, Row[]>(ids.map((id) => [id, []]));
    for (const row of rows) lists.get(of(row))?.push(row);
    return ids.map((id) => lists.get(id) ?? []);
  });
}

export const attemptsLoader = (context: Context) =>
  listsOf<AttemptRecord>(
    context,
    'payment.attempts',
    `select t.id, t.payment_id, t.payment_method_id, t.attempt_no, t.status, t.amount, p.currency, t.off_session,
       t.failure_code, t.failure_message, t.advice_code, t.client_secret, t.at, t.finished_at
     from payment_attempts t join payments p on p.organization_id = t.organization_id and p.id = t.payment_id
     where t.organization_id = $1 and t.payment_id = any($2::uuid[]) order by t.payment_id, t.attempt_no`,
    (row) => row.payment_id,
  );

const applications = (column: string) =>
  `select a.id, a.payment_id, a.invoice_id, a.amount, p.currency, a.status
   from payment_applications a join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
   where a.organization_id = $1 and a.${column} = any($2::uuid[]) order by a.${column}, a.created_at, a.id`;

export const applicationsLoader = (context: Context) =>
  listsOf<ApplicationRecord>(context, 'payment.applications', applications('payment_id'), (row) => row.payment_id);

export const refundsLoader = (context: Context) =>
  listsOf<RefundRecord>(
    context,
    'payment.refunds',
    `select ${refundColumns('r')} from refunds r where r.organization_id = $1 and r.payment_id = any($2::uuid[])
     order by r.payment_id, r.created_at, r.id`,
    (row) => row.payment_id,
  );

/** Refunds that credit notes tell of, the first one first, by the note. */
export const noteRefundsLoader = (context: Context) =>
  listsOf<RefundRecord & { of_note: string }>(
    context,
    'credit_note.refunds',
    `select s.credit_note_id as of_note, ${refundColumns('r')} from refund_shares s
     join refunds r on r.organization_id = s.organization_id and r.id = s.refund_id
     where s.organization_id = $1 and s.credit_note_id = any($2::uuid[]) order by s.credit_note_id, r.created_at, r.id`,
    (row) => row.of_note,
  );

/** Payments of invoices, the latest first, by the invoice. */
export const invoicePaymentsLoader = (context: Context) =>
  listsOf<PaymentRecord & { of_invoice: string }>(
    context,
    'invoice.payments',
    `select a.invoice_id as of_invoice, ${paymentColumns('p')} from payment_applications a
     join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
     where a.organization_id = $1 and a.invoice_id = any($2::uuid[]) order by a.invoice_id, p.created_at desc, p.id desc`,
    (row) => row.of_invoice,
  );

/** Methods of accounts that are in use, the default first, by the account. */
export const accountMethodsLoader = (context: Context) =>
  listsOf<MethodRecord>(
    context,
    'account.payment_methods',
    `select ${methodColumns('m')} from payment_methods m
     where m.organization_id = $1 and m.account_id = any($2::uuid[]) and m.detached_at is null
     order by m.account_id, m.is_default desc, m.created_at, m.id`,
    (row) => row.account_id,
  );
