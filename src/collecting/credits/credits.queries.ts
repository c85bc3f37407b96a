import { money } from '../../platform/api-types.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../platform/id.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../platform/pagination.ts';
import type { Metadata } from '../../platform/scalars.ts';
import { Where } from '../../platform/where.ts';
import { CreditEntry, CreditGrant, CreditHold } from './credits.graphql.ts';

interface GrantRecord {
  id: string;
  account_id: string;
  currency: string;
  source_type: string;
  turn: string;
  status: string;
  amount: bigint;
  remaining: bigint;
  held: bigint;
  paid_amount: bigint;
  priority: number;
  line_kinds: string[] | null;
  plan_ids: string[] | null;
  expires_at: Date | null;
  reason: string | null;
  metadata: Metadata;
  granted_at: Date;
  updated_at: Date;
}

const statusOfGrant = `case when t.withdrawn_at is not null then 'withdrawn' when t.expired_at is not null then 'expired'
  when t.remaining = 0 then 'spent' when t.frozen_at is not null then 'frozen' else 'active' end`;

/** The order of `rules/wallet` as one text: priority, then the sooner end, then the older; the id decides the rest. */
const instantText = (instant: string) => `to_char(${instant} at time zone 'UTC', 'YYYYMMDDHH24MISSUS')`;
const turnOfGrant = `lpad(t.priority::text, 4, '0') || ${instantText(`coalesce(t.expires_at, '9999-12-31')`)} || ${instantText('t.granted_at')}`;

/** By what a list is sorted; the newest first unless it says otherwise. */
interface Sort<Record_> {
  column: string;
  type: 'timestamptz' | 'bigint' | 'text';
  direction?: 'asc';
  of(record: Record_): Date | bigint | string;
}

/** A kind of thing of an account that is listed, the newest first, and found by id. */
interface Listed<Record_, Shown> {
  name: string;
  table: string;
  columns: string;
  sort: Sort<Record_>;
  show(record: Record_): Shown;
}

export const grants: Listed<GrantRecord, CreditGrant> = {
  name: 'creditGrants',
  table: 'credit_grants',
  columns: `t.id, t.account_id, t.currency, t.source_type, ${statusOfGrant} as status, t.amount, t.remaining, t.held, t.paid_amount, t.priority,
    t.line_kinds, t.plan_ids, t.expires_at, t.reason, t.metadata, t.granted_at, t.updated_at, ${turnOfGrant} as turn`,
  sort: { column: 't.granted_at', type: 'timestamptz', of: (record) => record.granted_at },
  show: (record) =>
    Object.assign(new CreditGrant(), {
      id: toGlobalId('cg', record.id),
      uuid: record.id,
      accountUuid: record.account_id,
      status: record.status,
      source: record.source_type,
      amount: money(record.amount, record.currency),
      remaining: money(record.remaining, record.currency),
      held: money(record.held, record.currency),
      paidAmount: money(record.paid_amount, record.currency),
      priority: record.priority,
      lineKinds: record.line_kinds,
      planIds: record.plan_ids?.map((id) => toGlobalId('plan', id)) ?? null,
      expiresAt: record.expires_at,
      reason: record.reason,
      metadata: record.metadata,
      createdAt: record.granted_at,
      updatedAt: record.updated_at,
    }),
};

/** The same in the order in which they are spent. */
export const grantsInTurn: Listed<GrantRecord, CreditGrant> = {
  ...grants,
  name: 'creditGrantsInTurn',
  sort: { column: `(${turnOfGrant})`, type: 'text', direction: 'asc', of: (record) => record.turn },
};

interface EntryRecord {
  id: string;
  account_id: string;
  grant_id: string;
  currency: string;
  source_type: string;
  amount: bigint;
  balance_after: bigint;
  seq: bigint;
  at: Date;
}

