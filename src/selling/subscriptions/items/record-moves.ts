import { actorText } from '../../../platform/actor.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { SubscriptionChangeEntity } from '../subscriptions.entities.ts';
import type { StatusMove, SubscriptionEvent } from '../subscriptions.lifecycle.ts';
import type { Billable } from './billable.ts';
import type { BillableItem } from './billable-item.ts';

type Subject = Pick<Billable, 'organizationId' | 'id' | 'accountId'>;
type Change = Record<string, { old: unknown; new: unknown }>;

/** The fact that each move is announced as. */
const factOf: Record<SubscriptionEvent, string> = {
  trial_started: 'subscription.trial_started',
  activated: 'subscription.activated',
  trial_ended: 'subscription.trial_ended',
  payment_failed: 'subscription.past_due',
  recovered: 'subscription.recovered',
  lapsed: 'subscription.lapsed',
  paused: 'subscription.paused',
  resumed: 'subscription.resumed',
  trial_resumed: 'subscription.resumed',
  canceled: 'subscription.canceled',
  reactivated: 'subscription.reactivated',
};

/** Writes moves of the status into the history and announces them. */
export function recordMoves(work: Work, subscription: Subject, moves: readonly StatusMove[], reason?: string): void {
  for (const { from, to, event, at } of moves) {
    const change = { status: { old: from, new: to } };
    recordChange(work, subscription, change, at);
    announceSubscription(work, factOf[event], subscription, at, {
      status: to,
      previousStatus: from,
      ...(reason ? { reason } : {}),
    });
  }
}

/** What an item is, to people who read a history. */
export const toldItem = ({ planId, component, quantity }: Pick<BillableItem, 'planId' | 'component' | 'quantity'>) => ({
  planId,
  component,
  quantity,
});

/** Writes the history of a change: one row for each field, with its old and its new value. */
export function recordChange(work: Work, subscription: Subject, change: Change, at: Date): void {
  work.insert(
    SubscriptionChangeEntity,
    Object.entries(change).map(([field, values]) => ({
      organizationId: subscription.organizationId,
      id: newId(),
      subscriptionId: subscription.id,
      field,
      oldValue: values.old ?? null,
      newValue: values.new ?? null,
      at,
      recordedAt: work.recordedAt,
      actor: actorText(work.actor),
    })),
  );
}

/** Announces what happened to a subscription at an instant of its account. */
export function announceSubscription(
  work: Work,
  type: string,
  subscription: Subject,
  at: Date,
  data: Record<string, unknown>,
  change?: Change,
): void {
  work.announce({
    type,
    organizationId: subscription.organizationId,
    objectType: 'subscription',
    objectId: subscription.id,
    accountId: subscription.accountId,
    at,
    data: { subscriptionId: subscription.id, accountId: subscription.accountId, ...data },
    ...(change ? { change } : {}),
  });
}
