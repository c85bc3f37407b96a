import { allocate, distribute } from './allocation.ts';
import { formatExact, parseDecimal } from './decimal.ts';
import { sum } from './money.ts';
import { add, type Rational, rational } from './rational.ts';

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

/** 1 + the sum of percentages ÷ 100. RangeError for a negative rate, which would make the division meaningless. */
export function onePlus(percents: readonly Rational[]): Rational {
  let total = rational(100n);
  for (const percent of percents) {
    if (percent.numerator < 0n) throw new RangeError('a tax rate is not negative');
    total = add(total, percent);
  }
  return rational(total.numerator, total.denominator * 100n);
}

/** The sum of percentages as text. */
export const sumOf = (percents: readonly string[]): string =>
  formatExact(percents.map((one) => parseDecimal(one)).reduce(add));

/** The part of a gross amount that is the tax of one of its inclusive rates: rate ÷ (100 + all of them). */
export function containedIn(percent: string, percents: readonly string[]): Rational {
  const [rate, whole] = [parseDecimal(percent), onePlus(percents.map((one) => parseDecimal(one)))];
  return rational(rate.numerator * whole.denominator, rate.denominator * 100n * whole.numerator);
}

/**
 * The included tax of lines with the same inclusive rates, shared out over its lines: exact shares are gross × Σ rates
 * ÷ (100 + Σ rates).
 */
export function shareOut(taxMinor: bigint, gross: readonly bigint[], percents: readonly string[]): bigint[] {
  const divisor = onePlus(percents.map((percent) => parseDecimal(percent)));
  const taxed = divisor.numerator - divisor.denominator;
  return distribute(
    taxMinor,
    gross.map((amount) => amount * taxed),
    divisor.numerator,
  );
}
