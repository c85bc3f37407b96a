import type DataLoader from 'dataloader';
import type { Context } from '../../../platform/context.ts';
import type { OrderDirection } from '../../../platform/list-inputs.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { columnsAs } from '../../../platform/sql-text.ts';
import { Where } from '../../../platform/where.ts';
import type { PricedBy } from '../../catalog/index.ts';
import type { SubscriptionChangeRow, SubscriptionItemRow, SubscriptionRow } from '../subscriptions.entities.ts';
import { changeColumns, itemColumns, shownSubscriptionColumns } from '../subscriptions.rows.ts';

export interface SubscriptionFilterValues {
  statuses?: readonly string[] | null | undefined;
  accountId?: string | null | undefined;
  planId?: string | null | undefined;
  externalId?: string | null | undefined;
  currency?: string | null | undefined;
  parked?: boolean | null | undefined;
  periodEndFrom?: Date | null | undefined;
  periodEndBefore?: Date | null | undefined;
  createdFrom?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
  metadata?: Record<string, string> | null | undefined;
}

/** A page of the organization's subscriptions. */
export async function subscriptionsPage(
  context: Context,
  filter: SubscriptionFilterValues,
  direction: OrderDirection,
  page: PageArguments,
): Promise<Page<SubscriptionRow>> {
  const where = conditions(context.organizationId, filter);
  const plan = planPage(
    page,
    {
      name: 'subscriptions.CREATED_AT',
      column: 's.created_at',
      idColumn: 's.id',
      type: 'timestamptz',
      direction,
    },
    { firstParameter: where.values.length + 1 },
  );
  const rows = await context.reader.rows<SubscriptionRow>(
    `select ${shownSubscriptionColumns(context)} from subscriptions s where ${where.text} and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from subscriptions s where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.createdAt, id: row.id }), count);
}

function conditions(organizationId: string, filter: SubscriptionFilterValues): Where {
  const where = new Where();
  where.add('s.organization_id = ?', organizationId);
  if (filter.statuses) where.add('s.status = any(?::text[])', [...filter.statuses]);
  where.addIf(filter.accountId, 's.account_id = ?');
  where.addIf(
    filter.planId,
    `exists (select from subscription_items i where i.organization_id = s.organization_id and i.subscription_id = s.id and i.plan_id = ?)`,
  );
  where.addIf(filter.externalId, 's.external_id = ?');
  where.addIf(filter.currency, 's.currency = ?');
  if (filter.parked != null) where.add(`s.parked_at is ${filter.parked ? 'not ' : ''}null`);
  where.addIf(filter.periodEndFrom, 's.current_period_end >= ?');
  where.addIf(filter.periodEndBefore, 's.current_period_end < ?');
  where.addIf(filter.createdFrom, 's.created_at >= ?');
  where.addIf(filter.createdBefore, 's.created_at < ?');
  if (filter.metadata) where.add('s.metadata @> ?::jsonb', JSON.stringify(filter.metadata));
  return where;
}

/** The subscription with an external id. */
export async function subscriptionByExternalId(context: Context, externalId: string): Promise<SubscriptionRow | null> {
  const [row] = await context.reader.rows<SubscriptionRow>(
    `select ${shownSubscriptionColumns(context)} from subscriptions s where s.organization_id = $1 and s.external_id = $2`,
    [context.organizationId, externalId],
  );
  return row ?? null;
}

/** Rows by a key, in the order of the keys. */
export function grouped<Row>(keys: readonly string[], rows: readonly Row[], keyOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>(keys.map((key) => [key, []]));
  for (const row of rows) groups.get(keyOf(row))?.push(row);
  return keys.map((key) => groups.get(key)!);
}

/** Subscriptions by uuid; null for missing and foreign ones. */
export function subscriptionLoader(context: Context): DataLoader<string, SubscriptionRow | null> {
  return context.loader('subscription', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<SubscriptionRow>(
      `select ${shownSubscriptionColumns(context)} from subscriptions s where s.organization_id = $1 and s.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.id).map(([row]) => row ?? null);
  });
}

/** Items by uuid; null for missing and foreign ones. */
export function itemLoader(context: Context): DataLoader<string, SubscriptionItemRow | null> {
  return context.loader('subscription.item', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<SubscriptionItemRow>(
      `select ${columnsAs('i', itemColumns)} from subscription_items i
       where i.organization_id = $1 and i.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.id).map(([row]) => row ?? null);
  });
}

/** Overrides of prices by uuid, with the currency of the price that each stands for; null for missing and foreign ones. */
export function overrideLoader(context: Context): DataLoader<string, (PricedBy & { id: string }) | null> {
  return context.loader('subscription.override', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PricedBy & { id: string }>(
      `select o.id, o.model, o.parameters, c.currency from price_overrides o
       join prices c on c.organization_id = o.organization_id and c.id = o.price_id
       where o.organization_id = $1 and o.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.id).map(([row]) => row ?? null);
  });
}

