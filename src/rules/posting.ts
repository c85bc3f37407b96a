import { divideRounded, sum } from './money.ts';

/** Accounts of the ledger. Debit is positive, credit negative (books: "Ledger signs"). */
export type LedgerAccount =
  | 'receivable'
  | 'cash'
  | 'revenue'
  | 'deferred_revenue'
  | 'tax_payable'
  | 'credits'
  | 'bad_debt'
  | 'refunds'
  | 'disputed'
  | 'promotions'
  | 'breakage'
  | 'overdrawn';

export interface Entry {
  readonly account: LedgerAccount;
  readonly currency: string;
  /** Minor units; debit positive, credit negative; never 0. */
  readonly amountMinor: bigint;
}

/** The entries of one ledger transaction: one currency, at most one entry per account, adding up to 0. May be empty. */
export type Posting = readonly Entry[];

/** A line of an invoice as the ledger sees it. `periodEnd` is null for what has no service period. */
export interface PostedLine {
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxIncludedMinor: bigint;
  readonly periodEnd: Date | null;
  /** Paid for what is still to be given whatever its period, as a purchase of credit is. */
  readonly prepaid?: boolean;
}

type Movement = readonly [account: LedgerAccount, amountMinor: bigint];

/** Merges movements per account, drops what cancels out, and refuses what does not balance. */
export function post(currency: string, movements: readonly Movement[]): Posting {
  const byAccount = new Map<LedgerAccount, bigint>();
  for (const [account, amount] of movements) byAccount.set(account, (byAccount.get(account) ?? 0n) + amount);
  const posting: Entry[] = [];
  for (const [account, amountMinor] of byAccount)
    if (amountMinor !== 0n) posting.push({ account, currency, amountMinor });
  assertBalanced(posting);
  return posting;
}

/** RangeError unless the entries of each currency add up to 0. */
export function assertBalanced(posting: Posting): void {
  const byCurrency = new Map<string, bigint>();
  for (const entry of posting)
    byCurrency.set(entry.currency, (byCurrency.get(entry.currency) ?? 0n) + entry.amountMinor);
  for (const [currency, rest] of byCurrency) {
    if (rest !== 0n) throw new RangeError(`the posting does not balance in ${currency}`);
  }
}

/** RangeError for an amount below 0. */
export function positive(amountMinor: bigint): bigint {
  if (amountMinor < 0n) throw new RangeError('the amount of a movement is not negative; turn the movement instead');
  return amountMinor;
}

/**
 * Finalizing an invoice: the receivable arises against revenue, or deferred revenue where the line's service reaches past the
 * finalization, and tax payable; what would make the total negative is credit. Net of a line = amount − discount − included tax.
 */
export function postFinalize(invoice: {
  readonly currency: string;
  readonly finalizedAt: Date;
  readonly lines: readonly PostedLine[];
  readonly taxTotalMinor: bigint;
  readonly carriedToCreditMinor: bigint;
  readonly totalMinor: bigint;
}): Posting {
  const finalized = invoice.finalizedAt.getTime();
  return post(invoice.currency, [
    ['receivable', invoice.totalMinor],
    ...invoice.lines.map((line): Movement => {
      const deferred = line.prepaid || (line.periodEnd !== null && line.periodEnd.getTime() > finalized);
      const net = line.amountMinor - line.discountMinor - line.taxIncludedMinor;
      return [deferred ? 'deferred_revenue' : 'revenue', -net];
    }),
    ['tax_payable', -invoice.taxTotalMinor],
    ['credits', -positive(invoice.carriedToCreditMinor)],
  ]);
}

/** Spending credit balance on an invoice: the balance owed shrinks, and so does the receivable. */
export function postCreditApplication(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['credits', positive(amountMinor)],
    ['receivable', -amountMinor],
  ]);
}

/** Money received: what covers invoices settles receivable, the rest is owed back as credit. */
export function postSettle(currency: string, appliedMinor: bigint, overpaidMinor = 0n): Posting {
  return post(currency, [
    ['cash', positive(appliedMinor) + positive(overpaidMinor)],
    ['receivable', -appliedMinor],
    ['credits', -overpaidMinor],
  ]);
}

/** The same movements turned round: for a void (of the finalization and of credits applied), a bounced payment, a mistake. */
export function reversePosting(posting: Posting): Posting {
  return posting.map((entry) => ({ ...entry, amountMinor: -entry.amountMinor }));
}

/**
 * Voiding an invoice on which nothing is paid: its finalization is reversed, and credits applied to it are given back.
 * `finalized` is the posting made at finalization, as stored.
 */
export function postVoid(currency: string, finalized: Posting, creditsAppliedMinor: bigint): Posting {
  return post(
    currency,
    [...reversePosting(finalized), ...reversePosting(postCreditApplication(currency, creditsAppliedMinor))].map(
      (entry): Movement => [entry.account, entry.amountMinor],
    ),
  );
}

/** A part of an invoice line that a credit note takes back; `deferred`: its revenue was deferred when the invoice was final. */
export interface PostedCredit {
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxIncludedMinor: bigint;
  readonly deferred: boolean;
}

