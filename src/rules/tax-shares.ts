import { allocate } from './allocation.ts';
import { parseDecimal } from './decimal.ts';
import { sum } from './money.ts';

/**
 * Divides the lines' shares of one tax over its rates so that lines and rates both add up: each line by the percentages, then
 * single units move from a rate that has too much to one that has too little, on a line that has them.
 */
export function sharesByRate(
  shares: readonly bigint[],
  percents: readonly string[],
  perRate: readonly bigint[],
): bigint[][] {
  const weights = percents.map((percent) => ({ weight: parseDecimal(percent) }));
  const cells = shares.map((share) => (share === 0n ? percents.map(() => 0n) : allocate(share, weights)));
  const surplus = perRate.map((amount, at) => sum(cells.map((cell) => cell[at]!)) - amount);
  for (let line = 0; line < cells.length; ) {
    const from = surplus.findIndex((left) => left > 0n);
    if (from < 0) break;
    const to = surplus.findIndex((left) => left < 0n);
    const cell = cells[line]!;
    if (cell[from]! <= 0n && cell[to]! >= 0n) {
      line += 1;
      continue;
    }
    cell[from] = cell[from]! - 1n;
    cell[to] = cell[to]! + 1n;
    surplus[from] = surplus[from]! - 1n;
    surplus[to] = surplus[to]! + 1n;
  }
  return cells;
}
