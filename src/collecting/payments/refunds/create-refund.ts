import { lockAccount } from '../../../accounts/index.ts';
import { actorText } from '../../../platform/actor.ts';
import { currencyMismatch, DomainError, invalidInput, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { sum } from '../../../rules/money.ts';
import { type BoughtCover, takeBoughtCredit } from '../../wallets/index.ts';
import { refundFact } from '../payment-facts.ts';
import { PaymentEntity, type PaymentRow, RefundEntity, type RefundRow } from '../payments.entities.ts';
import { refuseMove } from '../payments.lifecycle.ts';
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
 * that it bought, and AMOUNT_TOO_LARGE again where less of that is neither spent nor held.
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
  refund.creditWithdrawn = await withdrawCredit(work, payment.row, refund, payment.at);
  if (refund.creditWithdrawn > 0n) {
    const { organizationId, id, creditWithdrawn } = refund;
    work.update(RefundEntity, { organizationId, id, creditWithdrawn });
  }
  const bought = await takeBought(work, payment.row, refund, payment.at);
  if (!bought.enough) throw tooLittleLeft(bought.most + refund.creditWithdrawn, payment.row.currency);
  work.announce(refundFact('refund.created', refund, payment.row, payment.at));
  return refund;
}

function tooLittleLeft(most: bigint, currency: string): DomainError {
  const message = `The payment bought credit, and of it less is unspent: at most ${most} minor units of ${currency} can be given back. Refund that much, or free the credit first by releasing its holds or voiding what it paid.`;
  return new DomainError('AMOUNT_TOO_LARGE', message, { path: ['input', 'amount'] });
}

/**
 * Takes back the credit that a payment bought, for what of a new refund does not come out of its left-over. `enough`: the
 * rest of the refund gives back other things the payment covered; `most`: the largest such part that would do.
 */
export async function takeBought(
  work: Work,
  payment: PaymentRow,
  refund: RefundRow,
  at: Date,
): Promise<{ enough: boolean; most: bigint }> {
  const { organizationId } = payment;
  const covers = await work.rows<BoughtCover>(
    `select a.invoice_id, a.amount from payment_applications a
     join invoices i on i.organization_id = a.organization_id and i.id = a.invoice_id and i.reason = 'top_up'
     where a.organization_id = $1 and a.payment_id = $2::uuid and a.status = 'applied' order by a.id`,
    [organizationId, payment.id],
  );
  if (covers.length === 0) return { enough: true, most: refund.amount };
  const earlier = (await refundingOf(work, organizationId, payment.id)) - refund.amount;
  const money = refund.amount - refund.creditWithdrawn;
  const { taken, before } = await takeBoughtCredit(work, {
    paymentId: payment.id,
    refundId: refund.id,
    covers,
    money,
    at,
  });
  const others = payment.amount - sum(covers.map(({ amount }) => amount)) - (earlier - before) - refund.creditWithdrawn;
  const room = others > 0n ? others : 0n;
  return { enough: money - taken <= room, most: taken + room };
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
  const organizationId = work.organizationId;
  const path = ['input', 'paymentId'];
  const [found] = await work.rows<{ account_id: string }>(
    `select account_id from payments where organization_id = $1 and id = $2::uuid`,
    [organizationId, paymentId],
  );
  if (!found) throw notFound(path);
  const account = await lockAccount(work, found.account_id, path);
  await work.rows(`select 1 from payments where organization_id = $1 and id = $2::uuid for update`, [
    organizationId,
    paymentId,
  ]);
  const row = await work.findOne(PaymentEntity, { organizationId, id: paymentId });
  if (!row) throw notFound(path);
  if (row.status !== 'succeeded') throw refuseMove(row.status, 'refunded', path);
  return { row, at: account.now, refunding: await refundingOf(work, organizationId, paymentId) };
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
