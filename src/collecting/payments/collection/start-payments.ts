import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { paymentFact } from '../payment-facts.ts';
import {
  PaymentApplicationEntity,
  type PaymentApplicationRow,
  PaymentEntity,
  type PaymentRow,
} from '../payments.entities.ts';

/** A payment to be begun: one aim to collect, for some invoices or for none. */
export interface PaymentStart {
  organizationId: string;
  /** The account that pays; its row is locked. */
  accountId: string;
  testClockId: string | null;
  provider: string;
  paymentMethodId: string | null;
  currency: string;
  /** What covers which invoice, in minor units; nothing else claims them. */
  covers: readonly { invoiceId: string; amount: bigint }[];
  /** More than the invoices ask for: becomes credit. Minor units. */
  extra?: bigint;
  offSession: boolean;
  captureMethod: 'automatic' | 'manual';
  at: Date;
  metadata?: Record<string, string>;
  reference?: string | null;
  notes?: string | null;
  manualKind?: string | null;
  /** Until then whoever begins it takes it to the provider, and no worker does. */
  claimedUntil?: Date;
}

/**
 * Begins payments, any number of them with a fixed number of statements: rows that are PENDING and due at once, their
 * invoices reserved. Nothing is charged here; the worker does it after the commit. The database refuses a second payment
 * for an invoice that is being paid (PAYMENT_IN_FLIGHT).
 */
export function startPayments(work: Work, starts: readonly PaymentStart[]): PaymentRow[] {
  const payments: PaymentRow[] = [];
  for (const start of starts) {
    const payment = paymentRow(work, start);
    const applications = start.covers.map((cover) => applicationRow(payment, cover));
    work.insert(PaymentEntity, [payment]);
    work.insert(PaymentApplicationEntity, applications);
    const invoiceIds = start.covers.map((cover) => cover.invoiceId);
    work.announce(paymentFact('payment.started', payment, { at: start.at, invoiceIds, attemptNo: 0 }));
    payments.push(payment);
  }
  return payments;
}

function paymentRow(work: Work, start: PaymentStart): PaymentRow {
  const covered = start.covers.reduce((sum, cover) => sum + cover.amount, 0n);
  return {
    organizationId: start.organizationId,
    id: newId(),
    accountId: start.accountId,
    testClockId: start.testClockId,
    provider: start.provider,
    providerRef: null,
    status: 'pending',
    amount: covered + (start.extra ?? 0n),
    currency: start.currency,
    amountRefunded: 0n,
    reversedAfterRefund: false,
    paymentMethodId: start.paymentMethodId,
    offSession: start.offSession,
    captureMethod: start.captureMethod,
    manualKind: start.manualKind ?? null,
    reference: start.reference ?? null,
    notes: start.notes ?? null,
    failureCode: null,
    failureMessage: null,
    declineClass: null,
    nextAttemptAt: start.at,
    claimedUntil: start.claimedUntil ?? null,
    lookups: 0,
    refusedSince: null,
    captureAmount: null,
    cancelRequestedAt: null,
    cancelReason: null,
    settledAt: null,
    reversedAt: null,
    reversalReason: null,
    reversalNotes: null,
    metadata: start.metadata ?? {},
    createdAt: start.at,
    updatedAt: start.at,
    recordedAt: work.recordedAt,
  };
}

function applicationRow(payment: PaymentRow, cover: { invoiceId: string; amount: bigint }): PaymentApplicationRow {
  return {
    organizationId: payment.organizationId,
    id: newId(),
    paymentId: payment.id,
    invoiceId: cover.invoiceId,
    installmentId: null,
    amount: cover.amount,
    status: 'pending',
    createdAt: payment.createdAt,
    updatedAt: payment.createdAt,
  };
}
