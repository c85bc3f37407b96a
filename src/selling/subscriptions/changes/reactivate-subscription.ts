import { z } from 'zod';
import { invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { billNewSubscription } from '../billing/bill-subscriptions.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { markBilledOnce } from '../billing/once-charges.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import { heldAtEnd } from '../items/change-items.ts';
import { checkMayBuy } from '../items/check-may-buy.ts';
import { forgetVoidFees } from '../items/forget-void-fees.ts';
import { recordMoves } from '../items/record-moves.ts';
import { insertItems } from '../items/write-items.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { moveStatus } from '../subscriptions.lifecycle.ts';

const schema = z.object({ id: z.uuid() });

/**
 * Takes an ended subscription up again with what it had at its end, at the same prices, from now on: it begins anew, without a
 * trial, and its periods are counted from now. Billed as a new one is. `at` is that instant, the account's own if left out.
 * NOT_FOUND; INVALID_STATE unless it has ended; ACCOUNT_BLOCKED.
 */
export async function reactivateSubscription(
  work: Work,
  given: z.input<typeof schema>,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const { id } = readInput(schema, given);
  const path = ['input', 'id'];
  const { subscription, account, accounts } = await bringUpToDate(work, id, path);
  if (subscription.status !== 'canceled') {
    throw invalidState('The subscription has not ended; a scheduled end can be taken back.', path);
  }
  checkMayBuy({ account, accounts });
  const at = beginOf(subscription, options.at ?? account.now);
  const items = await forgetVoidFees(work, subscription, itemsAgain(subscription, at));
  const reactivated = moveStatus(subscription.status, 'reactivated', at);
  const begin: Billable = {
    ...subscription,
    ...trialOf(subscription, at),
    status: reactivated.to,
    anchorAt: at,
    currentPeriodStart: null,
    currentPeriodEnd: null,
    endsAt: null,
    endedAt: null,
    nextBillingAt: at,
    pending: [],
    pause: null,
    billed: [],
    unsettled: [],
    items,
  };
  const { plan, after } = await billNewSubscription(work, accounts, begin, { gifts: [], at });
  markBilledOnce(items, plan);
  const { organizationId } = subscription;
  const fresh = { endsAt: null, cancelRequestedAt: null, cancelReason: null, ...trialOf(subscription, at) };
  work.update(SubscriptionEntity, { organizationId, id, ...fresh, ...after, updatedAt: at });
  insertItems(work, organizationId, items, () => at);
  recordMoves(work, subscription, [reactivated, ...plan.moves]);
  return { id, at };
}

/** Not before its end, which may lie a millisecond ahead. */
function beginOf({ endedAt }: Billable, at: Date): Date {
  return endedAt && endedAt > at ? endedAt : at;
}

function itemsAgain(subscription: Billable, at: Date): BillableItem[] {
  return heldAtEnd(subscription).map((item) => ({ ...item, id: newId(), activeFrom: at, activeTo: null }));
}

/** A trial that was cut short ended when the subscription did. */
function trialOf({ trialStart, trialEnd, endedAt }: Billable, at: Date) {
  if (!trialStart || !trialEnd || trialEnd <= at) return { trialStart, trialEnd };
  return endedAt! > trialStart ? { trialStart, trialEnd: endedAt } : { trialStart: null, trialEnd: null };
}
