import { actorText } from '../../../platform/actor.ts';
import { currencyMismatch, DomainError, invalidInput, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { type BoughtCover, takeBoughtCredit } from '../../wallets/index.ts';
import { holdPayment } from '../hold-payment.ts';
import { refundFact } from '../payment-facts.ts';
import { type PaymentRow, RefundEntity, type RefundRow } from '../payments.entities.ts';
import { refuseMove } from '../payments.lifecycle.ts';
import { shareOutRefund } from './refund-shares.ts';
import { withdrawCredit } from './withdrawn-credit.ts';

export interface RefundInput {
  paymentId: string;
  /** Minor units; all that is left when absent. */
  amount?: bigint | null;
  currency?: string | null;
  reason?: string | null;
  metadata?: Record<string, string> | null;
}

/**
 * Begins to give money of a succeeded payment back, all that is left of it or a part. It is PENDING and due at once; the
 * worker carries it out. AMOUNT_TOO_LARGE for more than is left after all refunds that have not failed, INVALID_STATE
 * unless the payment has succeeded. What the payment had left over as credit, and is unspent, is taken back first; then credit
 * that it bought, then what it paid of invoices. AMOUNT_TOO_LARGE again where less of all that is there: it was given back by
 * credit notes, pays for a later invoice, or is credit that is spent or held.
 */
export async function createRefund(work: Work, input: RefundInput): Promise<RefundRow> {
  const payment = await lockPaymentToRefund(work, input.paymentId);
  if (input.currency && input.currency !== payment.row.currency) {
    const message = `The payment is in ${payment.row.currency}, the refund in ${input.currency}.`;
    throw currencyMismatch(['input', 'amount', 'currency'], message);
  }
  const left = payment.row.amount - payment.refunding;
  const amount = input.amount ?? left;
  if (amount <= 0n && input.amount != null) {
    throw invalidInput(['input', 'amount', 'amountMinor'], 'The amount must be more than 0.');
  }
  if (amount > left || left <= 0n) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'The refund is larger than what is left of the payment.', {
      path: ['input', 'amount'],
    });
  }
  const refund = refundRow(work, payment.row, {
    amount,
    reason: input.reason ?? null,
    metadata: input.metadata ?? {},
    at: payment.at,
    requestedBy: actorText(work.actor),
  });
  work.insert(RefundEntity, [refund]);
  const most = await drawRefund(work, payment.row, refund, payment.at);
  if (most < amount) throw tooLittleLeft(most, payment.row.currency);
  work.announce(refundFact('refund.created', refund, payment.row, payment.at));
  return refund;
}

function tooLittleLeft(most: bigint, currency: string): DomainError {
  const message = `At most ${most} minor units of ${currency} can be given back of this payment: the rest was given back by credit notes or as time, is what it pays of later invoices that took lines of its own back, or became credit that is spent or held. Refund that much, and what it pays of later invoices with a credit note; or first void the note, release the hold or take back what the credit paid.`;
  return new DomainError('AMOUNT_TOO_LARGE', message, { path: ['input', 'amount'] });
}

/**
 * Where a refund that was just inserted takes its money from: credit that the payment left over, then credit that it bought, then
 * what it paid of invoices. Answers how much it could give back at most, minor units; less than its amount where that is too much.
 */
export async function drawRefund(work: Work, payment: PaymentRow, refund: RefundRow, at: Date): Promise<bigint> {
  refund.creditWithdrawn = await withdrawCredit(work, payment, refund, at);
  const { organizationId, id, creditWithdrawn } = refund;
  if (creditWithdrawn > 0n) work.update(RefundEntity, { organizationId, id, creditWithdrawn });
  const bought = await takeBought(work, payment, refund, at);
  const paid = await shareOutRefund(work, payment, refund, refund.amount - creditWithdrawn - bought);
  return creditWithdrawn + bought + paid;
}

/** Takes back the credit that a payment bought, for what of a new refund does not come out of its left-over. Minor units. */
async function takeBought(work: Work, payment: PaymentRow, refund: RefundRow, at: Date): Promise<bigint> {
  const { organizationId } = payment;
  const covers = await work.rows<BoughtCover>(
    `select a.invoice_id, a.amount from payment_applications a
     join invoices i on i.organization_id = a.organization_id and i.id = a.invoice_id and i.reason = 'top_up'
     where a.organization_id = $1 and a.payment_id = $2::uuid and a.status = 'applied' order by a.id`,
    [organizationId, payment.id],
  );
  if (covers.length === 0) return 0n;
  const money = refund.amount - refund.creditWithdrawn;
  return takeBoughtCredit(work, { paymentId: payment.id, refundId: refund.id, covers, money, at });
}

/** What a new refund is about. */
export interface RefundWish {
  amount: bigint;
  reason: string | null;
  metadata: Record<string, string>;
  at: Date;
  requestedBy: string;
  creditNoteId?: string;
}

/** A new refund's row, PENDING and due at once on the wall clock. */
export function refundRow(work: Work, payment: PaymentRow, about: RefundWish): RefundRow {
  return {
    organizationId: payment.organizationId,
    id: newId(),
    paymentId: payment.id,
    creditNoteId: about.creditNoteId ?? null,
    amount: about.amount,
    currency: payment.currency,
    status: 'pending',
    reason: about.reason,
    provider: payment.provider,
    providerRef: null,
    failureCode: null,
    requestedBy: about.requestedBy,
    approvedBy: null,
    approvalRequired: false,
    creditWithdrawn: 0n,
    nextAttemptAt: work.recordedAt,
    claimedUntil: null,
    lookups: 0,
    refusedSince: null,
    settledAt: null,
    metadata: about.metadata,
    createdAt: about.at,
    updatedAt: about.at,
    recordedAt: work.recordedAt,
  };
}

async function lockPaymentToRefund(work: Work, paymentId: string) {
  const path = ['input', 'paymentId'];
  const held = await holdPayment(work, paymentId, work.organizationId, { withUsers: true });
  if (!held || held.account.deletedAt) throw notFound(path);
  const { payment: row, account } = held;
  if (row.status !== 'succeeded') throw refuseMove(row.status, 'refunded', path);
  return { row, at: account.now, refunding: await refundingOf(work, row.organizationId, paymentId) };
}

/** What refunds of a payment have given back or are giving back, in minor units. */
export async function refundingOf(work: Work, organizationId: string, paymentId: string): Promise<bigint> {
  const [sum] = await work.rows<{ amount: bigint }>(
    `select coalesce(sum(amount), 0)::bigint as amount from refunds
     where organization_id = $1 and payment_id = $2::uuid and status not in ('requested', 'rejected', 'failed', 'canceled')`,
    [organizationId, paymentId],
  );
  return sum?.amount ?? 0n;
}
