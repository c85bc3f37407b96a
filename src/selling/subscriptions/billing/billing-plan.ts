import type { ChargeDraft, InvoiceRow } from '../../../collecting/invoicing/index.ts';
import type { Billable } from '../items/billable.ts';
import type { BillableItem } from '../items/billable-item.ts';
import type { Interval, ItemsPending, PauseAnchor, PendingChange } from '../items/pending-change.ts';
import type { StatusMove } from '../subscriptions.lifecycle.ts';

/** What falls due for one subscription at one instant. */
export interface BillingStep {
  at: Date;
  reason: 'subscription_created' | 'subscription_cycle' | 'subscription_change' | 'subscription_ended';
  charges: ChargeDraft[];
  /** The first bill of a subscription that is collected automatically: until it is paid, the subscription is incomplete. */
  decides: boolean;
  /** What waits for the next invoice has waited for this one, also where it has no charges: there may be none after it. */
  isLast?: boolean;
  /** Its lines wait for the next invoice. */
  waits?: boolean;
}

/** A change that was carried out, and from when on it holds. */
export interface AppliedChange {
  change: ItemsPending;
  from: Date;
  ended: BillableItem[];
  begun: BillableItem[];
  /** The length of periods before and after; null where it stayed. */
  interval: { old: Interval; new: Interval } | null;
}

export interface PauseBegun {
  id: string;
  pausedFrom: Date;
  anchor: PauseAnchor;
}

interface PauseEnded {
  id: string;
  resumedAt: Date;
  /** Where the time stayed paid for: from when the period had been held before the pause. */
  heldFrom: Date | null;
}

/** Where a subscription stands after its due steps. */
export interface BillingPlan {
  subscription: Billable;
  steps: BillingStep[];
  moves: StatusMove[];
  applied: AppliedChange[];
  /** What was pending and is not any more, or has another instant now, in order. */
  closed: { change: PendingChange; status: 'applied' | 'superseded'; at: Date }[];
  moved: PendingChange[];
  /** Changes that came up on the way, such as the end of a pause. */
  arisen: PendingChange[];
  pauses: { begun: PauseBegun[]; ended: PauseEnded[] };
  items: {
    /** New items, as they are after the last step. */
    begun: BillableItem[];
    /** Ends of items that were there before. */
    ended: { id: string; activeTo: Date }[];
    /** Items that were there before, and are billed once and for all now. */
    billedOnce: { id: string; billedOnceAt: Date }[];
  };
  after: Pick<
    Billable,
    | 'status'
    | 'trialEnd'
    | 'anchorAt'
    | 'wholePeriodStart'
    | 'intervalUnit'
    | 'intervalCount'
    | 'currentPeriodStart'
    | 'currentPeriodEnd'
    | 'nextBillingAt'
    | 'endedAt'
  >;
  /** The last instant that was reached; null if nothing was due. */
  reachedAt: Date | null;
  /** The instant of a change that gives back what this very plan bills: it is planned once that is written. */
  waitsAt: Date | null;
}

/** What came of billing one subscription: its columns as they are now. */
export interface Billed {
  plan: BillingPlan;
  after: BillingPlan['after'] & { lapsesAt: Date | null };
  invoices: InvoiceRow[];
}

/** Subscriptions whose plan could not be computed, with the reason. */
export interface Unbillable {
  subscription: Billable;
  error: unknown;
}
