import type { Work } from '../../../platform/work.ts';
import { columnsAs } from '../subscriptions.rows.ts';
import type { Billable } from './billable.ts';
import type { BillableItem, BillablePrice } from './billable-item.ts';
import { loadBilled } from './load-billed.ts';
import { comingPrices, pendingOf, readScheduled } from './scheduled-changes.ts';

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

/** Of a price `c`, its version `v` and its plan `p`. */
const priceColumns = `c.id as "listedId", c.model, c.parameters, c.currency, c.tax_category as "taxCategory", c.name as "priceName",
  v.minimum_commitments ->> c.currency as commitment, p.name as "planName", p.kind as "planKind"`;

type BillableRow = Omit<Billable, 'items' | 'pending' | 'pause' | 'billed'>;

const uuids = (ids: Iterable<string>) => `{${[...ids].join(',')}}`;

/** Which subscriptions `s` are meant: words for a `where`, and its parameters. */
interface Which {
  where: string;
  values: unknown[];
}

/** Locked subscriptions of locked accounts that are due at or before `cutoff` and not parked, oldest id first: a fixed number of statements. */
export async function loadDue(work: Work, accountIds: readonly string[], cutoff: Date): Promise<Billable[]> {
  if (accountIds.length === 0) return [];
  const where = `s.organization_id = any($1::uuid[]) and s.account_id = any($2::uuid[])
    and s.next_billing_at <= $3 and s.parked_at is null`;
  return load(work, { where, values: [uuids(work.organizations), uuids(accountIds), cutoff] }, cutoff);
}

/**
 * Locked subscriptions by their ids, whatever their status; missing ones are left out. The account must be locked. What
 * changes due at or before `cutoff` may give back is loaded with them.
 */
export async function loadBillable(work: Work, ids: readonly string[], cutoff?: Date): Promise<Billable[]> {
  if (ids.length === 0) return [];
  const where = 's.organization_id = any($1::uuid[]) and s.id = any($2::uuid[])';
  return load(work, { where, values: [uuids(work.organizations), uuids(ids)] }, cutoff);
}

interface LoadedItem extends Omit<BillableItem, 'price'> {
  overrideModel: string | null;
  overrideParameters: unknown;
}

const itemsAndPrices = `${itemColumns}, o.model as "overrideModel", o.parameters as "overrideParameters", ${priceColumns}
  from subscriptions s
  join subscription_items i on i.organization_id = s.organization_id and i.subscription_id = s.id
  left join price_overrides o on o.organization_id = i.organization_id and o.id = i.price_override_id
  join prices c on c.organization_id = i.organization_id and c.id = i.price_id
  join plan_versions v on v.organization_id = c.organization_id and v.id = c.plan_version_id
  join plans p on p.organization_id = v.organization_id and p.id = v.plan_id`;

/**
 * Three statements in one round trip. Who reads second sees what was locked first: each statement has a snapshot of its own,
 * and what is locked does not change any more.
 */
async function load(work: Work, { where, values }: Which, cutoff?: Date): Promise<Billable[]> {
  const [found, items, stored] = await Promise.all([
    work.rows<BillableRow>(
      `select ${billableColumns} from subscriptions s where ${where} order by s.id for update`,
      values,
    ),
    work.rows<LoadedItem & PriceRecord>(
      `select ${itemsAndPrices} where ${where}
         and (i.active_to is null or s.current_period_start is null or i.active_to >= s.current_period_start)
       order by i.subscription_id, i.position, i.active_from, i.id`,
      values,
    ),
    readScheduled(work, where, values),
  ]);
  if (found.length === 0) return [];
  const subscriptions = new Map<string, Billable>(
    found.map((row) => [row.id, { ...row, items: [], pending: [], pause: null, billed: [] }]),
  );
  const all = [...subscriptions.values()];
  const prices = new Map<string, BillablePrice>();
  for (const row of items) subscriptions.get(row.subscriptionId)?.items.push(toItem(row, prices));
  const coming = comingPrices(stored).filter((id) => !prices.has(id));
  await Promise.all([loadPauses(work, all), loadPrices(work, new Set(coming), prices)]);
  for (const row of stored) subscriptions.get(row.subscriptionId)?.pending.push(pendingOf(row, prices));
  if (cutoff) await loadWhatIsGivenBack(work, all, cutoff);
  return all;
}

