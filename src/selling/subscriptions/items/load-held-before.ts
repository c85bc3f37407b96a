import type { Work } from '../../../platform/work.ts';
import { wholePeriodOf } from './anchor.ts';
import type { Billable, HeldBefore } from './billable.ts';

interface PauseRecord {
  subscriptionId: string;
  pausedFrom: Date;
  resumedAt: Date;
  heldFrom: Date | null;
}

interface TrueUpRecord {
  subscriptionId: string;
  planVersionId: string;
  periodStart: Date;
  amount: bigint;
}

/**
 * Fills `heldBefore` of subscriptions with a minimum commitment that have gone on within a period after pauses of which the time
 * stayed paid for, or may yet. Two statements where such a one stands still or began within its period, else none.
 */
export async function loadHeldBefore(work: Work, subscriptions: readonly Billable[]): Promise<void> {
  const inParts = subscriptions.filter(isInParts);
  if (inParts.length === 0) return;
  const parameters = [
    `{${[...new Set(inParts.map(({ organizationId }) => organizationId))].join(',')}}`,
    `{${inParts.map(({ id }) => id).join(',')}}`,
  ];
  const [pauses, trueUps] = await Promise.all([
    work.rows<PauseRecord>(
      `select p.subscription_id as "subscriptionId", p.paused_from as "pausedFrom", p.resumed_at as "resumedAt", p.held_from as "heldFrom"
       from subscription_pauses p
       where p.organization_id = any($1::uuid[]) and p.subscription_id = any($2::uuid[]) and p.resumed_at is not null
       order by p.resumed_at desc, p.id desc`,
      parameters,
    ),
    work.rows<TrueUpRecord>(
      `select l.subscription_id as "subscriptionId", i.plan_version_id as "planVersionId", l.period_start as "periodStart", l.amount
       from invoice_lines l
       join invoices v on v.organization_id = l.organization_id and v.id = l.invoice_id and v.status <> 'void'
       join subscription_items i on i.organization_id = l.organization_id and i.id = l.subscription_item_id
       where l.organization_id = any($1::uuid[]) and l.subscription_id = any($2::uuid[]) and l.kind = 'true_up'`,
      parameters,
    ),
  ]);
  for (const one of inParts) {
    const isOf = ({ subscriptionId }: { subscriptionId: string }) => subscriptionId === one.id;
    one.heldBefore = heldBefore(one, pauses.filter(isOf), trueUps.filter(isOf));
  }
}

/** Whether the present stretch stands still, or began after the period that holds it did. */
function isInParts(one: Billable): boolean {
  const { currentPeriodStart, items, status } = one;
  if (currentPeriodStart === null || !items.some(({ price }) => price.commitment)) return false;
  return status === 'paused' || wholePeriodOf(one, currentPeriodStart).start < currentPeriodStart;
}

/** From pause to pause back to the first that was not paid through, as it was decided when each ended. The latest pause comes first. */
function heldBefore(
  one: Billable,
  pauses: readonly PauseRecord[],
  trueUps: readonly TrueUpRecord[],
): HeldBefore | undefined {
  const stretches: HeldBefore['stretches'] = [];
  let next = one.currentPeriodStart!;
  for (const { heldFrom, pausedFrom, resumedAt } of pauses) {
    if (!heldFrom || resumedAt.getTime() !== next.getTime()) break;
    stretches.unshift({ start: heldFrom, end: pausedFrom });
    next = heldFrom;
  }
  // What the pause that it stands in has asked for counts if the time turns out to be paid through.
  if (stretches.length === 0 && one.status !== 'paused') return undefined;
  return { stretches, truedUp: trueUps.filter(({ periodStart }) => periodStart >= next) };
}
