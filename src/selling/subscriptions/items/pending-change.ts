import type { BillableItem } from './billable-item.ts';

/** What is done with the lines of a change that falls within a period. */
export type Settlement = 'invoice_now' | 'next_invoice' | 'none';
/** Whether time that was billed and is not used is given back. */
export type CreditBasis = 'time' | 'none';
export type ProrationMode = 'by_second' | 'by_day';
/** After a pause: boundaries where they were, or a new row of them from the instant of going on. */
export type PauseAnchor = 'keep' | 'shift';

/** An item that a change begins; its id is chosen with the change, so that whoever carries it out writes the same. */
export type ComingItem = Omit<BillableItem, 'quantity' | 'subscriptionId' | 'activeFrom' | 'activeTo' | 'position'> & {
  /** Exact decimal text; null: as many as the item of the same component has that it takes the place of, else 1. */
  quantity: string | null;
};

/** One thing that a change does to the items, in words that still hold when it is carried out later. */
export type ItemChange =
  | { kind: 'replace_plan'; planId: string; items: ComingItem[] }
  | { kind: 'set_quantity'; planId: string; component: string; quantity: string; itemId: string }
  | { kind: 'add_plan'; items: ComingItem[] }
  | { kind: 'remove_plan'; planId: string };

/** The length of periods, where a change brings another one. */
export interface Interval {
  unit: string;
  count: number;
}

interface Pending {
  id: string;
  effectiveAt: Date;
  /** It moves with the end of the period. */
  atPeriodEnd: boolean;
  /** It has a row that says so; one that is carried out at once has none. */
  isStored: boolean;
}

/** What each kind of change says. */
export interface ItemsTerms {
  changes: ItemChange[];
  /** The length of periods of the plans that come; null if none do. */
  interval: Interval | null;
  direction: string;
  settle: Settlement;
  creditBasis: CreditBasis;
  prorationMode: ProrationMode;
}

export interface PauseTerms {
  anchor: PauseAnchor;
  /** When it goes on by itself; null: when somebody says so. */
  until: string | null;
  /** The id of the change that ends it. */
  resumeId: string;
  creditBasis: CreditBasis;
}

export interface CancelTerms {
  creditBasis: CreditBasis;
}

export type ItemsPending = Pending & { kind: 'items' } & ItemsTerms;
export type PausePending = Pending & { kind: 'pause' } & PauseTerms;
export type ResumePending = Pending & { kind: 'resume' };
export type CancelPending = Pending & { kind: 'cancel' } & CancelTerms;

/** Something that is to be done to a subscription at an instant. */
export type PendingChange = ItemsPending | PausePending | ResumePending | CancelPending;
