import type { BillableItem } from './billable-item.ts';

/** What is done with the lines of a change that falls within a period. */
export type Settlement = 'invoice_now' | 'next_invoice' | 'none';
/** Whether time that was billed and is not used is given back. */
export type CreditBasis = 'time' | 'none';
export type ProrationMode = 'by_second' | 'by_day';

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

/** A change of the items that is to be carried out at an instant. */
export interface PendingChange {
  id: string;
  kind: 'items';
  effectiveAt: Date;
  changes: ItemChange[];
  /** The length of periods of the plans that come; null if none do. */
  interval: Interval | null;
  settle: Settlement;
  creditBasis: CreditBasis;
  prorationMode: ProrationMode;
}
