import type { LockedAccount } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import { announceSubscription, recordChange, recordMoves, toldItem } from '../items/record-moves.ts';
import { closeChange, storeChange } from '../items/scheduled-changes.ts';
import { trialReminder } from '../items/trial-reminder.ts';
import { insertItems } from '../items/write-items.ts';
import {
  ScheduledChangeEntity,
  SubscriptionEntity,
  SubscriptionItemEntity,
  SubscriptionPauseEntity,
} from '../subscriptions.entities.ts';
import type { AppliedChange, Billed, BillingPlan } from './billing-plan.ts';

/** Writes what came of a plan, but for its invoices: where the subscription stands, its items, its history. */
export function writeBilled(work: Work, { plan, after }: Billed, accounts: ReadonlyMap<string, LockedAccount>): void {
  const { organizationId, id } = plan.subscription;
  work.update(SubscriptionEntity, {
    organizationId,
    id,
    ...after,
    ...reminder(plan, accounts),
    updatedAt: plan.reachedAt!,
  });
  writeItems(work, plan);
  writePending(work, plan);
  writePauses(work, plan);
  for (const applied of plan.applied) recordApplied(work, plan, applied);
  if (plan.moves.length > 0) recordMoves(work, plan.subscription, plan.moves, reasonOf(plan));
}

/** A trial that goes on after a pause is announced before its end, whatever was announced before; what has ended is not. */
function reminder({ subscription, moves, after }: BillingPlan, accounts: ReadonlyMap<string, LockedAccount>) {
  if (after.status === 'canceled') return { trialRemindsAt: null };
  if (!moves.some(({ event }) => event === 'trial_resumed')) return {};
  const { accountId, trialStart, timezone } = subscription;
  const trialRemindsAt = trialReminder({ trialStart, trialEnd: after.trialEnd, timezone }, accounts.get(accountId)!);
  return { trialRemindsAt };
}

/** Why it ended, where somebody has said so. */
function reasonOf({ after, subscription }: BillingPlan): string | undefined {
  return after.status === 'canceled' ? (subscription.cancelReason ?? undefined) : undefined;
}

function writeItems(work: Work, plan: BillingPlan): void {
  const { organizationId } = plan.subscription;
  const updatedAt = plan.reachedAt!;
  const changed = new Map<string, { id: string; activeTo?: Date; billedOnceAt?: Date }>();
  for (const item of [...plan.items.ended, ...plan.items.billedOnce]) {
    changed.set(item.id, { ...changed.get(item.id), ...item });
  }
  for (const item of changed.values()) work.update(SubscriptionItemEntity, { organizationId, ...item, updatedAt });
  insertItems(work, organizationId, plan.items.begun, (item) => item.activeFrom);
}

function writePending(work: Work, { subscription, arisen, moved, closed, reachedAt }: BillingPlan): void {
  const { organizationId } = subscription;
  for (const change of arisen) storeChange(work, subscription, change, reachedAt!);
  for (const { id, effectiveAt } of moved) {
    work.update(ScheduledChangeEntity, { organizationId, id, effectiveAt, updatedAt: reachedAt! });
  }
  for (const { change, status, at } of closed) closeChange(work, subscription, change, status, at);
}

function writePauses(work: Work, { subscription, pauses, reachedAt }: BillingPlan): void {
  const { organizationId, id: subscriptionId } = subscription;
  work.insert(
    SubscriptionPauseEntity,
    pauses.begun.map((pause) => ({
      organizationId,
      subscriptionId,
      ...pause,
      resumedAt: null,
      heldFrom: null,
      createdAt: pause.pausedFrom,
      updatedAt: pause.pausedFrom,
    })),
  );
  for (const ended of pauses.ended) {
    work.update(SubscriptionPauseEntity, { organizationId, ...ended, updatedAt: reachedAt! });
  }
}

function recordApplied(work: Work, plan: BillingPlan, { change, from, ended, begun, interval }: AppliedChange): void {
  const { subscription } = plan;
  const changed = {
    items: { old: ended.map(toldItem), new: begun.map(toldItem) },
    ...(interval ? { interval } : {}),
  };
  recordChange(work, subscription, changed, from);
  announceSubscription(
    work,
    'subscription.changed',
    subscription,
    change.effectiveAt,
    { status: plan.after.status, from: from.toISOString() },
    changed,
  );
}
