import type { LockedAccount } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import { type LockedInvoice, payable } from '../../invoicing/index.ts';
import { changePayment, type HeldPayment, holdPayment } from '../hold-payment.ts';
import { heldFact } from '../payment-facts.ts';
import { PaymentMethodEntity, type PaymentMethodRow } from '../payments.entities.ts';
import { reserveApplications } from './settle-money.ts';
import { startPayments } from './start-payments.ts';
import { end } from './stop-collecting.ts';

/** What came of an invoice that was to be collected once more. */
export type Collected =
  | { status: 'started'; paymentId: string }
  /** A payment of it is under way. */
  | { status: 'in_flight' }
  /** Nothing can be charged: the account has no usable method. */
  | { status: 'no_method' }
  | { status: 'nothing_due' };

/**
 * Collects an open invoice once more, off session, with its own method if that is still there, or else with the default
 * one of the account that pays. The payment that failed gets another attempt as long as its amount is still what is due;
 * otherwise it is ended and another one begun. Account and invoice are locked by the caller.
 */
export async function collectInvoice(
  work: Work,
  input: { invoice: LockedInvoice; payer: LockedAccount },
): Promise<Collected> {
  const { invoice, payer } = input;
  if (invoice.status !== 'open' || payable(invoice) <= 0n) return { status: 'nothing_due' };
  const latest = await latestOf(work, invoice);
  if (latest.inFlight) return { status: 'in_flight' };
  const method = await usableMethod(work, payer, invoice.paymentMethodId ?? null);
  if (!method) return { status: 'no_method' };
  const held = latest.failedId ? await holdPayment(work, latest.failedId, invoice.organizationId) : null;
  if (held && (await retry(work, held, method, payable(invoice))))
    return { status: 'started', paymentId: held.payment.id };
  if (held) await end(work, held, 'superseded');
  const [payment] = startPayments(work, [
    {
      organizationId: invoice.organizationId,
      accountId: payer.id,
      testClockId: payer.testClockId ?? null,
      provider: method.provider,
      paymentMethodId: method.id,
      currency: invoice.currency,
      covers: [{ invoiceId: invoice.id, amount: payable(invoice) }],
      offSession: true,
      captureMethod: 'automatic',
      at: payer.now,
    },
  ]);
  return { status: 'started', paymentId: payment!.id };
}

async function latestOf(work: Work, invoice: LockedInvoice) {
  const [row] = await work.rows<{ in_flight: boolean; failed_id: string | null }>(
    `select exists (select from payment_applications a
         where a.organization_id = $1 and a.invoice_id = $2::uuid and a.status = 'pending') as in_flight,
       (select p.id from payment_applications a
        join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
        where a.organization_id = $1 and a.invoice_id = $2::uuid and p.status = 'failed' and p.cancel_requested_at is null
        order by p.recorded_at desc, p.id desc limit 1) as failed_id`,
    [invoice.organizationId, invoice.id],
  );
  return { inFlight: row?.in_flight ?? false, failedId: row?.failed_id ?? null };
}

/** A method that is still there: the one named, or the account's default. */
export async function usableMethod(
  work: Work,
  account: LockedAccount,
  named: string | null,
): Promise<PaymentMethodRow | null> {
  const { organizationId, id: accountId } = account;
  const own = await work.find(PaymentMethodEntity, { organizationId, accountId, detachedAt: null });
  return own.find((method) => method.id === named) ?? own.find((method) => method.isDefault) ?? null;
}

async function retry(work: Work, held: HeldPayment, method: PaymentMethodRow, due: bigint): Promise<boolean> {
  const { payment, applications } = held;
  const fits = payment.provider === method.provider && payment.amount === due && payment.captureMethod === 'automatic';
  if (!fits || applications.length !== 1 || applications[0]?.amount !== due) return false;
  await retryPayment(work, held, { paymentMethodId: method.id, offSession: true });
  return true;
}

/** A held payment that has failed, or waits for the customer, is to be attempted again: PENDING and due at once. */
export async function retryPayment(
  work: Work,
  held: HeldPayment,
  how: { paymentMethodId: string | null; offSession: boolean },
): Promise<void> {
  await reserveApplications(work, held);
  changePayment(work, held, {
    ...how,
    status: 'pending',
    failureCode: null,
    failureMessage: null,
    declineClass: null,
    lookups: 0,
    nextAttemptAt: held.account.now,
    claimedUntil: null,
  });
  work.announce(heldFact('payment.retried', held));
}
