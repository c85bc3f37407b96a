import { DomainError } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { postRecovery, postSettle, postWriteOff, reversePosting } from '../../../rules/posting.ts';
import { addCreditEntries } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import type { LockedInvoice } from './lock-invoices.ts';

/** Money of a payment that covers an invoice. The invoice's row is locked (`lockInvoices`). */
export interface MoneyForInvoice {
  invoice: LockedInvoice;
  /** Minor units, more than 0. */
  amount: bigint;
  /** The instant on the account's clock. */
  at: Date;
  paymentId: string;
}

/** How much an invoice can still take: what is due, or what was written off of it. */
export function payable(invoice: Pick<LockedInvoice, 'status' | 'amountDue' | 'writtenOff'>): bigint {
  return invoice.status === 'uncollectible' ? invoice.writtenOff : invoice.amountDue;
}

/**
 * Money covers invoices: amount paid, status, the ledger (cash against receivable, effect `settle:<invoice>` of the
 * payment), and `invoice.paid` for each that is paid in full. On an uncollectible invoice that much of the write-off is
 * reversed first. Changes the invoices given. INVALID_STATE where the status takes no money, AMOUNT_TOO_LARGE for more
 * than it can take: see `payable`, and hand what is left over to `creditOverpayments`.
 */
export async function applyMoney(work: Work, applications: readonly MoneyForInvoice[]): Promise<void> {
  for (const application of applications) applyOne(work, application);
}

function applyOne(work: Work, { invoice, amount, at, paymentId }: MoneyForInvoice): void {
  const open = payable(invoice);
  const status = nextStatus(invoice.status, amount < open ? 'pay' : 'settle');
  if (amount <= 0n) throw new RangeError('money that is applied is more than nothing');
  if (amount > open) throw new DomainError('AMOUNT_TOO_LARGE', 'The amount is more than what the invoice asks for.');
  const { organizationId, id, currency } = invoice;
  const source = { organizationId, sourceType: 'payment', sourceId: paymentId, at };
  if (invoice.status === 'uncollectible') {
    post(work, [{ ...source, effect: `recover:${id}`, entries: postRecovery(currency, amount) }]);
    invoice.writtenOff -= amount;
  } else {
    invoice.amountDue -= amount;
  }
  post(work, [{ ...source, effect: `settle:${id}`, entries: postSettle(currency, amount) }]);
  invoice.amountPaid += amount;
  moveTo(work, invoice, status, at);
  const type = status === 'paid' ? 'invoice.paid' : 'invoice.payment_applied';
  const fact = invoiceFact(type, invoice, invoice.subscriptionIds, at);
  fact.data.paymentId = paymentId;
  work.announce(fact);
}

/**
 * Money that had covered invoices is gone again (bounced, recalled): the opposite of `applyMoney`. A paid invoice is open
 * again, an uncollectible one has that much more written off. Effect `bounce:<invoice>` of the payment.
 */
export async function takeMoneyBack(work: Work, applications: readonly MoneyForInvoice[]): Promise<void> {
  for (const { invoice, amount, at, paymentId } of applications) {
    const status = nextStatus(invoice.status, 'bounce');
    if (amount <= 0n || amount > invoice.amountPaid) throw new RangeError('more is taken back than was applied');
    const { organizationId, id, currency } = invoice;
    const source = { organizationId, sourceType: 'payment', sourceId: paymentId, at };
    post(work, [{ ...source, effect: `bounce:${id}`, entries: reversePosting(postSettle(currency, amount)) }]);
    if (status === 'uncollectible') {
      post(work, [{ ...source, effect: `bounce_write_off:${id}`, entries: postWriteOff(currency, amount) }]);
      invoice.writtenOff += amount;
    } else {
      invoice.amountDue += amount;
    }
    invoice.amountPaid -= amount;
    moveTo(work, invoice, status, at);
    work.announce(invoiceFact('invoice.reopened', invoice, invoice.subscriptionIds, at));
  }
}

function moveTo(work: Work, invoice: LockedInvoice, status: string, at: Date): void {
  const { organizationId, id } = invoice;
  const paidAt = status === 'paid' ? at : null;
  const uncollectibleAt = status === 'uncollectible' ? (invoice.uncollectibleAt ?? at) : null;
  Object.assign(invoice, { status, paidAt, uncollectibleAt, updatedAt: at });
  const { amountPaid, writtenOff } = invoice;
  work.update(InvoiceEntity, {
    organizationId,
    id,
    status,
    amountPaid,
    writtenOff,
    paidAt,
    uncollectibleAt,
    updatedAt: at,
  });
}

/** What a payment leaves over, for whom. */
export interface Overpayment {
  organizationId: string;
  /** The account that is billed; its row is locked. */
  accountId: string;
  paymentId: string;
  currency: string;
  /** Minor units, more than 0. */
  amount: bigint;
  at: Date;
}

/** What money is left over becomes credit: cash against credits, effect `overpay` of the payment; once a payment. */
export async function creditOverpayments(work: Work, overpayments: readonly Overpayment[]): Promise<void> {
  await addCreditEntries(
    work,
    overpayments.map(({ organizationId, accountId, currency, amount, paymentId, at }) => ({
      organizationId,
      accountId,
      currency,
      amount,
      sourceType: 'overpayment',
      sourceId: paymentId,
      at,
    })),
  );
  post(
    work,
    overpayments.map(({ organizationId, paymentId, currency, amount, at }) => ({
      organizationId,
      sourceType: 'payment',
      sourceId: paymentId,
      effect: 'overpay',
      at,
      entries: postSettle(currency, 0n, amount),
    })),
  );
}
