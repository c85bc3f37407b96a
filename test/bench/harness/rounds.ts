/** What takes part in a comparison: does its work of one round and answers how much it did in how long. */
export interface Side {
  name: string;
  round(index: number): Promise<Measured>;
}

/** Work done in a round. */
export interface Measured {
  done: number;
  seconds: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Rates of every side, round by round. */
export type Rates = ReadonlyMap<string, readonly number[]>;

/** How the sides take their turns. */
export interface Turns {
  rounds: number;
  warmUp: number;
  between?: () => Promise<void>;
  told?: (line: string) => void;
  /** Seconds of processor time that were used so far. */
  cpu?: () => number | null;
  /** What each side takes of it, by name: milliseconds for 1,000 pieces, round by round. */
  costs?: Map<string, number[]>;
}

/**
 * Lets the sides work in turn, so that whatever else the machine does meets all of them. The first rounds warm up and
 * are not counted; the order changes from round to round, since the first after a pause has it easier.
 */
export async function alternate(sides: readonly Side[], options: Turns): Promise<Rates> {
  const rates = new Map<string, number[]>(sides.map((side) => [side.name, []]));
  for (let index = 0; index < options.warmUp + options.rounds; index += 1) {
    const order = index % 2 === 0 ? sides : [...sides].reverse();
    for (const side of order) {
      await options.between?.();
      const before = options.cpu?.() ?? null;
      const { done, seconds } = await side.round(index);
      const cpu = before === null ? null : ((options.cpu!()! - before) * 1_000_000) / done;
      const rate = done / seconds;
      const counted = index >= options.warmUp;
      options.told?.(
        `${counted ? `round ${index - options.warmUp + 1}` : 'warm-up'}  ${side.name}  ${rate.toFixed(0)}/s (${done} in ${seconds.toFixed(2)} s${cpu === null ? '' : `, ${cpu.toFixed(0)} ms of CPU for 1,000`})`,
      );
      if (!counted) continue;
      rates.get(side.name)?.push(rate);
      if (cpu !== null) options.costs?.set(side.name, [...(options.costs.get(side.name) ?? []), cpu]);
    }
  }
  return rates;
}

/** The middle, the least and the most. Throws on nothing. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** One side's rate over another's, round by round: both met the same neighbors. */
export function ratio(rates: Rates, of: string, to: string): Spread {
  const [above, below] = [rates.get(of) ?? [], rates.get(to) ?? []];
  return spread(above.map((rate, index) => rate / below[index]!));
}

/** A value below which this share of all values lies (0.99 for the 99th percentile). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Seconds that a piece of work takes. */
export async function timed(work: () => Promise<number>): Promise<Measured> {
  const start = performance.now();
  const done = await work();
  return { done, seconds: (performance.now() - start) / 1000 };
}
