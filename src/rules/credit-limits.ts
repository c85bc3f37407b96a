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
  readonly toBalanceMinor: bigint;
}

/**
 * Splits a credit note: first it lowers what is still due on its invoice, then, if money is to go back, as much as was paid and
 * not yet given back, and the rest becomes credit. RangeError for a negative amount. Source: books check I14.
 */
export function splitCreditNote(
  totalMinor: bigint,
  invoice: { readonly amountDueMinor: bigint; readonly refundableMinor: bigint },
  refund: boolean,
): CreditSplit {
  if (totalMinor < 0n || invoice.amountDueMinor < 0n || invoice.refundableMinor < 0n) {
    throw new RangeError('the amounts of a credit note are not negative');
  }
  const toInvoiceMinor = least(totalMinor, invoice.amountDueMinor);
  const toRefundMinor = refund ? least(totalMinor - toInvoiceMinor, invoice.refundableMinor) : 0n;
  return { toInvoiceMinor, toRefundMinor, toBalanceMinor: totalMinor - toInvoiceMinor - toRefundMinor };
}
