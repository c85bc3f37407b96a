import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { lockInvoices } from '../../invoicing/index.ts';
import { holdPayment } from '../hold-payment.ts';
import type { PaymentRow } from '../payments.entities.ts';
import { type RecordManualPaymentInput, recordManualPaymentInput } from '../payments.inputs.ts';
import { startAttempt } from './claim-payment.ts';
import { collectInvoice } from './collect-invoice.ts';
import { makeWay, planPayment } from './plan-payment.ts';
import { recordHeldOutcome } from './record-outcome.ts';
import { startPayments } from './start-payments.ts';

/**
 * Records money that came by hand: cash, a check, a bank transfer. It covers the invoices in the order given, also ones
 * that were written off, and what is left over becomes credit. PAYMENT_IN_FLIGHT while a payment of one of them is being
 * decided; what was to be collected by itself is collected for the rest only.
 */
export async function recordManualPayment(work: Work, given: RecordManualPaymentInput): Promise<PaymentRow> {
  const input = readInput(recordManualPaymentInput, given);
  const plan = await planPayment(work, input, true);
  const invoiceIds = plan.invoices.map((invoice) => invoice.id);
  const wasAutomatic = await makeWay(work, invoiceIds, ['input', 'invoiceIds'], 'hand');
  const [payment] = startPayments(work, [
    {
      organizationId: work.organizationId,
      accountId: plan.payer.id,
      testClockId: plan.payer.testClockId ?? null,
      provider: 'manual',
      paymentMethodId: null,
      currency: plan.currency,
      covers: plan.covers,
      extra: plan.extra,
      offSession: false,
      captureMethod: 'automatic',
      at: plan.payer.now,
      metadata: input.metadata ?? {},
      manualKind: input.kind,
      reference: input.reference ?? null,
      notes: input.notes ?? null,
    },
  ]);
  const held = await holdPayment(work, payment!.id);
  if (!held) throw new Error('a payment that was just begun is not there');
  await startAttempt(work, held, {});
  await recordHeldOutcome(work, held, {
    paymentId: held.payment.id,
    attemptId: held.attempt?.id ?? null,
    source: 'answer',
    outcome: { status: 'succeeded', providerRef: null },
  });
  if (wasAutomatic) {
    for (const invoice of (await lockInvoices(work, invoiceIds)).values()) {
      if (invoice.collection === 'automatic') await collectInvoice(work, { invoice, payer: plan.payer });
    }
  }
  return held.payment;
}
