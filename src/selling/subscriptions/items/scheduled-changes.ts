import { newId } from '../../../platform/id.ts';
import { uuids } from '../../../platform/sql-text.ts';
import type { Work } from '../../../platform/work.ts';
import { ScheduledChangeEntity } from '../subscriptions.entities.ts';
import type { Billable } from './billable.ts';
import type { BillablePrice } from './billable-item.ts';
import type { ComingItem, CreditBasis, ItemChange, ItemsTerms, PendingChange } from './pending-change.ts';

/** A pending change as its row has it; prices are read anew. */
export interface StoredChange {
  subscriptionId: string;
  id: string;
  kind: PendingChange['kind'];
  effectiveAt: Date;
  atPeriodEnd: boolean;
  terms: Record<string, unknown>;
}

/** What is pending of these subscriptions, the earliest first. One statement. */
export async function readScheduled(work: Work, ids: readonly string[]): Promise<StoredChange[]> {
  return work.rowsOf<StoredChange>(
    [ScheduledChangeEntity],
    `select c.subscription_id as "subscriptionId", c.id, c.kind, c.effective_at as "effectiveAt",
       c.at_period_end as "atPeriodEnd", c.terms
     from scheduled_changes c
     where c.organization_id = any($1::uuid[]) and c.subscription_id = any($2::uuid[]) and c.status = 'pending'
     order by c.effective_at, c.id`,
    [uuids(work.organizations), uuids(ids)],
  );
}

function changesIn(stored: StoredChange): ItemChange[] {
  return stored.kind === 'items' ? (stored.terms as unknown as ItemsTerms).changes : [];
}

/** The prices of items that stored changes bring. */
export function comingPrices(stored: readonly StoredChange[]): string[] {
  return stored.flatMap((row) =>
    changesIn(row).flatMap((part) => ('items' in part ? part.items.map((item) => item.priceId) : [])),
  );
}

/** A stored change with the prices of what comes. */
export function pendingOf(stored: StoredChange, prices: ReadonlyMap<string, BillablePrice>): PendingChange {
  const { id, kind, effectiveAt, atPeriodEnd, terms } = stored;
  const changes = changesIn(stored).map((part) =>
    'items' in part ? { ...part, items: part.items.map((item) => ({ ...item, price: priceOf(item, prices) })) } : part,
  );
  const common = { ...terms, id, kind, effectiveAt, atPeriodEnd, isStored: true };
  return (kind === 'items' ? { ...common, changes } : common) as unknown as PendingChange;
}

/** The listed price, or what was agreed instead of it. */
function priceOf({ priceId, override }: ComingItem, prices: ReadonlyMap<string, BillablePrice>): BillablePrice {
  const listed = prices.get(priceId)!;
  return override ? { ...listed, id: override.id, model: override.model, parameters: override.parameters } : listed;
}

/** What the row of a change says of it, without prices. */
function termsOf(change: PendingChange): Record<string, unknown> {
  const { id: _id, kind: _kind, effectiveAt: _at, atPeriodEnd: _end, isStored: _stored, ...terms } = change;
  if (!('changes' in terms)) return terms;
  const changes = terms.changes.map((part) =>
    'items' in part ? { ...part, items: part.items.map(({ price: _price, ...item }) => item) } : part,
  );
  return { ...terms, changes };
}

type Subject = Pick<Billable, 'organizationId' | 'id'>;

/** Writes the row of a change that is to be carried out later, or that was and gave way. */
export function storeChange(
  work: Work,
  { organizationId, id }: Subject,
  change: PendingChange,
  at: Date,
  status: 'pending' | 'superseded' = 'pending',
): void {
  work.insert(ScheduledChangeEntity, [
    {
      organizationId,
      id: change.id,
      subscriptionId: id,
      kind: change.kind,
      effectiveAt: change.effectiveAt,
      atPeriodEnd: change.atPeriodEnd,
      terms: termsOf(change),
      status,
      closedAt: status === 'pending' ? null : at,
      createdAt: at,
      updatedAt: at,
    },
  ]);
}

/** Writes what is left of a pending change of which a part gave way. */
export function narrowChange(work: Work, { organizationId }: Subject, change: PendingChange, at: Date): void {
  work.update(ScheduledChangeEntity, { organizationId, id: change.id, terms: termsOf(change), updatedAt: at });
}

/** Writes that a change is not pending any more; one that has no row needs none. */
export function closeChange(
  work: Work,
  { organizationId }: Subject,
  change: Pick<PendingChange, 'id' | 'isStored'>,
  status: 'applied' | 'undone' | 'superseded',
  at: Date,
): void {
  if (!change.isStored) return;
  work.update(ScheduledChangeEntity, { organizationId, id: change.id, status, closedAt: at, updatedAt: at });
}

/** The change that ends a subscription at an instant: on a date, or with the period that stands. */
export function scheduledEnd(
  effectiveAt: Date,
  { isDate, creditBasis }: { isDate: boolean; creditBasis: CreditBasis },
): PendingChange {
  return { id: newId(), kind: 'cancel', effectiveAt, atPeriodEnd: !isDate, isStored: true, creditBasis };
}
