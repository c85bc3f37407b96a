/** How a bench is run. */
export interface BenchOptions {
  /** A small load, to see that it works. */
  quick: boolean;
  /** Another load than the bench's own. */
  subscriptions?: number | undefined;
  /** Plans of every kind, coupons and credit instead of flat prices; for the billing run. */
  mixed?: boolean;
  /** Counted rounds of each side. */
  rounds: number;
  /** Says how far it is. */
  told(line: string): void;
}
