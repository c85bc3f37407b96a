import type { Work } from '../../../platform/work.ts';
import { periodContaining } from '../../../rules/period.ts';
import { recurrenceOf } from './anchor.ts';
import type { Billable, HeldBefore } from './billable.ts';

interface PauseRecord {
  subscriptionId: string;
  pausedFrom: Date;
  resumedAt: Date;
}

interface TrueUpRecord {
  subscriptionId: string;
  planVersionId: string;
  periodStart: Date;
  amount: bigint;
}

/**
 * Fills `heldBefore` of subscriptions with a minimum commitment that have gone on within a period after pauses of which the time
 * stayed paid for. Two statements where a period of such a one began late, else none.
 */
export async function loadHeldBefore(work: Work, subscriptions: readonly Billable[]): Promise<void> {
  const late = subscriptions.filter(beganLate);
  if (late.length === 0) return;
  const parameters = [
    `{${[...new Set(late.map(({ organizationId }) => organizationId))].join(',')}}`,
    `{${late.map(({ id }) => id).join(',')}}`,
  ];
  const [pauses, trueUps] = await Promise.all([
    work.rows<PauseRecord>(
      `select p.subscription_id as "subscriptionId", p.paused_from as "pausedFrom", p.resumed_at as "resumedAt"
       from subscription_pauses p
       where p.organization_id = any($1::uuid[]) and p.subscription_id = any($2::uuid[]) and p.anchor = 'keep'
         and p.resumed_at is not null and exists (
           select from subscription_items i
           join billed_periods b on b.organization_id = i.organization_id and b.subscription_item_id = i.id
           where i.organization_id = p.organization_id and i.subscription_id = p.subscription_id and b.kind = 'recurring'
             and b.period_start <= p.paused_from and b.period_end >= p.resumed_at)
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
  for (const one of late) {
    const isOf = ({ subscriptionId }: { subscriptionId: string }) => subscriptionId === one.id;
    one.heldBefore = heldBefore(one, pauses.filter(isOf), trueUps.filter(isOf));
  }
}

/** Whether the present stretch began after the period that holds it did. */
function beganLate(one: Billable): boolean {
  const { currentPeriodStart, items } = one;
  if (currentPeriodStart === null || !items.some(({ price }) => price.commitment)) return false;
  return periodContaining(recurrenceOf(one), currentPeriodStart).start < currentPeriodStart;
}

/** From pause to pause back to the first that was not paid through, or the beginning of the period. The latest pause comes first. */
function heldBefore(
  one: Billable,
  pauses: readonly PauseRecord[],
  trueUps: readonly TrueUpRecord[],
): HeldBefore | undefined {
  const period = periodContaining(recurrenceOf(one), one.currentPeriodStart!);
  const stretches: HeldBefore['stretches'] = [];
  let next = one.currentPeriodStart!;
  pauses.forEach(({ pausedFrom, resumedAt }, index) => {
    if (resumedAt.getTime() !== next.getTime() || pausedFrom < period.start) return;
    const before = pauses[index + 1]?.resumedAt;
    const start = before && before > period.start ? before : period.start;
    stretches.unshift({ start, end: pausedFrom });
    next = start;
  });
  const [first] = stretches;
  if (!first) return undefined;
  return { stretches, truedUp: trueUps.filter(({ periodStart }) => periodStart >= first.start) };
}
