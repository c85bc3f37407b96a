import { least } from './money.ts';

/** What is asked of a credit note, and what its invoice allows. Minor units, with tax. */
export interface CreditRequest {
  readonly creditMinor: bigint;
  readonly refundMinor: bigint;
}

export interface CreditedInvoice {
  readonly totalMinor: bigint;
  readonly paidMinor: bigint;
  /** Nothing is due on it any more. */
  readonly settled: boolean;
  readonly alreadyCreditedMinor: bigint;
  readonly alreadyRefundedMinor: bigint;
}

export type CreditRefusal =
  | 'amount_must_be_positive'
  | 'refund_on_unpaid_invoice'
  | 'refund_exceeds_paid'
  | 'credit_exceeds_remaining'
  | 'note_exceeds_remaining';

/**
 * Why a credit note may not be issued, or null if it may. Checked in this order: something is asked for and nothing is
 * negative; money goes back only for a settled invoice; not more of it than was paid and not yet given back; not more credit than
 * the total less what was credited; and both together within what is left of the invoice (I14).
 * Source: op `credit_note.limits`.
 */
export function creditRefusal(invoice: CreditedInvoice, request: CreditRequest): CreditRefusal | null {
  const { creditMinor, refundMinor } = request;
  const { totalMinor, paidMinor, alreadyCreditedMinor, alreadyRefundedMinor } = invoice;
  if (creditMinor < 0n || refundMinor < 0n || creditMinor + refundMinor === 0n) return 'amount_must_be_positive';
  if (refundMinor > 0n && !invoice.settled) return 'refund_on_unpaid_invoice';
  if (refundMinor > paidMinor - alreadyRefundedMinor) return 'refund_exceeds_paid';
  if (creditMinor > totalMinor - alreadyCreditedMinor) return 'credit_exceeds_remaining';
  const left = totalMinor - alreadyCreditedMinor - alreadyRefundedMinor;
  return creditMinor + refundMinor > left ? 'note_exceeds_remaining' : null;
}

/** Where the amount of a credit note goes; the three add up to it (books: to_invoice, to_refund, to_balance). Minor units. */
export interface CreditSplit {
  readonly toInvoiceMinor: bigint;
  readonly toRefundMinor: bigint;
  /** What of `toRefundMinor` had been given back before the note, which only tells of it. */
  readonly refundedBeforeMinor: bigint;
  readonly toBalanceMinor: bigint;
}

/** An invoice as a note that is to be finds it. Minor units, none negative. */
export interface InvoiceToCredit {
  readonly amountDueMinor: bigint;
  /** Paid, and not given back by notes. */
  readonly paidMinor: bigint;
  /** Given back of that by refunds that no note has told of. */
  readonly refundedMinor: bigint;
  /** What its payments can still give back. */
  readonly refundableMinor: bigint;
}

/**
 * Splits a credit note: first it lowers what is still due on its invoice; then it tells of what was refunded without a note, so that
 * no money goes back twice; then so much of the money as is wanted goes back, and there is; the rest becomes credit. RangeError for
 * a negative amount. Source: books check I14.
 */
export function splitCreditNote(totalMinor: bigint, invoice: InvoiceToCredit, wantedMinor: bigint): CreditSplit {
  const { amountDueMinor, paidMinor, refundedMinor, refundableMinor } = invoice;
  const amounts = [totalMinor, amountDueMinor, paidMinor, refundedMinor, refundableMinor, wantedMinor];
  if (amounts.some((amount) => amount < 0n)) throw new RangeError('the amounts of a credit note are not negative');
  const toInvoiceMinor = least(totalMinor, amountDueMinor);
  const left = totalMinor - toInvoiceMinor;
  const refundedBeforeMinor = least(left, refundedMinor, paidMinor);
  const open = least(left, paidMinor) - refundedBeforeMinor;
  const toRefundMinor = refundedBeforeMinor + least(wantedMinor, open, refundableMinor);
  return { toInvoiceMinor, toRefundMinor, refundedBeforeMinor, toBalanceMinor: left - toRefundMinor };
}
