import { type LockedAccount, lockAccounts } from '../../src/accounts/index.ts';
import {
  type ChargeDraft,
  type InvoiceRequest,
  type InvoiceRow,
  issueInvoices,
} from '../../src/collecting/invoicing/index.ts';
import type { App } from '../../src/platform/app-types.ts';
import { newId } from '../../src/platform/id.ts';
import type { Work } from '../../src/platform/work.ts';
import { query } from './database.ts';
import type { TestOrganization } from './makers.ts';

/** A one-off charge of so many minor units. */
export function oneOff(accountId: string, amount: bigint, more: Partial<ChargeDraft> = {}): ChargeDraft {
  return {
    kind: 'one_off',
    accountId,
    description: 'A thing',
    quantity: '1',
    unitAmount: amount.toString(),
    amount,
    derivation: { rule: 'given' },
    ...more,
  };
}

/** Issues invoices for accounts that are locked first; `request` is made once for each of them. */
export async function issueFor(
  app: App,
  organization: TestOrganization,
  accountIds: readonly string[],
  request: (account: LockedAccount) => Partial<InvoiceRequest>,
): Promise<InvoiceRow[]> {
  return app.transact(organization.scope, (work) => issueIn(work, accountIds, request));
}

export async function issueIn(
  work: Work,
  accountIds: readonly string[],
  request: (account: LockedAccount) => Partial<InvoiceRequest>,
): Promise<InvoiceRow[]> {
  const accounts = await lockAccounts(work, [...new Set(accountIds)]);
  const made = await issueInvoices(
    work,
    accountIds.map((id): InvoiceRequest => {
      const account = accounts.get(id)!;
      return {
        account,
        billTo: account,
        currency: account.currency,
        at: account.now,
        collection: 'manual',
        netDays: 0,
        reason: 'manual',
        charges: [],
        finalize: true,
        ...request(account),
      };
    }),
  );
  return made.filter((invoice) => invoice !== undefined);
}

/** What the books must always say about invoices, taxes, credits and the ledger: each query must find nothing. */
const checks: Record<string, string> = {
  balanced: 'select transaction_id from ledger_entries group by transaction_id, currency having sum(amount) <> 0',
  'posted once':
    'select source_id from ledger_entries group by organization_id, source_type, source_id, effect having count(distinct transaction_id) > 1',
  'subtotals (I05)':
    'select i.id from invoices i left join invoice_lines l on l.invoice_id = i.id group by i.id, i.organization_id, i.subtotal having i.subtotal <> coalesce(sum(l.amount), 0)',
  'line taxes (I06)':
    'select i.id from invoices i left join invoice_lines l on l.invoice_id = i.id group by i.id, i.organization_id, i.tax_total having i.tax_total <> coalesce(sum(l.tax_amount), 0)',
  'rate taxes (I06)':
    'select i.id from invoices i left join invoice_taxes t on t.invoice_id = i.id group by i.id, i.tax_total, i.tax_included having i.tax_total <> coalesce(sum(t.amount), 0) or i.tax_included <> coalesce(sum(t.amount) filter (where t.inclusive), 0)',
  'rounded once (I06)': 'select id from invoice_taxes where not inclusive and amount <> round(taxable * percent / 100)',
  'totals (I07)':
    "select id from invoices where total <> subtotal - discount_total + tax_total - tax_included + carried_to_credit or amount_due <> case when status = 'void' then 0 else total - credits_applied - credit_notes_applied - amount_paid - written_off end",
  'credit never negative (I15)':
    'select seq from (select seq, sum(amount) over (partition by organization_id, account_id, currency order by seq) b, balance_after a from credit_entries) x where b < 0 or b <> a',
  'credit spent (I17)':
    "select i.id from invoices i left join credit_entries c on c.source_type = 'invoice_application' and c.source_id = i.id group by i.id, i.status, i.credits_applied having -coalesce(sum(c.amount), 0) <> case when i.status in ('void', 'draft') then 0 else i.credits_applied end",
  'credit carried (I17)':
    "select i.id from invoices i left join credit_entries c on c.source_type = 'carried_over' and c.source_id = i.id group by i.id, i.status, i.carried_to_credit having coalesce(sum(c.amount), 0) <> case when i.status in ('void', 'draft') then 0 else i.carried_to_credit end",
  'numbers (I22)':
    'select number_series from invoices where number_seq is not null group by organization_id, number_series having max(number_seq) - min(number_seq) + 1 <> count(*) or count(distinct number_seq) <> count(*) or min(number_seq) <> 1',
  'frozen (I23)':
    'select id from invoices where finalized_at is not null and content_hash is distinct from invoice_content_hash(organization_id, id)',
  'status and money (I24)':
    "select id from invoices where (status in ('paid', 'uncollectible') and amount_due <> 0) or (status = 'open' and amount_due = 0) or (status = 'uncollectible' and written_off = 0) or (status = 'void' and amount_paid <> 0)",
  'one currency (I25)':
    'select l.id from invoice_lines l join invoices i on i.id = l.invoice_id where l.currency <> i.currency',
  'receivable (I38)':
    "select organization_id from (select organization_id, currency, sum(amount_due) d, 0::numeric l from invoices where status <> 'draft' group by 1, 2 union all select organization_id, currency, 0, sum(amount) from ledger_entries where account = 'receivable' group by 1, 2) x group by organization_id, currency having sum(d) <> sum(l)",
  'credits owed (I47)':
    "select organization_id from (select organization_id, currency, sum(amount) d, 0::numeric l from credit_entries group by 1, 2 union all select organization_id, currency, 0, -sum(amount) from ledger_entries where account = 'credits' group by 1, 2) x group by organization_id, currency having sum(d) <> sum(l)",
};

