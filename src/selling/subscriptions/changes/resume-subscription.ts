import { z } from 'zod';
import { invalidInput, invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { scheduleChange } from '../billing/schedule-change.ts';
import { checkMayBuy } from '../items/check-may-buy.ts';
import type { ResumePending } from '../items/pending-change.ts';
import { carryOut, instantNow } from './carry-out.ts';

const schema = z.object({ id: z.uuid(), date: z.date().nullish() });

export type ResumeSubscriptionInput = z.input<typeof schema>;

/**
 * Lets a paused subscription go on, now or on a date. With boundaries kept, what is not billed of the period that holds the
 * instant is billed; with boundaries shifted time that was paid for is used first, else a new period begins. Time that is paid
 * for is not billed again. `at` is the
 * instant of going on now, the account's own if left out. NOT_FOUND; INVALID_STATE unless it is paused, and at the very
 * instant that the pause begins; INVALID_INPUT for a
 * date that does not lie ahead; ACCOUNT_BLOCKED.
 */
export async function resumeSubscription(
  work: Work,
  given: ResumeSubscriptionInput,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const input = readInput(schema, given);
  const current = await bringUpToDate(work, input.id, ['input', 'id']);
  const { subscription, account } = current;
  const path = ['input', 'id'];
  if (subscription.status !== 'paused') throw invalidState('The subscription is not paused.', path);
  if (subscription.parkedAt) throw invalidState('Billing of the subscription has stopped: resume billing first.', path);
  checkMayBuy(current);
  const now = instantNow(current, options.at);
  if (!input.date && subscription.pause && subscription.pause.pausedFrom >= now) {
    const message = 'Its pause begins this very moment, and would have no length: resume it later, or on a date.';
    throw invalidState(message, path);
  }
  if (input.date && input.date <= now) {
    throw invalidInput(['input', 'date'], 'The date lies ahead; leave it out to go on now.');
  }
  if (input.date && subscription.endsAt && subscription.endsAt <= input.date) {
    throw invalidState('The subscription ends before: take its cancellation back first.', ['input', 'date']);
  }
  const resume: ResumePending = {
    id: newId(),
    kind: 'resume',
    effectiveAt: input.date ?? now,
    atPeriodEnd: false,
    isStored: input.date != null,
  };
  if (resume.isStored) scheduleChange(work, subscription, resume, account.now);
  else await carryOut(work, current, resume);
  return { id: input.id, at: now };
}
