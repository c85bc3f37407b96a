import type { SubscriptionRow } from './subscriptions.entities.ts';

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
  /** In the order of their positions. */
  items: BillableItem[];
};

/** One price component that a subscription has, with what its price says. */
export interface BillableItem {
  id: string;
  subscriptionId: string;
  /** The price of the plan, also where another one is paid instead. */
  priceId: string;
  priceOverrideId: string | null;
  component: string;
  billingMode: string;
  /** Exact decimal text. */
  quantity: string;
  activeFrom: Date;
  activeTo: Date | null;
  position: number;
  price: BillablePrice;
}

/** What an item is billed by: the price of its plan, or what was agreed instead of it. */
export interface BillablePrice {
  /** Of the override where there is one: each is computed by itself. */
  id: string;
  model: string;
  parameters: unknown;
  currency: string;
  /** What the line says: plan and component. */
  description: string;
}
