import type { Work } from '../../../platform/work.ts';
import { least } from '../../../rules/money.ts';
import { applyMoney, creditOverpayments, payable } from '../../invoicing/index.ts';
import { changeApplication, type HeldPayment } from '../hold-payment.ts';

/**
 * The money of a payment that has come in: it covers the invoices it was meant for as far as they still ask for it, and
 * what is left over becomes credit of the account that paid. Nothing is lost and no invoice gets more than is due.
 */
export async function settleMoney(work: Work, held: HeldPayment): Promise<void> {
  const { payment, account } = held;
  const at = account.now;
  let left = payment.amount;
  for (const application of held.applications) {
    if (application.status === 'applied') continue;
    const invoice = held.invoices.get(application.invoiceId);
    const takes = invoice && ['open', 'uncollectible'].includes(invoice.status) ? payable(invoice) : 0n;
    const amount = least(application.amount, takes, left);
    if (!invoice || amount <= 0n) {
      if (application.status === 'pending') changeApplication(work, held, application, { status: 'released' });
      continue;
    }
    changeApplication(work, held, application, { status: 'applied', amount });
    await applyMoney(work, [{ invoice, amount, at, paymentId: payment.id }]);
    left -= amount;
  }
  if (left <= 0n) return;
  const { organizationId, accountId, currency } = payment;
  await creditOverpayments(work, [{ organizationId, accountId, paymentId: payment.id, currency, amount: left, at }]);
}

/** The payment no longer claims what it was to cover. */
export function releaseApplications(work: Work, held: HeldPayment): void {
  for (const application of held.applications) {
    if (application.status === 'pending') changeApplication(work, held, application, { status: 'released' });
  }
}

/**
 * The payment claims again what it had let go, as far as the invoices still ask for it and no other payment claims it.
 * Money that then comes in without a claim becomes credit.
 */
export async function reserveApplications(work: Work, held: HeldPayment): Promise<void> {
  const released = held.applications.filter((application) => application.status === 'released');
  if (released.length === 0) return;
  const taken = await work.rows<{ invoice_id: string }>(
    `select invoice_id from payment_applications
     where organization_id = $1 and status = 'pending' and invoice_id = any($2::uuid[])`,
    [held.payment.organizationId, `{${released.map((application) => application.invoiceId).join(',')}}`],
  );
  for (const application of released) {
    const invoice = held.invoices.get(application.invoiceId);
    if (invoice?.status !== 'open' || payable(invoice) < application.amount) continue;
    if (taken.some((other) => other.invoice_id === application.invoiceId)) continue;
    if (held.payment.cancelRequestedAt) continue;
    changeApplication(work, held, application, { status: 'pending' });
  }
}
