import { type LockedAccount, lockAccount } from '../../../accounts/index.ts';
import { currencyMismatch, DomainError, invalidInput, invalidState, notFound } from '../../../platform/errors.ts';
import { toGlobalId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { type HeldInvoice, holdInvoices, type LockedInvoice, payable } from '../../invoicing/index.ts';
import { changeApplication, type HeldPayment, holdPayment, isInTheAir } from '../hold-payment.ts';
import { end } from './stop-collecting.ts';

export interface Wish {
  accountId: string;
  invoiceIds?: readonly string[] | null | undefined;
  amount?: { amountMinor: bigint; currency: string } | null | undefined;
}

/** Who pays what: which money covers which invoice, and what is left over. */
export interface PaymentPlan {
  payer: LockedAccount;
  currency: string;
  invoices: LockedInvoice[];
  covers: { invoiceId: string; amount: bigint }[];
  extra: bigint;
}

/**
 * Locks the account that pays and the invoices, and splits the money over them in the order given, all that is due if no
 * amount is named. NOT_FOUND for what is missing; INVALID_INPUT for an invoice that is billed to somebody else;
 * CURRENCY_MISMATCH; INVALID_STATE for one that asks for nothing.
 */
export async function planPayment(work: Work, wish: Wish, takesUncollectible = false): Promise<PaymentPlan> {
  const { amount } = wish;
  if (!wish.invoiceIds) {
    const payer = await lockAccount(work, wish.accountId, ['input', 'accountId']);
    if (!amount) throw invalidInput(['input', 'amount'], 'Name invoices, an amount, or both.');
    return { payer, currency: amount.currency, invoices: [], covers: [], extra: amount.amountMinor };
  }
  const held = await holdInvoices(work, wish.invoiceIds);
  for (const [index, id] of wish.invoiceIds.entries()) checkInvoice(held, id, index, wish, takesUncollectible);
  const [first] = held;
  if (!first) throw notFound(['input', 'invoiceIds']);
  const currency = first.invoice.currency;
  const other = held.find(({ invoice }) => invoice.currency !== currency)?.invoice.currency ?? amount?.currency;
  if (other && other !== currency) {
    const message = `Invoices and amount must have one currency; here are ${currency} and ${other}.`;
    throw currencyMismatch(['input', 'amount', 'currency'], message);
  }
  let left = amount?.amountMinor ?? held.reduce((sum, { invoice }) => sum + payable(invoice), 0n);
  const covers: PaymentPlan['covers'] = [];
  for (const { invoice } of held) {
    const part = payable(invoice) < left ? payable(invoice) : left;
    if (part > 0n) covers.push({ invoiceId: invoice.id, amount: part });
    left -= part;
  }
  return { payer: first.billTo, currency, invoices: held.map(({ invoice }) => invoice), covers, extra: left };
}

function checkInvoice(
  held: readonly HeldInvoice[],
  id: string,
  index: number,
  wish: Wish,
  takesUncollectible: boolean,
): void {
  const path = ['input', 'invoiceIds', `${index}`];
  const one = held.find(({ invoice }) => invoice.id === id);
  if (!one) throw notFound(path);
  if (one.billTo.id !== wish.accountId) throw invalidInput(path, 'This invoice is billed to another account.');
  const { status } = one.invoice;
  if (status !== 'open' && !(takesUncollectible && status === 'uncollectible')) {
    throw invalidState(`An invoice that is ${status.toUpperCase()} cannot be paid.`, path);
  }
}

/**
 * Makes way for a payment that is chosen by somebody: those of the same invoices that have not left yet or have failed
 * end. One that may be at the provider right now decides first (PAYMENT_IN_FLIGHT). One that waits for the customer or
 * holds money ends for money that came by hand; another payment is refused, so that a second tab does not take the first
 * one's away. Answers whether one of them was to be collected by itself.
 */
export async function makeWay(
  work: Work,
  invoiceIds: readonly string[],
  path: string[],
  by: 'payment' | 'hand',
): Promise<boolean> {
  const organizationId = work.organizationId;
  if (invoiceIds.length === 0) return false;
  const rows = await work.rows<{ payment_id: string }>(
    `select distinct a.payment_id from payment_applications a
     join payments p on p.organization_id = a.organization_id and p.id = a.payment_id
     where a.organization_id = $1 and a.invoice_id = any($2::uuid[])
       and (a.status = 'pending' or (p.status = 'failed' and p.cancel_requested_at is null))
     order by a.payment_id`,
    [organizationId, `{${invoiceIds.join(',')}}`],
  );
  let automatic = false;
  for (const { payment_id } of rows) {
    const held = await holdPayment(work, payment_id);
    if (!held) continue;
    const claims = held.applications.filter(
      (application) => application.status === 'pending' && invoiceIds.includes(application.invoiceId),
    );
    const inTheWay = claims.length > 0 ? whatIsInTheWay(work, held, by) : null;
    if (inTheWay) throw new DomainError('PAYMENT_IN_FLIGHT', inTheWay, { path });
    if (claims.length > 0 && held.payment.offSession) automatic = true;
    for (const application of claims) changeApplication(work, held, application, { status: 'released' });
    if (!held.applications.some((application) => application.status === 'pending')) await end(work, held, 'superseded');
  }
  await work.flush();
  return automatic;
}

/** Why a payment of the same invoice does not give way, for people; null if it does. */
function whatIsInTheWay(work: Work, { payment, attempt }: HeldPayment, by: 'payment' | 'hand'): string | null {
  if (isInTheAir(attempt) || payment.captureAmount != null || isBusy(payment.claimedUntil ?? null, work)) {
    return 'A payment of this invoice is being decided right now.';
  }
  if (by === 'hand') return null;
  const name = `Payment ${toGlobalId('pay', payment.id)} of this invoice`;
  if (payment.cancelRequestedAt) return `${name} is being canceled; try again when it is.`;
  if (payment.status === 'requires_action') return `${name} waits for the customer: confirm or cancel it first.`;
  if (payment.status === 'requires_capture') return `${name} holds the money: capture or cancel it first.`;
  return null;
}

function isBusy(claimedUntil: Date | null, work: Work): boolean {
  return claimedUntil !== null && claimedUntil > work.recordedAt;
}
