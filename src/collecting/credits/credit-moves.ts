import type { PayableLine } from '../../rules/wallet.ts';
import type { CreditGrantRow } from './credits.entities.ts';

/** Whose credit, in which currency. Credit belongs to the account that is billed. */
export interface CreditKey {
  organizationId: string;
  accountId: string;
  currency: string;
}

/** The balance of who is billed by a document: an invoice, or a note of one. */
export const creditKeyOf = (document: {
  organizationId: string;
  billToAccountId: string;
  currency: string;
}): CreditKey => ({
  organizationId: document.organizationId,
  accountId: document.billToAccountId,
  currency: document.currency,
});

/** What gives credit, each once for its source. */
export type GrantSource = 'grant' | 'top_up' | 'carried_over' | 'overpayment' | 'credit_note' | 'refund_failed';

/** Why a balance moves. All but an application to an invoice happen once for a source. */
export type CreditSource = GrantSource | 'invoice_application' | 'expiry' | 'withdrawal';

/** One movement of a balance: minor units, positive gives a new lot, negative takes. */
export interface CreditMove extends CreditKey {
  amount: bigint;
  sourceType: CreditSource;
  sourceId: string;
  /** The instant on the account's clock. */
  at: Date;
  /** Of what is given: its terms; credit without an end for all lines if nothing is said. */
  terms?: Partial<GrantTerms>;
  /**
   * The sources of the lots that are meant: what is given goes back into one that is loaded; what is taken comes out of them
   * first, and then out of the others in the order of spending.
   */
  grantedBy?: readonly string[];
}

/** What goes with a lot. */
export type GrantTerms = Pick<
  CreditGrantRow,
  'id' | 'paidAmount' | 'priority' | 'lineKinds' | 'planIds' | 'expiresAt' | 'reason' | 'testClockId' | 'metadata'
>;

/** An invoice that may be paid with credit. */
export interface CreditSpending extends CreditKey {
  invoiceId: string;
  /** Minor units. */
  due: bigint;
  /** What is due of each line, tax included, for credit that pays certain lines only; null: the whole is one line of no kind. */
  lines: readonly PayableLine[] | null;
  at: Date;
  /** Only out of what these sources gave; out of all lots if left out. */
  from?: readonly string[];
}

export interface StoredBalance extends CreditKey {
  balance: bigint;
  lastSeq: bigint;
}

/** What an invoice had spent of a lot and gives back. */
export interface CreditReturn extends CreditKey {
  grantId: string;
  amount: bigint;
  invoiceId: string;
  at: Date;
}

/** One text for a key, to find things by. */
export const textOfKey = (key: CreditKey): string => `${key.organizationId} ${key.accountId} ${key.currency}`;
