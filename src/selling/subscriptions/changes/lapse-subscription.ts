import { awaitsTax } from '../../../collecting/invoicing/index.ts';
import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import { DomainError } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { hoursLater } from '../items/anchor.ts';
import { loadBillable } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { endSubscription } from './end-subscription.ts';

const hoursUntilNextTry = 1;

/**
 * Ends an incomplete subscription whose time to pay is over, and voids its invoice. While a payment for it is being decided
 * it waits an hour longer. Nothing to do, nothing done.
 */
export async function lapseSubscription(
  app: App,
  input: { organizationId: string; subscriptionId: string },
): Promise<void> {
  const scope = { organizations: [input.organizationId], actor: systemActor('billing'), requestId: null };
  try {
    await app.transact(scope, (work) => lapse(work, input.subscriptionId));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'PAYMENT_IN_FLIGHT') throw error;
    await app.transact(scope, (work) => postpone(work, input.subscriptionId));
  }
}

async function lapse(work: Work, subscriptionId: string): Promise<void> {
  const { account } = await lockSubscriber(work, subscriptionId, ['id']);
  const [subscription] = await loadBillable(work, [subscriptionId]);
  if (!isLapsing(subscription, account.now)) return;
  // Its invoice cannot be paid before its tax is known.
  if (await awaitsTax(work, subscriptionId)) return putOff(work, subscription!, account.now);
  await endSubscription(work, subscription!, 'lapsed', account.now);
}

async function postpone(work: Work, subscriptionId: string): Promise<void> {
  const { account } = await lockSubscriber(work, subscriptionId, ['id']);
  const [subscription] = await loadBillable(work, [subscriptionId]);
  if (!isLapsing(subscription, account.now)) return;
  putOff(work, subscription!, account.now);
}

function putOff(work: Work, { organizationId, id }: { organizationId: string; id: string }, now: Date): void {
  work.update(SubscriptionEntity, { organizationId, id, lapsesAt: hoursLater(now, hoursUntilNextTry) });
}

function isLapsing(subscription: { status: string; lapsesAt: Date | null } | undefined, now: Date): boolean {
  if (subscription?.status !== 'incomplete' || subscription.lapsesAt === null) return false;
  return subscription.lapsesAt.getTime() <= now.getTime();
}
