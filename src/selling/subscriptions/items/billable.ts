import type { Period } from '../../../rules/period.ts';
import type { SubscriptionRow } from '../subscriptions.entities.ts';
import type { BillableItem, BilledStretch, UnsettledLine } from './billable-item.ts';
import type { PauseAnchor, PendingChange } from './pending-change.ts';

/** A row whose empty columns are null and never left out. */
type Whole<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

/** From when on the present period counts for its commitment; null before the first one. */
export function heldSince({
  heldBefore,
  currentPeriodStart,
}: Pick<Billable, 'heldBefore' | 'currentPeriodStart'>): Date | null {
  return heldBefore?.stretches[0]?.start ?? currentPeriodStart;
}

/** Where pauses within a period left the time paid for: what was held before them, and what commitments have asked for it. */
export interface HeldBefore {
  /** The earliest first. */
  stretches: Period[];
  truedUp: { planVersionId: string; amount: bigint }[];
}

/** What billing must know of a subscription. */
export type Billable = Pick<
  Whole<SubscriptionRow>,
  | 'organizationId'
  | 'id'
  | 'accountId'
  | 'status'
  | 'currency'
  | 'timezone'
  | 'anchorAt'
  | 'wholePeriodStart'
  | 'intervalUnit'
  | 'intervalCount'
  | 'collection'
  | 'paymentMethodId'
  | 'netDays'
  | 'legalEntityId'
  | 'purchaseOrderNumber'
  | 'startedAt'
  | 'currentPeriodStart'
  | 'currentPeriodEnd'
  | 'trialStart'
  | 'trialEnd'
  | 'endsAt'
  | 'endedAt'
  | 'nextBillingAt'
  | 'lapsesAt'
  | 'parkedAt'
  | 'cancelReason'
> & {
  /** In the order of their positions; those that ended in an earlier period may be missing, those before a pause within it are not. */
  items: BillableItem[];
  /** What is to be changed, the earliest first. */
  pending: PendingChange[];
  /** The pause it stands in. */
  pause: { id: string; pausedFrom: Date; anchor: PauseAnchor } | null;
  /**
   * What a minimum commitment of this period has to count besides; left out where the period was not paused; no
   * stretches in the first pause of it.
   */
  heldBefore?: HeldBefore | undefined;
  /** What is billed of the time that a due change gives back; empty where none is due. */
  billed: BilledStretch[];
  /**
   * Lines of that time that changes without settlement have begun, the earliest first; where it goes on after a pause
   * or an end that was taken back, also those that were given back whole.
   */
  unsettled: UnsettledLine[];
};
