import { columnsAs, uuids } from '../../../platform/sql-text.ts';
import type { Work } from '../../../platform/work.ts';
import {
  PriceOverrideEntity,
  ScheduledChangeEntity,
  SubscriptionEntity,
  SubscriptionItemEntity,
  SubscriptionPauseEntity,
} from '../subscriptions.entities.ts';
import { type Billable, heldSince } from './billable.ts';
import type { BillableItem, BillablePrice } from './billable-item.ts';
import { loadBilled } from './load-billed.ts';
import { loadHeldBefore } from './load-held-before.ts';
import { comingPrices, pendingOf, readScheduled, type StoredChange } from './scheduled-changes.ts';

const billableColumns = columnsAs('s', [
  'organization_id',
  'id',
  'account_id',
  'status',
  'currency',
  'timezone',
  'anchor_at',
  'whole_period_start',
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

/** What is read here of what a transaction may have gathered: a preview writes no more than this. */
export const standing = [
  SubscriptionEntity,
  SubscriptionItemEntity,
  PriceOverrideEntity,
  ScheduledChangeEntity,
  SubscriptionPauseEntity,
];

type BillableRow = Omit<Billable, 'items' | 'pending' | 'pause' | 'billed'>;

/**
 * Locked subscriptions of locked accounts that are due at or before `cutoff` and not parked, oldest id first: a fixed
 * number of statements.
 */
export async function loadDue(work: Work, accountIds: readonly string[], cutoff: Date): Promise<Billable[]> {
  if (accountIds.length === 0) return [];
  const found = await work.rows<BillableRow>(
    `select ${billableColumns} from subscriptions s
     where s.organization_id = any($1::uuid[]) and s.account_id = any($2::uuid[])
       and s.next_billing_at <= $3 and s.parked_at is null
     order by s.id for update`,
    [uuids(work.organizations), uuids(accountIds), cutoff],
  );
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  return withHeld(work, found, await loadHeld(work, ids), cutoff);
}

/**
 * Locked subscriptions by their ids, whatever their status; missing ones are left out. The account must be locked. What
 * changes due at or before `cutoff` may give back is loaded with them. One round trip where nothing is due and nothing paused:
 * who reads second sees what was locked first.
 */
export async function loadBillable(work: Work, ids: readonly string[], cutoff?: Date): Promise<Billable[]> {
  if (ids.length === 0) return [];
  const [found, held] = await Promise.all([
    work.rowsOf<BillableRow>(
      standing,
      `select ${billableColumns} from subscriptions s
       where s.organization_id = any($1::uuid[]) and s.id = any($2::uuid[]) order by s.id for update`,
      [uuids(work.organizations), uuids(ids)],
    ),
    loadHeld(work, ids),
  ]);
  return withHeld(work, found, held, cutoff);
}

interface LoadedItem extends Omit<BillableItem, 'price'> {
  overrideModel: string | null;
  overrideParameters: unknown;
}

/** What subscriptions have: their items, the prices of these, and what is pending. */
interface Held {
  items: LoadedItem[];
  prices: Map<string, BillablePrice>;
  stored: StoredChange[];
}

/** Three statements in one round trip. */
async function loadHeld(work: Work, ids: readonly string[]): Promise<Held> {
  const values = [uuids(work.organizations), uuids(ids)];
  const [items, prices, stored] = await Promise.all([
    work.rowsOf<LoadedItem>(
      standing,
      `select ${itemColumns}, o.model as "overrideModel", o.parameters as "overrideParameters" from subscription_items i
       left join price_overrides o on o.organization_id = i.organization_id and o.id = i.price_override_id
       join subscriptions s on s.organization_id = i.organization_id and s.id = i.subscription_id
       where i.organization_id = any($1::uuid[]) and i.subscription_id = any($2::uuid[])
         and (i.active_to is null or s.current_period_start is null or i.active_to >= s.current_period_start
           or exists (select from subscription_pauses p where p.organization_id = i.organization_id and p.subscription_id = i.subscription_id
             and (p.resumed_at = s.current_period_start or (p.held_from <= i.active_to and p.paused_from >= i.active_to))))
       order by i.subscription_id, i.position, i.active_from, i.id`,
      values,
    ),
    // Thousands of items have few prices: those are found first (`offset 0` keeps the planner to it).
    loadPrices(
      work,
      `join (select distinct i.organization_id, i.price_id from subscription_items i
         where i.organization_id = any($1::uuid[]) and i.subscription_id = any($2::uuid[]) offset 0) k
         on k.organization_id = c.organization_id and k.price_id = c.id`,
      values,
    ),
    readScheduled(work, ids),
  ]);
  return { items, prices, stored };
}

async function withHeld(work: Work, found: readonly BillableRow[], held: Held, cutoff?: Date): Promise<Billable[]> {
  const { items, prices, stored } = held;
  const subscriptions = new Map<string, Billable>(
    found.map((row) => [row.id, { ...row, items: [], pending: [], pause: null, billed: [], unsettled: [] }]),
  );
  const all = [...subscriptions.values()];
  for (const item of items) subscriptions.get(item.subscriptionId)?.items.push(withPrice(item, prices));
  await Promise.all([loadPauses(work, all), loadHeldBefore(work, all), addComing(work, stored, prices)]);
  for (const row of stored) subscriptions.get(row.subscriptionId)?.pending.push(pendingOf(row, prices));
  if (cutoff) await loadWhatIsGivenBack(work, all, cutoff);
  return all;
}

/** By its price, or what was agreed instead of it. */
function withPrice(
  { overrideModel, overrideParameters, ...item }: LoadedItem,
  prices: ReadonlyMap<string, BillablePrice>,
): BillableItem {
  const listed = prices.get(item.priceId)!;
  const price = item.priceOverrideId
    ? { ...listed, id: item.priceOverrideId, model: overrideModel!, parameters: overrideParameters }
    : listed;
  return { ...item, price };
}

/** Prices of items that stored changes bring. No statement where none are missing. */
async function addComing(
  work: Work,
  stored: readonly StoredChange[],
  prices: Map<string, BillablePrice>,
): Promise<void> {
  const coming = new Set(comingPrices(stored).filter((id) => !prices.has(id)));
  if (coming.size === 0) return;
  const found = await loadPrices(work, 'where c.organization_id = any($1::uuid[]) and c.id = any($2::uuid[])', [
    uuids(work.organizations),
    uuids(coming),
  ]);
  for (const [id, price] of found) prices.set(id, price);
}

/** Open pauses of those that are paused: no statement where none is. */
async function loadPauses(work: Work, subscriptions: readonly Billable[]): Promise<void> {
  const paused = new Map(subscriptions.filter(({ status }) => status === 'paused').map((one) => [one.id, one]));
  if (paused.size === 0) return;
  const rows = await work.rowsOf<NonNullable<Billable['pause']> & { subscriptionId: string }>(
    standing,
    `select p.subscription_id as "subscriptionId", p.id, p.paused_from as "pausedFrom", p.anchor from subscription_pauses p
     where p.organization_id = any($1::uuid[]) and p.subscription_id = any($2::uuid[]) and p.resumed_at is null`,
    [uuids(work.organizations), uuids(paused.keys())],
  );
  for (const { subscriptionId, ...pause } of rows) paused.get(subscriptionId)!.pause = pause;
}

/** Fills `billed` and `unsettled` of subscriptions that have something to do within a period. One statement, none where nothing is due. */
async function loadWhatIsGivenBack(work: Work, subscriptions: readonly Billable[], cutoff: Date): Promise<void> {
  const isDue = ({ pending }: Billable) => pending.some((change) => change.effectiveAt <= cutoff);
  const due = subscriptions.filter((one) => isDue(one) || endedUnderCommitment(one));
  if (due.length === 0) return;
  const from = Math.min(
    ...due.flatMap(({ pending }) => pending.map((change) => change.effectiveAt.getTime())),
    // What was paid for when a pause began may be used after it, and what was not settled before it is not after it.
    ...due.flatMap(({ pause, currentPeriodStart }) => (pause ? [currentPeriodStart!.getTime()] : [])),
    ...due.flatMap((one) => (isHeldToCommitment(one) ? heldSince(one)!.getTime() : [])),
  );
  const found = await loadBilled(work, due, new Date(from), { goesOn: due.some(({ pause }) => pause) });
  for (const subscription of due) Object.assign(subscription, found.get(subscription.id));
}

const isHeldToCommitment = ({ items, currentPeriodStart }: Billable) =>
  currentPeriodStart !== null && items.some(({ price }) => price.commitment);

/** What ended within the period may have been paid for longer, and that counts towards its commitment. */
const endedUnderCommitment = (one: Billable) =>
  isHeldToCommitment(one) && one.items.some(({ activeTo }) => activeTo && activeTo > heldSince(one)!);

/** Prices `c`; which, the words behind the tables say. */
async function loadPrices(work: Work, which: string, values: unknown[]): Promise<Map<string, BillablePrice>> {
  const rows = await work.rowsOf<Omit<BillablePrice, 'description'> & { name: string; planName: string }>(
    standing,
    `select c.id, c.model, c.parameters, c.currency, c.tax_category as "taxCategory", c.name, v.minimum_commitments ->> c.currency as commitment, p.name as "planName", p.kind as "planKind"
     from prices c
     join plan_versions v on v.organization_id = c.organization_id and v.id = c.plan_version_id
     join plans p on p.organization_id = v.organization_id and p.id = v.plan_id
     ${which}`,
    values,
  );
  return new Map(
    rows.map(({ name, ...price }) => [price.id, { ...price, description: lineText(price.planName, name) }]),
  );
}

/** What a line says of its price: the plan and the component, once where they are called alike. */
export function lineText(planName: string, priceName: string): string {
  return planName === priceName ? planName : `${planName} – ${priceName}`;
}