/** The names of the checks that found something, with how much: {} in good books. */
export async function brokenBooks(superuserUrl: string): Promise<Record<string, number>> {
  const broken: Record<string, number> = {};
  for (const [name, sql] of Object.entries(checks)) {
    const rows = await query(superuserUrl, sql);
    if (rows.length > 0) broken[name] = rows.length;
  }
  return broken;
}

/** A subscription with one item, by plain rows: what invoicing needs to bill periods, without the modules above. */
export async function plainSubscription(
  superuserUrl: string,
  organizationId: string,
  accountId: string,
): Promise<{ subscriptionId: string; subscriptionItemId: string }> {
  const ids = { plan: newId(), version: newId(), price: newId(), subscription: newId(), item: newId() };
  const at = '2026-01-01T00:00:00Z';
  await query(
    superuserUrl,
    `with p as (insert into plans (organization_id, id, name, created_at, updated_at) values ($1, $3, 'Plan', $8, $8)),
     v as (insert into plan_versions (organization_id, id, plan_id, version, status, interval_unit, interval_count, created_at, updated_at)
       values ($1, $4, $3, 1, 'draft', 'month', 1, $8, $8)),
     c as (insert into prices (organization_id, id, plan_version_id, component, name, currency, model, parameters, billing_mode, position, created_at)
       values ($1, $5, $4, 'base', 'Base', 'EUR', 'flat', '{}', 'advance', 1, $8)),
     s as (insert into subscriptions (organization_id, id, account_id, status, currency, timezone, anchor_at, interval_unit, interval_count, collection, started_at, created_at, updated_at)
       values ($1, $6, $2, 'active', 'EUR', 'UTC', $8, 'month', 1, 'manual', $8, $8, $8))
     insert into subscription_items (organization_id, id, subscription_id, plan_id, plan_version_id, price_id, component, billing_mode, quantity, active_from, position, created_at, updated_at)
       values ($1, $7, $6, $3, $4, $5, 'base', 'advance', 1, $8, 1, $8, $8)`,
    [organizationId, accountId, ids.plan, ids.version, ids.price, ids.subscription, ids.item, at],
  );
  return { subscriptionId: ids.subscription, subscriptionItemId: ids.item };
}

/** A recurring charge of a plain subscription for a period. */
export function recurring(
  accountId: string,
  ids: { subscriptionId: string; subscriptionItemId: string },
  period: readonly [start: string, end: string],
  amount = 1000n,
): ChargeDraft {
  return oneOff(accountId, amount, {
    ...ids,
    kind: 'recurring',
    component: 'base',
    periodStart: new Date(period[0]),
    periodEnd: new Date(period[1]),
  });
}
