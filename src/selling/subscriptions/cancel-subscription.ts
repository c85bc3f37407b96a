import { z } from 'zod';
import { invalidState } from '../../platform/errors.ts';
import { longText } from '../../platform/free-text.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { issueDiscounted } from '../coupons/index.ts';
import type { Billable } from './billable.ts';
import { bringUpToDate, type Current } from './bring-up-to-date.ts';
import { endSubscription } from './end-subscription.ts';
import { groupSteps } from './group-steps.ts';
import { planBilling, planFinalArrears } from './plan-billing.ts';
import { PriceBook } from './price-book.ts';
import { announceSubscription, recordChange } from './record-moves.ts';
import { SubscriptionEntity } from './subscriptions.entities.ts';

const schema = z.object({
  id: z.uuid(),
  at: z.enum(['period_end', 'now']),
  reason: longText(500).nullish(),
});

export type CancelSubscriptionInput = z.input<typeof schema>;

/**
 * Ends a subscription, now or when the period it has begun is over. What fell due before is billed first, as if on time.
 * Ended now, it owes its components in arrears up to this instant and nothing is given back; one that was never paid for
 * takes its open invoice with it (PAYMENT_IN_FLIGHT while that is being paid). At the period's end a second wish changes
 * nothing. NOT_FOUND; INVALID_STATE once it has ended, and at the period's end for one that has not begun.
 */
export async function cancelSubscription(work: Work, given: CancelSubscriptionInput): Promise<{ id: string }> {
  const input = readInput(schema, given);
  const current = await bringUpToDate(work, input.id, ['input', 'id']);
  const { subscription } = current;
  if (subscription.status === 'canceled') throw invalidState('The subscription has ended.', ['input', 'id']);
  if (input.at === 'now') await cancelNow(work, current, input.reason ?? undefined);
  else scheduleEnd(work, current, input.reason ?? null);
  return { id: subscription.id };
}

/** Ends an up-to-date subscription now, with its last bill. */
export async function cancelNow(work: Work, current: Current, reason?: string): Promise<void> {
  const { subscription, account, accounts } = current;
  const endedAt = await endSubscription(work, subscription, 'canceled', account.now, reason);
  if (subscription.status === 'incomplete' || subscription.status === 'trialing' || subscription.parkedAt) return;
  const charges = planFinalArrears(subscription, account.now, new PriceBook());
  if (charges.length === 0) return;
  const plan = planBilling({ ...subscription, nextBillingAt: null }, endedAt, new PriceBook());
  plan.steps.push({ at: account.now, reason: 'subscription_ended', charges, decides: false });
  const groups = groupSteps([plan], accounts);
  await issueDiscounted(
    work,
    groups.map((group) => group.request),
  );
}

function scheduleEnd(work: Work, current: Current, cancelReason: string | null): void {
  const { subscription, account } = current;
  if (!canRunOut(subscription)) {
    throw invalidState('A subscription that has not begun can only be canceled now.', ['input', 'at']);
  }
  if (subscription.endsAt) return;
  const { organizationId, id, currentPeriodEnd: endsAt } = subscription;
  const at = account.now;
  work.update(SubscriptionEntity, { organizationId, id, endsAt, cancelRequestedAt: at, cancelReason, updatedAt: at });
  const change = { endsAt: { old: null, new: endsAt } };
  recordChange(work, subscription, change, at);
  announceSubscription(work, 'subscription.cancellation_scheduled', subscription, at, {
    status: subscription.status,
    endsAt: endsAt!.toISOString(),
  });
}

function canRunOut(subscription: Billable): boolean {
  return ['trialing', 'active', 'past_due'].includes(subscription.status);
}