/**
 * A credit note: revenue and tax go back to where finalization took them from, against what is still due (receivable), what
 * is to be paid back (refunds, until the refund takes it out of cash) and the credit balance.
 */
export function postCreditNote(note: {
  readonly currency: string;
  readonly lines: readonly PostedCredit[];
  readonly taxTotalMinor: bigint;
  readonly toInvoiceMinor: bigint;
  readonly toRefundMinor: bigint;
  readonly toBalanceMinor: bigint;
}): Posting {
  return post(note.currency, [
    ...note.lines.map((line): Movement => {
      const net = line.amountMinor - line.discountMinor - line.taxIncludedMinor;
      return [line.deferred ? 'deferred_revenue' : 'revenue', net];
    }),
    ['tax_payable', note.taxTotalMinor],
    ['receivable', -positive(note.toInvoiceMinor)],
    ['refunds', -positive(note.toRefundMinor)],
    ['credits', -positive(note.toBalanceMinor)],
  ]);
}

/** Money that a credit note wanted to pay back and that did not go: it becomes credit instead. */
export function postRefundToCredit(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['refunds', positive(amountMinor)],
    ['credits', -amountMinor],
  ]);
}

/** Giving up on a receivable: it becomes bad debt. */
export function postWriteOff(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['bad_debt', positive(amountMinor)],
    ['receivable', -amountMinor],
  ]);
}

/** Money for a written-off invoice: that much of the write-off is reversed, so that the receivable can be settled. */
export function postRecovery(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['receivable', positive(amountMinor)],
    ['bad_debt', -amountMinor],
  ]);
}

/**
 * Money given back. It leaves cash and comes out of what `from` says, adding up to the amount: `refunds` (reduces revenue)
 * for a refund without a credit note, which is the default; `credits` for money withdrawn from the balance.
 */
export function postRefund(
  currency: string,
  amountMinor: bigint,
  from: readonly (readonly [account: LedgerAccount, amountMinor: bigint])[] = [['refunds', amountMinor]],
): Posting {
  return post(currency, [
    ['cash', -positive(amountMinor)],
    ...from.map(([account, amount]): Movement => [account, positive(amount)]),
  ]);
}

/** A dispute: the provider holds the money back until it is decided. */
export function postDisputeWithdrawn(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['disputed', positive(amountMinor)],
    ['cash', -amountMinor],
  ]);
}

/** A dispute that ended: won gives the money back to cash, lost makes it bad debt. */
export function postDisputeClosed(currency: string, amountMinor: bigint, outcome: 'won' | 'lost'): Posting {
  return post(currency, [
    [outcome === 'won' ? 'cash' : 'bad_debt', positive(amountMinor)],
    ['disputed', -amountMinor],
  ]);
}

/** Credit given for nothing (a grant) or taken back (an expiry): against revenue. Positive raises the balance. */
export function postCreditGrant(currency: string, amountMinor: bigint): Posting {
  return post(currency, [
    ['credits', -amountMinor],
    ['revenue', amountMinor],
  ]);
}

/**
 * Credit that begins to be owed. What was paid for it leaves deferred revenue; what it is worth beyond that is a promotion, what
 * it is worth less is revenue. `paidMinor` is 0 for credit given for nothing.
 */
export function postCreditGranted(currency: string, amountMinor: bigint, paidMinor: bigint): Posting {
  return post(currency, [
    ['credits', -positive(amountMinor)],
    ['deferred_revenue', positive(paidMinor)],
    paidMinor < amountMinor ? ['promotions', amountMinor - paidMinor] : ['revenue', amountMinor - paidMinor],
  ]);
}

/**
 * Credit that is over, expired or withdrawn: the share that was paid for is breakage, the rest takes the promotion back.
 * `lot` is what was given and what was paid for it.
 */
export function postCreditEnded(
  currency: string,
  amountMinor: bigint,
  lot: { readonly amountMinor: bigint; readonly paidMinor: bigint },
): Posting {
  const paidMinor = lot.paidMinor < lot.amountMinor ? lot.paidMinor : lot.amountMinor;
  const share = divideRounded(amountMinor * paidMinor, lot.amountMinor);
  return post(currency, [
    ['credits', positive(amountMinor)],
    ['breakage', -share],
    ['promotions', share - amountMinor],
  ]);
}

/**
 * Bought credit that is taken back because what it cost is given back: it pays the refund, and what it is worth beyond the
 * money takes the promotion back (what it is worth less, the revenue), as `postCreditGranted` booked them.
 */
export function postBoughtCreditTaken(currency: string, amountMinor: bigint, moneyMinor: bigint): Posting {
  return post(currency, [
    ['credits', positive(amountMinor)],
    ['refunds', -positive(moneyMinor)],
    [moneyMinor < amountMinor ? 'promotions' : 'revenue', moneyMinor - amountMinor],
  ]);
}

/** What the entries of many postings leave on an account, debit positive. */
export function balanceOf(postings: Iterable<Posting>, account: LedgerAccount, currency: string): bigint {
  let balance = 0n;
  for (const posting of postings) {
    balance += sum(
      posting
        .filter((entry) => entry.account === account && entry.currency === currency)
        .map((entry) => entry.amountMinor),
    );
  }
  return balance;
}
