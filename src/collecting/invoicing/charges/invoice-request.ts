import type { AccountRow, CustomField, LockedAccount } from '../../../accounts/index.ts';
import type { InvoiceDiscount } from '../discounts/invoice-discount.ts';

export type LineKind = 'recurring' | 'usage' | 'usage_adjustment' | 'one_off' | 'setup_fee' | 'true_up' | 'adjustment';

export type InvoiceReason =
  | 'subscription_created'
  | 'subscription_cycle'
  | 'subscription_change'
  | 'subscription_ended'
  | 'manual'
  | 'top_up'
  | 'payment_reversed';

/** Reasons of invoices that sell nothing: a purchase of credit (what that pays for is taxed), and money that is asked for back. */
export const untaxedReasons: readonly string[] = ['top_up', 'payment_reversed'] satisfies InvoiceReason[];

/** Who an invoice is between. */
export interface Parties {
  accountId: string;
  /** The account that is billed. */
  payerId: string;
  /** The legal entity that issues it. */
  issuerId: string;
}

/** Something owed and about to be invoiced. `amount` is in minor units and may be negative. */
export interface ChargeDraft {
  kind: LineKind;
  /** The account that used it; the invoice may go to another. */
  accountId: string;
  subscriptionId?: string | null;
  subscriptionItemId?: string | null;
  /** The price component of the item; '' if none. */
  component?: string;
  priceId?: string | null;
  /** What it is taxed as; nothing in particular if left out. */
  taxCategory?: string | null;
  description: string;
  /** The service period, half-open; recurring and usage charges have one. */
  periodStart?: Date | null;
  periodEnd?: Date | null;
  quantity: string;
  /** Decimal text of minor units. */
  unitAmount: string;
  amount: bigint;
  /**
   * A discount that the line comes with, with the sign of its amount: of a reversal, its share of what was discounted.
   * Coupons pass such a line by.
   */
  discount?: bigint;
  /**
   * Of what brings a discount: what was left of the line taken back, and of its discount, before that; minor units. It
   * explains the share.
   */
  discountOf?: { amount: bigint; discount: bigint } | null;
  /** How the amount came about; kept to the letter. */
  derivation: unknown;
  /** Of a line that takes another back: the taxes that one was billed with. */
  taxes?: readonly unknown[];
  /** The line that this one takes back, for its period. */
  reversesLineId?: string | null;
  /** Whose invoice that line is on: where others pay or issue by now, it is given back on an invoice of its own. */
  parties?: Parties;
  /**
   * Of time that is billed once more, as lines before this one take it back: until when it lasted there. What was taken
   * off it is not lost.
   */
  goesOnFrom?: Date | null;
  /** When it fell due, where that was before the invoice: it takes discounts as on an invoice of that instant. */
  fellDueAt?: Date | null;
}

/** What invoices need of an account whose row the caller has locked (`LockedAccount`). */
export type BilledAccount = Pick<
  AccountRow,
  | 'organizationId'
  | 'id'
  | 'name'
  | 'email'
  | 'timezone'
  | 'locale'
  | 'billingAddress'
  | 'taxIds'
  | 'taxExempt'
  | 'taxExemption'
  | 'testClockId'
>;

/** One invoice to be made. Both accounts are locked by the caller; they may be the same. */
export interface InvoiceRequest {
  account: BilledAccount;
  billTo: BilledAccount;
  currency: string;
  /** The due instant of what is billed: the invoice is made and finalized then, on the account's clock. */
  at: Date;
  /** The account's own instant, of what somebody asks for now: `at` may be that of its preview. Not of a run that is late. */
  askedAt?: Date;
  collection: 'automatic' | 'manual';
  /** Days from finalization until it must be paid. */
  netDays: number;
  reason: InvoiceReason;
  /** Whose subscriptions it bills, also where it has no charge of them: what waits of these goes onto it, wherever it began to wait. */
  bills?: readonly { accountId: string; parentAccountId?: string | null; subscriptionId: string }[];
  /** Whether it is for those subscriptions alone: what waits of others is not for it. */
  apart?: boolean;
  /** The issuer; the organization's default if none is named. */
  legalEntityId?: string | null;
  paymentMethodId?: string | null;
  memo?: string | null;
  /** The buyer's own number for what was ordered. */
  purchaseOrderNumber?: string | null;
  /** Names and values of the merchant that the document shows, at most 10. */
  customFields?: readonly CustomField[];
  metadata?: Record<string, string>;
  charges: readonly ChargeDraft[];
  /** What is taken off its lines, in this order; requests of one batch share these objects and use them up in theirs. */
  discounts?: readonly InvoiceDiscount[];
  /** Finalize at once, or leave a draft. */
  finalize: boolean;
  /** Days that a draft has; then it becomes final by itself, at the same local time of day. */
  graceDays?: number;
  /** A draft whose lines wait for the next invoice of the account, issuer and currency: that one is it. */
  hold?: boolean;
  /** The invoice that was voided for this one. */
  replacesInvoiceId?: string | null;
  /** Also bill the waiting charges of the account in this currency that are due at `at`. */
  includeWaiting?: boolean;
}

/**
 * The instant whose discounts and waiting charges count. A preview that is carried out measures time as of its own instant, yet what was
 * given or taken away since then counts, as whatever is read from its table does: so the outcome is another one, and refused.
 */
export const standingAt = ({ at, askedAt }: Pick<InvoiceRequest, 'at' | 'askedAt'>): Date =>
  askedAt && askedAt > at ? askedAt : at;

/** Who issues the invoices of an account, and what they say of its own, where nothing else is asked for. */
export const termsOfAccount = ({ legalEntityId, purchaseOrderNumber, customFields }: LockedAccount) => ({
  legalEntityId: legalEntityId ?? null,
  purchaseOrderNumber: purchaseOrderNumber ?? null,
  customFields,
});
