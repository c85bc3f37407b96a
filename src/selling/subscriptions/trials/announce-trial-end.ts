import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import type { Work } from '../../../platform/work.ts';
import { loadBillable } from '../items/load-billable.ts';
import { lockSubscriber } from '../items/lock-for-billing.ts';
import { announceSubscription } from '../items/record-moves.ts';
import { SubscriptionEntity, type SubscriptionRow } from '../subscriptions.entities.ts';

/** Announces that a trial is about to end, once. Nothing to announce, nothing done. */
export async function announceTrialEnd(
  app: App,
  input: { organizationId: string; subscriptionId: string },
): Promise<void> {
  const scope = { organizations: [input.organizationId], actor: systemActor('billing'), requestId: null };
  await app.transact(scope, (work) => announce(work, input.subscriptionId));
}

async function announce(work: Work, id: string): Promise<void> {
  const { account } = await lockSubscriber(work, id, ['id']);
  const [subscription] = await loadBillable(work, [id]);
  const [row] = await work.rows<Pick<SubscriptionRow, 'trialRemindsAt'>>(
    `select s.trial_reminds_at as "trialRemindsAt" from subscriptions s where s.organization_id = $1 and s.id = $2`,
    [work.organizationId, id],
  );
  const remindsAt = row?.trialRemindsAt;
  if (!subscription || !remindsAt || remindsAt > account.now) return;
  const { organizationId, status, trialEnd, endsAt } = subscription;
  work.update(SubscriptionEntity, { organizationId, id, trialRemindsAt: null });
  // It may have ended, or been ended, before anybody came to announce it.
  if (status !== 'trialing') return;
  announceSubscription(work, 'subscription.trial_ending', subscription, remindsAt, {
    status,
    trialEnd: trialEnd!.toISOString(),
    endsAt: endsAt?.toISOString() ?? null,
  });
}
