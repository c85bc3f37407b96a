import { DomainError } from '../../../platform/errors.ts';
import type { Fact } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import { paidLater, payable } from '../../invoicing/index.ts';
import { changeApplication, changePayment, type HeldPayment, holdPayment, isInTheAir } from '../hold-payment.ts';
import { heldFact } from '../payment-facts.ts';
import type { PaymentApplicationRow } from '../payments.entities.ts';
import { inFlightStatuses } from '../payments.lifecycle.ts';
import { recordHeldOutcome } from './record-outcome.ts';

/**
 * Consequence of an invoice that asks for less or nothing any more (paid, partly paid, void, uncollectible): payments that
 * still claim it let it go, and those that are left with nothing to pay end. One that may be at the provider right now goes
 * on without the claim, and its money, should it come, becomes credit; but an invoice is not voided or written off
 * meanwhile (PAYMENT_IN_FLIGHT), since nobody could tell whether it was paid.
 */
export async function stopCollecting(work: Work, facts: readonly Fact[]): Promise<void> {
  const byOrganization = new Map<string, Fact[]>();
  for (const fact of paidLater(work, facts)) {
    byOrganization.set(fact.organizationId, [...(byOrganization.get(fact.organizationId) ?? []), fact]);
  }
  for (const [organizationId, own] of byOrganization) await stopIn(work, organizationId, own);
}

async function stopIn(work: Work, organizationId: string, facts: readonly Fact[]): Promise<void> {
  const invoiceIds = facts.map((fact) => fact.objectId);
  const rows = await work.rows<{ payment_id: string }>(
    `select distinct a.payment_id from payment_applications a
     join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
     where a.organization_id = $1 and a.invoice_id = any($2::uuid[])
       and (a.status = 'pending' or (p.status = 'failed' and p.provider_ref is not null))
     order by a.payment_id`,
    [organizationId, `{${invoiceIds.join(',')}}`],
  );
  for (const { payment_id } of rows) {
    const held = await holdPayment(work, payment_id, organizationId);
    if (held) await letGo(work, held, facts);
  }
}

async function letGo(work: Work, held: HeldPayment, facts: readonly Fact[]): Promise<void> {
  const undecided = isInTheAir(held.attempt) || held.payment.captureAmount != null;
  for (const application of held.applications) {
    if (application.status !== 'pending') continue;
    const fact = facts.find((one) => one.objectId === application.invoiceId);
    if (!fact) continue;
    const left = leftOf(held, application);
    if (left >= application.amount) continue;
    if (undecided && (fact.type === 'invoice.voided' || fact.type === 'invoice.uncollectible')) {
      throw new DomainError('PAYMENT_IN_FLIGHT', 'A payment of this invoice is being decided right now.');
    }
    const remaining = held.payment.amount - (application.amount - left);
    if (!held.attempt && remaining > 0n) changePayment(work, held, { amount: remaining });
    if (left > 0n) changeApplication(work, held, application, { amount: left });
    else changeApplication(work, held, application, { status: 'released' });
  }
  if (held.applications.some((application) => application.status === 'pending')) return;
  await end(work, held, 'settled');
}

function leftOf(held: HeldPayment, application: PaymentApplicationRow): bigint {
  const invoice = held.invoices.get(application.invoiceId);
  return invoice?.status === 'open' ? payable(invoice) : 0n;
}

/**
 * Ends a held payment as far as that is in our hands: at once if the provider has nothing of it, otherwise by asking the
 * provider, whose answer decides. Money that was quicker still counts.
 */
export async function end(
  work: Work,
  held: HeldPayment,
  reason: 'requested' | 'settled' | 'superseded',
): Promise<void> {
  const { payment, attempt } = held;
  const open = inFlightStatuses.includes(payment.status) || payment.status === 'failed';
  if (!open || payment.cancelRequestedAt) return;
  const atProvider = payment.providerRef != null || isInTheAir(attempt);
  const at = held.account.now;
  if (!atProvider) {
    changePayment(work, held, { cancelReason: reason, cancelRequestedAt: at });
    await recordHeldOutcome(work, held, {
      paymentId: payment.id,
      attemptId: attempt?.id ?? null,
      source: 'answer',
      outcome: { status: 'canceled', providerRef: null },
    });
    return;
  }
  // The sandbox keeps nothing that a customer could still pay.
  if (payment.provider === 'sandbox' && payment.status === 'failed' && reason !== 'requested') return;
  const captures = payment.captureAmount != null;
  changePayment(work, held, {
    cancelReason: reason,
    cancelRequestedAt: at,
    captureAmount: null,
    // Who is at the provider now answers soon; then the cancellation has its turn.
    ...(isInTheAir(attempt) ? {} : { nextAttemptAt: at, lookups: 0, ...(captures ? {} : { claimedUntil: null }) }),
  });
  work.announce(heldFact('payment.cancel_requested', held, { reason }));
}
