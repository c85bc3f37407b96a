import type { Fact } from '../../platform/outbox.ts';
import type { HeldPayment } from './hold-payment.ts';
import type { PaymentRow, RefundRow } from './payments.entities.ts';

export type PaymentFactType =
  | 'payment.started'
  | 'payment.attempted'
  | 'payment.retried'
  | 'payment.processing'
  | 'payment.unknown'
  | 'payment.requires_action'
  | 'payment.requires_capture'
  | 'payment.succeeded'
  | 'payment.failed'
  | 'payment.canceled'
  | 'payment.reversed'
  | 'payment.cancel_requested'
  | 'payment.capture_requested'
  | 'payment.outcome_ignored'
  | 'payment.stalled';

/** What a fact about a payment tells: ids, statuses, amounts in minor units as text. */
export interface PaymentFactData extends Record<string, unknown> {
  paymentId: string;
  accountId: string;
  provider: string;
  status: string;
  amount: string;
  currency: string;
  offSession: boolean;
  invoiceIds: string[];
  attemptNo: number;
  failureCode?: string;
  declineClass?: string;
}

/** A fact about a payment as it is now. `at` is the instant on the account's clock. */
export function paymentFact(
  type: PaymentFactType,
  payment: PaymentRow,
  more: {
    at: Date;
    invoiceIds: readonly string[];
    attemptNo: number;
    data?: Record<string, unknown>;
    change?: unknown;
  },
): Fact {
  const data: PaymentFactData = {
    paymentId: payment.id,
    accountId: payment.accountId,
    provider: payment.provider,
    status: payment.status,
    amount: payment.amount.toString(),
    currency: payment.currency,
    offSession: payment.offSession,
    invoiceIds: [...more.invoiceIds],
    attemptNo: more.attemptNo,
    ...(payment.failureCode ? { failureCode: payment.failureCode } : {}),
    ...(payment.declineClass ? { declineClass: payment.declineClass } : {}),
    ...more.data,
  };
  return {
    type,
    organizationId: payment.organizationId,
    objectType: 'payment',
    objectId: payment.id,
    accountId: payment.accountId,
    at: more.at,
    data,
    ...(more.change === undefined ? {} : { change: more.change }),
  };
}

/** The same for a held payment. */
export function heldFact(type: PaymentFactType, held: HeldPayment, data?: Record<string, unknown>): Fact {
  return paymentFact(type, held.payment, {
    at: held.account.now,
    invoiceIds: held.applications.map((application) => application.invoiceId),
    attemptNo: held.attempt?.attemptNo ?? 0,
    ...(data ? { data } : {}),
  });
}

/** A fact about a refund as it is now. */
export function refundFact(
  type: string,
  refund: RefundRow,
  payment: Pick<PaymentRow, 'accountId'>,
  at: Date,
  change?: unknown,
): Fact {
  return {
    type,
    organizationId: refund.organizationId,
    objectType: 'refund',
    objectId: refund.id,
    accountId: payment.accountId,
    at,
    data: {
      refundId: refund.id,
      paymentId: refund.paymentId,
      ...(refund.creditNoteId ? { creditNoteId: refund.creditNoteId } : {}),
      accountId: payment.accountId,
      status: refund.status,
      amount: refund.amount.toString(),
      currency: refund.currency,
      ...(refund.failureCode ? { failureCode: refund.failureCode } : {}),
    },
    ...(change === undefined ? {} : { change }),
  };
}