export const entries: Listed<EntryRecord, CreditEntry> = {
  name: 'creditEntries',
  table: 'credit_entries',
  columns:
    't.id, t.account_id, t.grant_id, t.currency, t.source_type, t.source_id, t.amount, t.balance_after, t.seq, t.at',
  sort: { column: 't.seq', type: 'bigint', of: (record) => record.seq },
  show: (record) =>
    Object.assign(new CreditEntry(), {
      id: toGlobalId('ce', record.id),
      uuid: record.id,
      accountUuid: record.account_id,
      grantUuid: record.grant_id,
      source: record.source_type,
      amount: money(record.amount, record.currency),
      balanceAfter: money(record.balance_after, record.currency),
      createdAt: record.at,
    }),
};

interface HoldRecord {
  id: string;
  account_id: string;
  invoice_id: string | null;
  currency: string;
  amount: bigint;
  status: string;
  expires_at: Date;
  ended_at: Date | null;
  reason: string | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

export const holds: Listed<HoldRecord, CreditHold> = {
  name: 'creditHolds',
  table: 'credit_holds',
  columns: `t.id, t.account_id, t.invoice_id, t.currency, t.amount, t.status, t.expires_at, t.ended_at, t.reason, t.metadata, t.created_at, t.updated_at`,
  sort: { column: 't.created_at', type: 'timestamptz', of: (record) => record.created_at },
  show: (record) =>
    Object.assign(new CreditHold(), {
      id: toGlobalId('crh', record.id),
      uuid: record.id,
      accountUuid: record.account_id,
      invoiceUuid: record.invoice_id,
      status: record.status,
      amount: money(record.amount, record.currency),
      expiresAt: record.expires_at,
      endedAt: record.ended_at,
      reason: record.reason,
      metadata: record.metadata,
      createdAt: record.created_at,
      updatedAt: record.updated_at,
    }),
};

/** Things by their uuids, one query for all that a request asks for. */
export async function showListed<Record_ extends { id: string }, Shown>(
  context: Context,
  listed: Listed<Record_, Shown>,
  uuid: string,
): Promise<Shown | null> {
  const loader = context.loader(listed.name, async (ids: readonly string[]) => {
    const rows = await context.reader.rows<Record_>(
      `select ${listed.columns} from ${listed.table} t where t.organization_id = $1 and t.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
  const record = await loader.load(uuid);
  return record && listed.show(record as Record_);
}

/** The same for `node(id)`. */
export async function listedNodes<Record_ extends { id: string }, Shown extends { uuid: string }>(
  context: Context,
  listed: Listed<Record_, Shown>,
  ids: readonly string[],
): Promise<Map<string, Shown>> {
  requirePermission(context, 'invoices:read');
  const shown = await Promise.all(ids.map((id) => showListed(context, listed, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

/** What of an account is listed; `more` are conditions on values, left out where there is none. */
interface AccountFilter {
  accountId: string;
  currency: string | null;
  condition?: string | null;
  more?: readonly (readonly [condition: string, value: string | Date | null | undefined])[];
}

/** A page of what an account has, the newest first; nothing for an account of somebody else. */
export async function pageOfAccount<Record_ extends { id: string }, Shown>(
  context: Context,
  listed: Listed<Record_, Shown>,
  filter: AccountFilter,
  page: PageArguments,
): Promise<Page<Shown>> {
  requirePermission(context, 'invoices:read');
  const where = new Where();
  where.add('t.organization_id = ?', context.organizationId);
  where.add('t.account_id = ?::uuid', fromGlobalId('acc', filter.accountId));
  where.addIf(filter.currency, 't.currency = ?');
  if (filter.condition) where.add(filter.condition);
  for (const [condition, value] of filter.more ?? []) where.addIf(value, condition);
  const { column, type, direction = 'desc' } = listed.sort;
  const ordering = { name: listed.name, column, idColumn: 't.id', type, direction } as const;
  const plan = planPage(page, ordering, { firstParameter: where.values.length + 1 });
  const rows = await context.reader.rows<Record_>(
    `select ${listed.columns} from ${listed.table} t where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const sql = `select count(*) as count from ${listed.table} t where ${where.text}`;
    const [row] = await context.reader.rows<{ count: bigint }>(sql, where.values);
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: listed.sort.of(row), id: row.id }), count).map(listed.show);
}
