import type { SubscriptionRow } from '../subscriptions.entities.ts';
import type { BillableItem, BilledStretch } from './billable-item.ts';
import type { PauseAnchor, PendingChange } from './pending-change.ts';

/** A row whose empty columns are null and never left out. */
type Whole<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

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
  /** In the order of their positions; those that ended in an earlier period may be missing. */
  items: BillableItem[];
  /** What is to be changed, the earliest first. */
  pending: PendingChange[];
  /** The pause it stands in. */
  pause: { id: string; pausedFrom: Date; anchor: PauseAnchor } | null;
  /** What is billed of the time that a due change gives back; empty where none is due. */
  billed: BilledStretch[];
};
