import type { App } from '../../../platform/app-types.ts';
import { invalidState } from '../../../platform/errors.ts';
import type { Scope, Work } from '../../../platform/work.ts';
import { lockAccountForBilling } from '../items/lock-for-billing.ts';
import { announceSubscription } from '../items/record-moves.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { type BillingTally, billAccounts } from './bill-accounts.ts';

interface Parked {
  id: string;
  status: string;
}

/**
 * Takes an account's subscriptions back into the billing run and bills at once what fell due meanwhile; if that fails
 * again, they are parked again with the new reason. NOT_FOUND; INVALID_STATE if none is parked or billing is paused.
 */
export async function resumeBilling(app: App, scope: Scope, input: { accountId: string }): Promise<BillingTally> {
  if (app.config.billingPaused) throw invalidState('Billing is paused by the operator.');
  const until = await app.transact(scope, (work) => unpark(work, input.accountId));
  const [organizationId] = scope.organizations;
  return billAccounts(app, [{ organizationId: organizationId!, accountId: input.accountId }], until);
}

/** Clears the mark; answers the account's instant. */
async function unpark(work: Work, accountId: string): Promise<Date> {
  const { account } = await lockAccountForBilling(work, accountId, ['input', 'accountId']);
  const parked = await work.rows<Parked>(
    `select s.id, s.status from subscriptions s
     where s.organization_id = $1 and s.account_id = $2 and s.parked_at is not null order by s.id for update`,
    [work.organizationId, accountId],
  );
  if (parked.length === 0) throw invalidState('No subscription of the account is parked.', ['input', 'accountId']);
  const { organizationId, now } = account;
  for (const { id, status } of parked) {
    work.update(SubscriptionEntity, { organizationId, id, parkedAt: null, parkedReason: null, updatedAt: now });
    announceSubscription(work, 'subscription.unparked', { organizationId, id, accountId }, now, { status });
  }
  return now;
}