/** An item with its price, or what was agreed instead; items of one price share it. */
function toItem(row: LoadedItem & PriceRecord, prices: Map<string, BillablePrice>): BillableItem {
  const { overrideModel, overrideParameters, listedId, ...of } = row;
  const { model, parameters, currency, taxCategory, priceName, commitment, planName, planKind, ...item } = of;
  const known = prices.get(listedId);
  const listed = known ?? toPrice(row);
  if (!known) prices.set(listedId, listed);
  const price = item.priceOverrideId
    ? { ...listed, id: item.priceOverrideId, model: overrideModel!, parameters: overrideParameters }
    : listed;
  return { ...item, price };
}

/** Open pauses of those that are paused: no statement where none is. */
async function loadPauses(work: Work, subscriptions: readonly Billable[]): Promise<void> {
  const paused = new Map(subscriptions.filter(({ status }) => status === 'paused').map((one) => [one.id, one]));
  if (paused.size === 0) return;
  const rows = await work.rows<NonNullable<Billable['pause']> & { subscriptionId: string }>(
    `select p.subscription_id as "subscriptionId", p.id, p.paused_from as "pausedFrom", p.anchor from subscription_pauses p
     where p.organization_id = any($1::uuid[]) and p.subscription_id = any($2::uuid[]) and p.resumed_at is null`,
    [uuids(work.organizations), uuids(paused.keys())],
  );
  for (const { subscriptionId, ...pause } of rows) paused.get(subscriptionId)!.pause = pause;
}

/** Fills `billed` of subscriptions that have something to do within a period. One statement, none where nothing is due. */
async function loadWhatIsGivenBack(work: Work, subscriptions: readonly Billable[], cutoff: Date): Promise<void> {
  const isDue = ({ pending }: Billable) => pending.some((change) => change.effectiveAt <= cutoff);
  const due = subscriptions.filter((one) => isDue(one) || endedUnderCommitment(one));
  if (due.length === 0) return;
  const from = Math.min(
    ...due.flatMap(({ pending }) => pending.map((change) => change.effectiveAt.getTime())),
    // With shifted boundaries what was paid for when a pause began is used after it.
    ...due.flatMap(({ pause }) => (pause ? [pause.pausedFrom.getTime()] : [])),
    ...due.flatMap((one) => (isHeldToCommitment(one) ? one.currentPeriodStart!.getTime() : [])),
  );
  const stretches = await loadBilled(work, due, new Date(from));
  for (const subscription of due) subscription.billed = stretches.get(subscription.id) ?? [];
}

const isHeldToCommitment = ({ items, currentPeriodStart }: Billable) =>
  currentPeriodStart !== null && items.some(({ price }) => price.commitment);

/** What ended within the period may have been paid for longer, and that counts towards its commitment. */
const endedUnderCommitment = (one: Billable) =>
  isHeldToCommitment(one) && one.items.some(({ activeTo }) => activeTo && activeTo > one.currentPeriodStart!);

interface PriceRecord extends Omit<BillablePrice, 'id' | 'description' | 'planName'> {
  listedId: string;
  priceName: string;
  planName: string;
}

function toPrice(row: PriceRecord): BillablePrice {
  const { listedId: id, model, parameters, currency, taxCategory, commitment, planName, planKind, priceName } = row;
  const description = lineText(planName, priceName);
  return { id, model, parameters, currency, taxCategory, commitment, planName, planKind, description };
}

/** Adds these prices to those that are known. No statement where there are none. */
async function loadPrices(work: Work, ids: ReadonlySet<string>, known: Map<string, BillablePrice>): Promise<void> {
  if (ids.size === 0) return;
  const rows = await work.rows<PriceRecord>(
    `select ${priceColumns} from prices c
     join plan_versions v on v.organization_id = c.organization_id and v.id = c.plan_version_id
     join plans p on p.organization_id = v.organization_id and p.id = v.plan_id
     where c.organization_id = any($1::uuid[]) and c.id = any($2::uuid[])`,
    [uuids(work.organizations), uuids(ids)],
  );
  for (const row of rows) known.set(row.listedId, toPrice(row));
}

/** What a line says of its price: the plan and the component, once where they are called alike. */
export function lineText(planName: string, priceName: string): string {
  return planName === priceName ? planName : `${planName} – ${priceName}`;
}