/** The items of subscriptions: those that are held in the order in which they came, then those that have ended, the latest first. */
export function itemsLoader(context: Context): DataLoader<string, SubscriptionItemRow[]> {
  return context.loader('subscription.items', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<SubscriptionItemRow>(
      `select ${columnsAs('i', itemColumns)} from subscription_items i
       where i.organization_id = $1 and i.subscription_id = any($2::uuid[])
       order by i.subscription_id, i.active_to desc nulls first, i.position, i.id`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.subscriptionId);
  });
}

const mostChanges = 500;

/** The latest changes of subscriptions, the oldest of them first; at most 500 each. */
export function historyLoader(context: Context): DataLoader<string, SubscriptionChangeRow[]> {
  return context.loader('subscription.history', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<SubscriptionChangeRow>(
      `select c.* from unnest($2::uuid[]) as k(id) cross join lateral (
         select ${columnsAs('h', changeColumns)} from subscription_changes h
         where h.organization_id = $1 and h.subscription_id = k.id order by h.id desc limit ${mostChanges}) c
       order by c."id"`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.subscriptionId);
  });
}

interface InvoicePlace {
  of_subscription: string;
  id: string;
  created_at: Date;
}

/** Where the invoices with lines of a subscription stand, the newest first: one statement for all of a list. */
export async function invoicesOfSubscription(
  context: Context,
  subscriptionId: string,
  page: PageArguments,
): Promise<Page<InvoicePlace>> {
  const { first = null, last = null, after = null, before = null } = page;
  const plan = planPage(
    page,
    { name: 'subscription.invoices', column: 'i.created_at', idColumn: 'i.id', type: 'timestamptz', direction: 'desc' },
    { firstParameter: 3 },
  );
  const loader = context.loader(
    `subscription.invoices ${JSON.stringify([first, last, after, before])}`,
    async (ids: readonly string[]) => {
      const rows = await context.reader.rows<InvoicePlace>(
        `select k.id as of_subscription, p.* from unnest($2::uuid[]) as k(id) cross join lateral (
           select i.id, i.created_at from invoices i
           where i.organization_id = $1 and ${plan.where} and i.id in (${linesOf})
           order by ${plan.orderBy} limit ${plan.limit}) p`,
        [context.organizationId, [...ids], ...plan.parameters],
      );
      return grouped(ids, rows, (row) => row.of_subscription);
    },
  );
  const rows = await loader.load(subscriptionId);
  const keyOf = (row: InvoicePlace) => ({ value: row.created_at, id: row.id });
  return toPage(plan, rows, keyOf, () => invoiceCountLoader(context).load(subscriptionId));
}

const linesOf = `select l.invoice_id from invoice_lines l where l.organization_id = $1 and l.subscription_id = k.id`;

function invoiceCountLoader(context: Context): DataLoader<string, number> {
  return context.loader('subscription.invoices.count', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ id: string; count: bigint }>(
      `select l.subscription_id as id, count(distinct l.invoice_id) as count from invoice_lines l
       where l.organization_id = $1 and l.subscription_id = any($2::uuid[]) group by 1`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.id).map(([row]) => Number(row?.count ?? 0n));
  });
}

/** A page of an account's subscriptions, the newest first: one statement for all accounts of a list. */
export async function subscriptionsOfAccount(
  context: Context,
  accountId: string,
  page: PageArguments,
): Promise<Page<SubscriptionRow>> {
  const { first = null, last = null, after = null, before = null } = page;
  const ordering = { column: 's.created_at', idColumn: 's.id', type: 'timestamptz', direction: 'desc' } as const;
  const plan = planPage(page, { name: 'account.subscriptions', ...ordering }, { firstParameter: 3 });
  const loader = context.loader(
    `account.subscriptions ${JSON.stringify([first, last, after, before])}`,
    async (ids: readonly string[]) => {
      const rows = await context.reader.rows<SubscriptionRow>(
        `select p.* from unnest($2::uuid[]) as k(id) cross join lateral (
           select ${shownSubscriptionColumns(context)} from subscriptions s
           where s.organization_id = $1 and s.account_id = k.id and ${plan.where}
           order by ${plan.orderBy} limit ${plan.limit}) p`,
        [context.organizationId, [...ids], ...plan.parameters],
      );
      return grouped(ids, rows, (row) => row.accountId);
    },
  );
  const rows = await loader.load(accountId);
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from subscriptions s where s.organization_id = $1 and s.account_id = $2`,
      [context.organizationId, accountId],
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.createdAt, id: row.id }), count);
}

/** The ids of the subscriptions that invoices bill, each once. */
export function subscriptionsOfInvoiceLoader(context: Context): DataLoader<string, string[]> {
  return context.loader('invoice.subscriptions', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ invoice_id: string; id: string }>(
      `select distinct l.invoice_id, l.subscription_id as id from invoice_lines l
       where l.organization_id = $1 and l.invoice_id = any($2::uuid[]) and l.subscription_id is not null order by 1, 2`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.invoice_id).map((group) => group.map((row) => row.id));
  });
}
