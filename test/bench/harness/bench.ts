/** How a bench is run. */
export interface BenchOptions {
  /** A small load, to see that it works. */
  quick: boolean;
  /** Counted rounds of each side. */
  rounds: number;
  /** Says how far it is. */
  told(line: string): void;
}
