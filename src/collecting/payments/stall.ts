import type { Work } from '../../platform/work.ts';
import { changeAttempt, changePayment, type HeldPayment } from './hold-payment.ts';
import { heldFact } from './payment-facts.ts';

/** The failure code of what waits until its provider is connected again. */
export const stalledCode = 'provider_disconnected';
const stalledMessage =
  'The payment provider is not connected, or does not accept the key. It goes on once it is connected.';

/** Whether it waits for its provider to be connected again. */
export function isStalled(row: { failureCode?: string | null }): boolean {
  return row.failureCode === stalledCode;
}

/**
 * A provider that is not connected is not asked again and again: the payment stands still, says why, and goes on when
 * somebody connects it (`resumeStalled`). An attempt of which nothing can have left the house is over, so that the invoice
 * can be paid otherwise meanwhile, or voided.
 */
export function stallPayment(work: Work, held: HeldPayment, unsent: boolean): void {
  const { payment, account } = held;
  const told = isStalled(payment);
  const why = { failureCode: stalledCode, failureMessage: stalledMessage };
  if (unsent) changeAttempt(work, held, { ...why, status: 'canceled', finishedAt: account.now });
  // One that is to be canceled, and that the provider cannot know of, needs nobody's answer.
  const ends = payment.cancelRequestedAt && unsent && !payment.providerRef;
  changePayment(work, held, { ...why, claimedUntil: null, nextAttemptAt: ends ? account.now : null });
  if (!told) work.announce(heldFact('payment.stalled', held));
}

/** Lets payments and refunds of an organization that stand still go on. What another transaction holds waits for the next time. */
export async function resumeStalled(work: Work, organizationId: string): Promise<void> {
  await work.rows(
    `update payments p set next_attempt_at = coalesce((select c.now_at from test_clocks c
         where c.organization_id = p.organization_id and c.id = p.test_clock_id), $2)
     where p.organization_id = $1 and p.id in (select s.id from payments s
       where s.organization_id = $1 and s.failure_code = '${stalledCode}' and s.next_attempt_at is null
         and s.status in ('pending', 'unknown', 'requires_action', 'requires_capture')
       for update skip locked)`,
    [organizationId, work.recordedAt],
  );
  await work.rows(
    `update refunds r set next_attempt_at = $2 where r.organization_id = $1 and r.id in (select s.id from refunds s
       where s.organization_id = $1 and s.failure_code = '${stalledCode}' and s.next_attempt_at is null
         and s.status in ('approved', 'pending', 'unknown', 'requires_action')
       for update skip locked)`,
    [organizationId, work.recordedAt],
  );
}
