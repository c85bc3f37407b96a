import { z } from 'zod';
import { releaseWaiting } from '../../../collecting/invoicing/index.ts';
import { invalidInput, invalidState } from '../../../platform/errors.ts';
import { longText } from '../../../platform/free-text.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate, type Current } from '../billing/bring-up-to-date.ts';
import { nextInstant } from '../billing/schedule-change.ts';
import type { Billable } from '../items/billable.ts';
import type { CreditBasis } from '../items/pending-change.ts';
import { announceSubscription, recordChange } from '../items/record-moves.ts';
import { scheduledEnd, storeChange } from '../items/scheduled-changes.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { carryOut, instantNow } from './carry-out.ts';
import { endSubscription } from './end-subscription.ts';

const schema = z
  .object({
    id: z.uuid(),
    at: z.enum(['period_end', 'now', 'date']),
    date: z.date().nullish(),
    reason: longText(500).nullish(),
    creditBasis: z.enum(['time', 'none']).nullish(),
  })
  .refine(({ at, date }) => (at === 'date') === (date != null), {
    path: ['date'],
    message: 'A date goes with DATE, and only with it.',
  });

export type CancelSubscriptionInput = z.input<typeof schema>;

/**
 * Ends a subscription: now, when the period it has begun is over, or on a date. What fell due before is billed first, as if on time.
 * When it ends it owes its components in arrears up to then, and what was billed beyond is given back only if asked for; a period that
 * begins before the date is billed up to it. One that was never paid for takes its open invoice with it, ended now
 * (PAYMENT_IN_FLIGHT while that is being paid). To say the same end again changes nothing. NOT_FOUND; INVALID_INPUT for a date
 * that does not lie ahead; INVALID_STATE once it has ended, where another end is scheduled, and for an end ahead of one that has
 * not begun, or of a period that a pause has outlasted.
 */
export async function cancelSubscription(
  work: Work,
  given: CancelSubscriptionInput,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const input = readInput(schema, given);
  const current = await bringUpToDate(work, input.id, ['input', 'id']);
  const { subscription } = current;
  if (subscription.status === 'canceled') throw invalidState('The subscription has ended.', ['input', 'id']);
  const { reason, creditBasis } = input;
  if (input.at === 'now') {
    await cancelNow(work, current, { reason: reason ?? undefined, creditBasis: creditBasis ?? 'none', at: options.at });
  } else scheduleEnd(work, current, input);
  return { id: subscription.id, at: instantNow(current, options.at) };
}

/**
 * Ends an up-to-date subscription now, with its last bill, planned by the walk of the billing run. One that has not begun, or
 * whose billing has stopped, just ends.
 */
export async function cancelNow(
  work: Work,
  current: Current,
  more: { reason?: string | undefined; creditBasis?: CreditBasis; at?: Date | undefined } = {},
): Promise<void> {
  const { subscription } = current;
  const { reason, creditBasis = 'none' } = more;
  const at = instantNow(current, more.at);
  if (subscription.parkedAt && creditBasis === 'time') {
    const message = 'Billing of the subscription has stopped: resume billing first, or end it without credit.';
    throw invalidState(message, ['input', 'creditBasis']);
  }
  if (subscription.status === 'incomplete' || subscription.parkedAt) {
    await endSubscription(work, subscription, 'canceled', at, reason);
    if (!subscription.parkedAt) return;
    // No bill comes any more that what waits could go onto.
    const { organizationId, id: subscriptionId } = subscription;
    await releaseWaiting(work, {
      organizationId,
      subscriptionId,
      testClockId: current.account.testClockId ?? null,
      at,
      livingOf: (ids) => livingOf(work, ids),
    });
    return;
  }
  const cancel = {
    id: newId(),
    kind: 'cancel',
    effectiveAt: at,
    atPeriodEnd: false,
    isStored: false,
    creditBasis,
  } as const;
  await carryOut(work, { ...current, subscription: { ...subscription, cancelReason: reason ?? null } }, cancel);
  if (reason === undefined) return;
  const { organizationId, id } = subscription;
  work.update(SubscriptionEntity, { organizationId, id, cancelReason: reason });
}

/** Those that have not ended, some of which may have no bill to come either: it comes with their end at the latest. */
async function livingOf(work: Work, ids: readonly string[]): Promise<string[]> {
  const rows = await work.rows<{ id: string }>(
    `select id from subscriptions where organization_id = $1 and id = any($2::uuid[]) and status <> 'canceled'`,
    [work.organizationId, `{${ids.join(',')}}`],
  );
  return rows.map(({ id }) => id);
}

function scheduleEnd(work: Work, current: Current, input: z.output<typeof schema>): void {
  const { subscription, account } = current;
  const { creditBasis, date } = input;
  const cancelReason = input.reason ?? null;
  checkCanEndLater(subscription, account.now, date ?? null);
  const endsAt = date ?? subscription.currentPeriodEnd!;
  if (subscription.endsAt) {
    if (+subscription.endsAt === +endsAt) return;
    const message = `An end is scheduled already, for ${subscription.endsAt.toISOString()}: take that back first.`;
    throw invalidState(message, ['input', 'at']);
  }
  const { organizationId, id } = subscription;
  const at = account.now;
  work.update(SubscriptionEntity, { organizationId, id, endsAt, cancelRequestedAt: at, cancelReason, updatedAt: at });
  storeChange(
    work,
    subscription,
    scheduledEnd(endsAt, { isDate: date != null, creditBasis: creditBasis ?? 'none' }),
    at,
  );
  const nextBillingAt = nextInstant({ ...subscription, endsAt });
  work.update(SubscriptionEntity, { organizationId, id, nextBillingAt });
  const change = { endsAt: { old: null, new: endsAt } };
  recordChange(work, subscription, change, at);
  announceSubscription(work, 'subscription.cancellation_scheduled', subscription, at, {
    status: subscription.status,
    endsAt: endsAt.toISOString(),
  });
}

/** INVALID_STATE where no period stands that could run out; INVALID_INPUT for a date that does not lie ahead. */
function checkCanEndLater({ status, currentPeriodEnd }: Billable, now: Date, date: Date | null): void {
  const path = ['input', 'at'];
  if (status === 'incomplete') {
    throw invalidState(
      'The subscription has not begun, and nothing stands that could last until then: cancel it NOW.',
      path,
    );
  }
  if (date && date <= now) throw invalidInput(['input', 'date'], 'The date lies ahead; for an end at once say NOW.');
  if (!date && status === 'paused' && currentPeriodEnd! <= now) {
    const message = 'The subscription is paused and its last period is over: cancel it NOW, or resume it first.';
    throw invalidState(message, path);
  }
}
