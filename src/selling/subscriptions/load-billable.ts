import type { Work } from '../../platform/work.ts';
import type { Billable } from './billable.ts';
import type { BillableItem, BillablePrice } from './billable-item.ts';
import { columnsAs } from './subscriptions.rows.ts';

const billableColumns = columnsAs('s', [
  'organization_id',
  'id',
  'account_id',
  'status',
  'currency',
  'timezone',
  'anchor_at',
  'interval_unit',
  'interval_count',
  'collection',
  'payment_method_id',
  'net_days',
  'legal_entity_id',
  'purchase_order_number',
  'started_at',
  'current_period_start',
  'current_period_end',
  'trial_start',
  'trial_end',
  'ends_at',
  'ended_at',
  'next_billing_at',
  'lapses_at',
  'parked_at',
  'cancel_reason',
]);

const itemColumns = columnsAs('i', [
  'id',
  'subscription_id',
  'plan_id',
  'plan_version_id',
  'price_id',
  'price_override_id',
  'component',
  'billing_mode',
  'quantity',
  'active_from',
  'active_to',
  'billed_once_at',
  'position',
]);

type BillableRow = Omit<Billable, 'items' | 'pending' | 'billed'>;

const uuids = (ids: Iterable<string>) => `{${[...ids].join(',')}}`;

/** Locked subscriptions of locked accounts that are due at or before `cutoff` and not parked, oldest id first: a fixed number of statements. */
export async function loadDue(work: Work, accountIds: readonly string[], cutoff: Date): Promise<Billable[]> {
  if (accountIds.length === 0) return [];
  const found = await work.rows<BillableRow>(
    `select ${billableColumns} from subscriptions s
     where s.organization_id = any($1::uuid[]) and s.account_id = any($2::uuid[])
       and s.next_billing_at <= $3 and s.parked_at is null
     order by s.id for update`,
    [uuids(work.organizations), uuids(accountIds), cutoff],
  );
  return withItems(work, found);
}

/** Locked subscriptions by their ids, whatever their status; missing ones are left out. The account must be locked. */
export async function loadBillable(work: Work, ids: readonly string[], _cutoff?: Date): Promise<Billable[]> {
  if (ids.length === 0) return [];
  const found = await work.rows<BillableRow>(
    `select ${billableColumns} from subscriptions s
     where s.organization_id = any($1::uuid[]) and s.id = any($2::uuid[]) order by s.id for update`,
    [uuids(work.organizations), uuids(ids)],
  );
  return withItems(work, found);
}

interface LoadedItem extends Omit<BillableItem, 'price'> {
  overrideModel: string | null;
  overrideParameters: unknown;
}

async function withItems(work: Work, found: readonly BillableRow[]): Promise<Billable[]> {
  if (found.length === 0) return [];
  const subscriptions = new Map<string, Billable>(
    found.map((row) => [row.id, { ...row, items: [], pending: [], billed: [] }]),
  );
  const items = await work.rows<LoadedItem>(
    `select ${itemColumns}, o.model as "overrideModel", o.parameters as "overrideParameters" from subscription_items i
     left join price_overrides o on o.organization_id = i.organization_id and o.id = i.price_override_id
     join subscriptions s on s.organization_id = i.organization_id and s.id = i.subscription_id
     where i.organization_id = any($1::uuid[]) and i.subscription_id = any($2::uuid[])
       and (i.active_to is null or s.current_period_start is null or i.active_to > s.current_period_start)
     order by i.subscription_id, i.position`,
    [uuids(work.organizations), uuids(subscriptions.keys())],
  );
  const prices = await loadPrices(work, new Set(items.map((item) => item.priceId)));
  for (const { overrideModel, overrideParameters, ...item } of items) {
    const listed = prices.get(item.priceId)!;
    const price = item.priceOverrideId
      ? { ...listed, id: item.priceOverrideId, model: overrideModel!, parameters: overrideParameters }
      : listed;
    subscriptions.get(item.subscriptionId)?.items.push({ ...item, price });
  }
  return [...subscriptions.values()];
}

async function loadPrices(work: Work, ids: ReadonlySet<string>): Promise<Map<string, BillablePrice>> {
  const rows = await work.rows<Omit<BillablePrice, 'description'> & { name: string; planName: string }>(
    `select c.id, c.model, c.parameters, c.currency, c.tax_category as "taxCategory", c.name, v.minimum_commitments ->> c.currency as commitment, p.name as "planName", p.kind as "planKind"
     from prices c
     join plan_versions v on v.organization_id = c.organization_id and v.id = c.plan_version_id
     join plans p on p.organization_id = v.organization_id and p.id = v.plan_id
     where c.organization_id = any($1::uuid[]) and c.id = any($2::uuid[])`,
    [uuids(work.organizations), uuids(ids)],
  );
  return new Map(
    rows.map(({ name, ...price }) => [price.id, { ...price, description: lineText(price.planName, name) }]),
  );
}

/** What a line says of its price: the plan and the component, once where they are called alike. */
export function lineText(planName: string, priceName: string): string {
  return planName === priceName ? planName : `${planName} – ${priceName}`;
}
