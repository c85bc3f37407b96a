import { z } from 'zod';
import { invalidInput, invalidState } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { scheduleChange } from '../billing/schedule-change.ts';
import type { PausePending } from '../items/pending-change.ts';
import { carryOut, checkChangeable, instantNow } from './carry-out.ts';

const schema = z.object({
  id: z.uuid(),
  when: z.enum(['now', 'period_end']).default('period_end'),
  until: z.date().nullish(),
  anchor: z.enum(['keep', 'shift']).default('keep'),
  creditBasis: z.enum(['time', 'none']).default('none'),
});

export type PauseSubscriptionInput = z.input<typeof schema>;

/**
 * Lets a subscription stand still, now or when its period ends, until a date or until it is resumed. Nothing is billed of a
 * pause; arrears are billed up to it. Time paid for ahead is given back (`time`); else (`none`) it runs out meanwhile with
 * boundaries kept, and is used after the pause with boundaries shifted. The same goes for what is left of a trial. `at` is the
 * instant of a pause now, the account's own if left out. NOT_FOUND; INVALID_STATE unless it runs; INVALID_INPUT for an
 * `until` that is not after the pause.
 */
export async function pauseSubscription(
  work: Work,
  given: PauseSubscriptionInput,
  options: { at?: Date | undefined } = {},
): Promise<{ id: string; at: Date }> {
  const input = readInput(schema, given);
  const current = await bringUpToDate(work, input.id, ['input', 'id']);
  const { subscription, account } = current;
  const isLater = input.when === 'period_end';
  checkChangeable(subscription, !isLater);
  const effectiveAt = isLater ? subscription.currentPeriodEnd! : instantNow(current, options.at);
  if (input.until && input.until <= effectiveAt) {
    throw invalidInput(['input', 'until'], 'A pause ends after it begins.');
  }
  if (isLater && subscription.endsAt && subscription.endsAt <= effectiveAt) {
    throw invalidState('The subscription ends before: take its cancellation back first.', ['input', 'when']);
  }
  const pause: PausePending = {
    id: newId(),
    kind: 'pause',
    effectiveAt,
    atPeriodEnd: isLater,
    isStored: isLater,
    anchor: input.anchor,
    until: input.until?.toISOString() ?? null,
    resumeId: newId(),
    creditBasis: input.creditBasis,
  };
  if (isLater) scheduleChange(work, subscription, pause, account.now);
  else await carryOut(work, current, pause);
  return { id: input.id, at: instantNow(current, options.at) };
}
