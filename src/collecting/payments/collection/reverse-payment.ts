import { DomainError, notFound } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import { BeginAnew } from '../../../platform/transact.ts';
import type { Work } from '../../../platform/work.ts';
import { sum } from '../../../rules/money.ts';
import { applyOwnCredit, type LockedInvoice, takeMoneyBack, takeOverpaymentBack } from '../../invoicing/index.ts';
import { changeApplication, changePayment, type HeldPayment, holdPayment } from '../hold-payment.ts';
import { heldFact } from '../payment-facts.ts';
import { type PaymentApplicationRow, type PaymentRow, RefundEntity } from '../payments.entities.ts';
import { type ReversePaymentInput, reversePaymentInput } from '../payments.inputs.ts';
import { paymentMove, refuseMove } from '../payments.lifecycle.ts';
import { recordHeldRefund, restoreCredit } from '../refunds/record-refund.ts';
import { declineOfReversal, type ReversalReason } from '../reversal-reasons.ts';
import { noted, reclaimGivenBack } from './reclaim-given-back.ts';

const path = ['input', 'paymentId'];

/**
 * Records that the money of a payment is gone again: a check bounced, a debit was returned, or it had been recorded by
 * mistake. NOT_FOUND; INVALID_STATE unless it has succeeded, and for payments of Stripe, which says so by itself;
 * PAYMENT_IN_FLIGHT while a refund of it may be at its provider.
 */
export async function reversePayment(work: Work, given: ReversePaymentInput): Promise<PaymentRow> {
  const input = readInput(reversePaymentInput, given);
  const held = await holdPayment(work, input.paymentId);
  if (!held) throw notFound(path);
  const { provider, status } = held.payment;
  if (!paymentMove(status, 'reverse')) throw refuseMove(status, 'reversed', path);
  if (provider === 'stripe') {
    const message =
      'A payment of Stripe is not reversed by hand: what a bank takes back of it, Stripe tells as a dispute.';
    throw new DomainError('INVALID_STATE', message, { path });
  }
  await reverseHeld(work, held, { reason: input.reason, notes: input.notes ?? null });
  return held.payment;
}

/** Why, for programs, and in the words of whoever recorded it. */
export interface Reversal {
  reason: ReversalReason;
  notes: string | null;
}

/**
 * The same for a payment that is held and has succeeded: refunds that have not left end, its invoices ask for the money
 * again (or have that much more written off), and so do those that had spent the credit it left over; the rest of that is
 * taken out of the balance. Credit that notes of these invoices gave goes to them first. What was given back of what it covered
 * is owed as well: by the invoices, which ask for all of it again, or, where credit notes had taken it off them, by an invoice of
 * its own; what was given back of the left-over is lost (bad debt). Announces `payment.reversed` with the invoices that are owed again.
 */
export async function reverseHeld(work: Work, held: HeldPayment, { reason, notes }: Reversal): Promise<void> {
  const { payment, account } = held;
  const { organizationId, id: paymentId, currency, accountId } = payment;
  const at = account.now;
  await endRefunds(work, held);
  const applied = held.applications.filter(({ status }) => status === 'applied');
  const over = payment.amount - sum(applied.map(({ amount }) => amount));
  const { covered, kept, legalEntityId } = await uncover(work, held, applied);
  changePayment(work, held, {
    ...{ status: 'reversed', reversedAt: at, reversalReason: reason, reversalNotes: notes },
    ...{ nextAttemptAt: null, claimedUntil: null, reversedAfterRefund: payment.amountRefunded > 0n || kept > 0n },
  });
  await takeMoneyBack(
    work,
    covered.map((one) => ({ ...one, at, paymentId })),
  );
  const left = { organizationId, accountId, paymentId, currency, amount: over, at };
  const credited = over > 0n ? await takeOverpaymentBack(work, left, (ids) => heldInvoices(held, ids)) : [];
  const reopened = [...new Set([...covered.map(({ invoice }) => invoice), ...credited])];
  const declineClass = declineOfReversal(reason);
  const collected = applied.some(({ invoiceId }) => held.invoices.get(invoiceId)?.collection === 'automatic');
  // What its owner does not want debited is not asked for in that way once more.
  const collection = collected && declineClass !== 'new_card' ? 'automatic' : 'manual';
  await reclaimGivenBack(work, held, { kept, collection, legalEntityId });
  await applyOwnCredit(work, reopened, { causeId: paymentId, at });
  const invoiceIds = reopened.filter(({ status }) => status !== 'paid').map(({ id }) => id);
  work.announce(heldFact('payment.reversed', held, { reason, invoiceIds, ...(declineClass ? { declineClass } : {}) }));
}

/**
 * Its applications end, but for what credit notes took off and wanted to give back of it. Answers what each invoice loses, and
 * how much stays covered in all (`kept`), and who issued that.
 */
async function uncover(
  work: Work,
  held: HeldPayment,
  applied: readonly PaymentApplicationRow[],
): Promise<{ covered: { invoice: LockedInvoice; amount: bigint }[]; kept: bigint; legalEntityId: string | null }> {
  const byNotes = await noted(work, held.payment);
  const covered: { invoice: LockedInvoice; amount: bigint }[] = [];
  let [kept, legalEntityId]: [bigint, string | null] = [0n, null];
  for (const application of applied) {
    const { invoiceId, amount } = application;
    const wanted = byNotes.get(invoiceId) ?? 0n;
    const keeps = wanted < amount ? wanted : amount;
    kept += keeps;
    if (keeps > 0n) legalEntityId = held.invoices.get(invoiceId)!.legalEntityId;
    if (keeps === amount) continue;
    covered.push({ invoice: held.invoices.get(invoiceId)!, amount: amount - keeps });
    changeApplication(work, held, application, keeps === 0n ? { status: 'reversed' } : { amount: keeps });
  }
  return { covered, kept, legalEntityId };
}

/** Invoices that were locked with the payment; one that spent its credit between the first look and the lock was not. */
function heldInvoices({ invoices }: HeldPayment, ids: readonly string[]): LockedInvoice[] {
  return ids.map((id) => {
    const invoice = invoices.get(id);
    if (!invoice) throw new BeginAnew();
    return invoice;
  });
}

const over: readonly string[] = ['succeeded', 'failed', 'canceled', 'rejected'];

/**
 * There is nothing to give back any more: refunds that have not left the house end, and what a credit note wanted to pay
 * back becomes credit. PAYMENT_IN_FLIGHT for one that may be at its provider: that decides first.
 */
async function endRefunds(work: Work, { payment, account }: HeldPayment): Promise<void> {
  const { organizationId, id: paymentId } = payment;
  await work.rows('select 1 from refunds where organization_id = $1 and payment_id = $2::uuid order by id for update', [
    organizationId,
    paymentId,
  ]);
  const refunds = (await work.find(RefundEntity, { organizationId, paymentId }, { id: 'asc' })).filter(
    ({ status }) => !over.includes(status),
  );
  for (const refund of refunds) {
    if (refund.claimedUntil !== null || refund.lookups > 0 || refund.providerRef !== null) {
      throw new DomainError('PAYMENT_IN_FLIGHT', 'A refund of the payment is being decided; try again when it is.', {
        path,
      });
    }
    const held = { refund, payment, at: account.now };
    recordHeldRefund(work, held, { status: 'canceled', providerRef: null });
    await restoreCredit(work, held);
  }
  if (refunds.length > 0) await work.flush();
}
