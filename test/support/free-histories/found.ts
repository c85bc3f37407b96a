import { type IdPrefix, toGlobalId } from '../../../src/platform/id.ts';
import type { Ground } from './ground.ts';

/** What a history can do something to, as the books have it, in an order that is the same in every replay. */

export interface FoundSubscription {
  id: string;
  status: string;
  accountId: string;
  endsAt: Date | null;
  periodEnd: Date | null;
  trialEnd: Date | null;
  unit: string;
  count: number;
  isParked: boolean;
  held: { plan: string; component: string; isCounted: boolean }[];
}

export async function subscriptionsOf(ground: Ground): Promise<FoundSubscription[]> {
  const rows = await ground.rows<Omit<FoundSubscription, 'accountId'> & { account: string }>(
    'subscriptions',
    `select s.id, s.status, s.account_id as account, s.ends_at as "endsAt", s.current_period_end as "periodEnd", s.trial_end as "trialEnd",
       s.interval_unit as unit, s.interval_count as count, s.parked_at is not null as "isParked",
       coalesce((select json_agg(json_build_object('plan', p.name, 'component', i.component, 'isCounted', x.model not in ('flat'))
         order by i.active_from, i.position, i.component)
         from subscription_items i join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
         join prices x on x.organization_id = i.organization_id and x.id = i.price_id
         where i.organization_id = s.organization_id and i.subscription_id = s.id and i.active_to is null and i.billing_mode <> 'once'), '[]') as held
     from subscriptions s where s.organization_id = $1 order by (substr(s.external_id, 2))::int`,
  );
  return rows.map(({ account, ...row }) => ({
    ...row,
    id: toGlobalId('sub', row.id),
    accountId: toGlobalId('acc', account),
  }));
}

export interface FoundInvoice {
  id: string;
  uuid: string;
  status: string;
  payer: string;
  due: bigint;
  total: bigint;
  paid: bigint;
  writtenOff: bigint;
  currency: string;
  lines: { id: string; kind: string; amount: string; quantity: string; from: string | null; to: string | null }[];
}

export async function invoicesOf(ground: Ground): Promise<FoundInvoice[]> {
  const rows = await ground.rows<Record<string, string> & Pick<FoundInvoice, 'lines'>>(
    'invoices',
    `select i.id, i.status, i.bill_to_account_id as payer, i.amount_due::text as due, i.total::text, i.amount_paid::text as paid,
       i.written_off::text as written, i.currency,
       coalesce((select json_agg(json_build_object('id', l.id, 'kind', l.kind, 'amount', l.amount::text, 'quantity', l.quantity::text, 'from', l.period_start, 'to', l.period_end) order by l.position)
         from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id), '[]') as lines
     from invoices i where i.organization_id = $1 order by i.created_at, i.recorded_at, i.number_seq, i.id`,
  );
  return rows.map((row) => ({
    id: toGlobalId('inv', row.id!),
    uuid: row.id!,
    status: row.status!,
    payer: toGlobalId('acc', row.payer!),
    due: BigInt(row.due!),
    total: BigInt(row.total!),
    paid: BigInt(row.paid!),
    writtenOff: BigInt(row.written!),
    currency: row.currency!,
    lines: row.lines.map((line) => ({ ...line, id: toGlobalId('il', line.id) })),
  }));
}

/** Global ids of something, with whether it suits, oldest first. */
export interface Found {
  id: string;
  suits: boolean;
}

const found = async (ground: Ground, prefix: IdPrefix, name: string, text: string): Promise<Found[]> =>
  (await ground.rows<Found>(name, text)).map(({ id, suits }) => ({ id: toGlobalId(prefix, id), suits }));

export const notesOf = (ground: Ground) =>
  found(
    ground,
    'cn',
    'notes',
    `select id, status <> 'void' as suits from credit_notes where organization_id = $1 order by number_seq`,
  );

export const lotsOf = (ground: Ground) =>
  found(
    ground,
    'cg',
    'lots',
    `select id, remaining > 0 and source_type = 'grant' as suits from credit_grants where organization_id = $1 order by granted_at, id`,
  );

export const holdsOf = (ground: Ground) =>
  found(
    ground,
    'crh',
    'holds',
    `select id, status = 'held' as suits from credit_holds where organization_id = $1 order by created_at, id`,
  );

export const chargesOf = (ground: Ground) =>
  found(
    ground,
    'chg',
    'charges',
    `select id, invoice_line_id is null and canceled_at is null as suits from charges where organization_id = $1 order by created_at, id`,
  );

export const discountsOf = (ground: Ground) =>
  found(
    ground,
    'dis',
    'discounts',
    `select id, status = 'active' as suits from discounts where organization_id = $1 order by created_at, id`,
  );

export const pendingOf = (ground: Ground) =>
  found(
    ground,
    'sch',
    'pending',
    `select id, status = 'pending' as suits from scheduled_changes where organization_id = $1 order by created_at, id`,
  );

export const methodsOf = (ground: Ground) =>
  found(
    ground,
    'pm',
    'methods',
    `select id, detached_at is null as suits from payment_methods where organization_id = $1 order by created_at, id`,
  );

export const paymentsOf = (ground: Ground) =>
  found(
    ground,
    'pay',
    'payments',
    `select id, status = 'succeeded' as suits from payments where organization_id = $1 order by created_at, id`,
  );
