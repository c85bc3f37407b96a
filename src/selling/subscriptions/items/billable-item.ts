import type { Parties } from '../../../collecting/invoicing/index.ts';
import type { ChosenOverride } from './override-price.ts';

/** One price component that a subscription has, with what its price says. */
export interface BillableItem {
  id: string;
  subscriptionId: string;
  planId: string;
  planVersionId: string;
  /** The price of the plan, also where another one is paid instead. */
  priceId: string;
  priceOverrideId: string | null;
  /** The override, where it is not written yet. */
  override?: ChosenOverride | null;
  component: string;
  billingMode: string;
  /** Exact decimal text. */
  quantity: string;
  activeFrom: Date;
  activeTo: Date | null;
  /** When it was billed, for what is billed once; null or left out before that. */
  billedOnceAt?: Date | null;
  position: number;
  price: BillablePrice;
}

/** A stretch of time of one item that a line bills, and what may still be given back of that line for it. */
export interface BilledStretch {
  itemId: string;
  lineId: string;
  start: Date;
  end: Date;
  /** Minor units, before and without the discount: what is left of the line, or this piece's share where it bills several. */
  amount: bigint;
  discount: bigint;
  /** The taxes of the line, as it keeps them. */
  taxes: readonly unknown[];
  /** Whose invoice its line is on. */
  parties: Parties;
}

/**
 * A line, as it was billed, of an item that a change has begun without being settled: it asks for no more than was paid for its time. So
 * it says what that time costs until the period ends, also where it was given back since.
 */
export interface UnsettledLine {
  itemId: string;
  lineId: string;
  start: Date;
  end: Date;
  /** Minor units, before and without the discount. */
  amount: bigint;
}

/** What an item is billed by: the price of its plan, or what was agreed instead of it. */
export interface BillablePrice {
  /** Of the override where there is one: each is computed by itself. */
  id: string;
  model: string;
  parameters: unknown;
  currency: string;
  /** What it is taxed as; nothing in particular if null or left out. */
  taxCategory?: string | null;
  /** What the version of its plan costs at least in a period: decimal text of minor units; null or left out if nothing. */
  commitment?: string | null;
  planName?: string;
  /** `add_on` for a plan that is sold only beside another. */
  planKind?: string;
  /** What the line says: plan and component. */
  description: string;
}
