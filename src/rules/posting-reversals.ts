import { type Posting, positive, post } from './posting.ts';

/** Credit whose money is gone, and that was written off while a hold kept it back: the hold has ended, and it leaves. */
export function postCreditRecalled(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['credits', positive(amountMinor)],
    ['bad_debt', -amountMinor],
  ]);
}

/** A refund that failed of money that was gone by then: what it had taken out of credit was written off, and is there again. */
export function postRefundOfLost(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['refunds', positive(amountMinor)],
    ['bad_debt', -amountMinor],
  ]);
}

/**
 * Money that is gone after some of it was given back. `refunded` left twice: once to the customer, once to the bank, so that much
 * is overdrawn and not out of cash. `kept`: what notes gave back stays covered on its invoices (the reversal did not take it out of
 * cash); it is made up for by credit that is taken back (`recovered`), and by an invoice that is to bring the rest (revenue).
 */
export function postGivenBackOfReversed(
  currency: string,
  given: { readonly refunded: bigint; readonly kept: bigint; readonly recovered: bigint },
): Posting {
  const { refunded, kept, recovered } = given;
  return post(currency, [
    ['cash', refunded - kept],
    ['overdrawn', -positive(refunded)],
    ['credits', positive(recovered)],
    ['revenue', positive(kept - recovered)],
  ]);
}

/** A refund that fails when the money of its payment is gone: what it gave back is there again, and no longer overdrawn. */
export function postRefundFailedOfReversed(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['overdrawn', positive(amountMinor)],
    ['refunds', -amountMinor],
  ]);
}
