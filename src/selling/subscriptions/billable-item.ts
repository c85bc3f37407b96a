/** One price component that a subscription has, with what its price says. */
export interface BillableItem {
  id: string;
  subscriptionId: string;
  planId: string;
  planVersionId: string;
  priceId: string;
  component: string;
  billingMode: string;
  /** Exact decimal text. */
  quantity: string;
  activeFrom: Date;
  activeTo: Date | null;
  position: number;
  price: BillablePrice;
}

/** A stretch of time of one item that a line bills, and what may still be given back of that line. */
export interface BilledStretch {
  itemId: string;
  lineId: string;
  start: Date;
  end: Date;
  /** Minor units, before and without the discount: of the line, less what other lines took back. */
  amount: bigint;
  discount: bigint;
}

export interface BillablePrice {
  id: string;
  model: string;
  parameters: unknown;
  currency: string;
  /** What the line says: plan and component. */
  description: string;
}
