import { allocate, distribute } from './allocation.ts';
import { parseDecimal } from './decimal.ts';
import { sum } from './money.ts';
import {
  add,
  divideRounded,
  multiply,
  overOneDenominator,
  type Rational,
  type RoundingMode,
  rational,
  reduce,
} from './rational.ts';
import { containedIn, onePlus, shareOut, sharesByRate, sumOf } from './tax-shares.ts';

/** A manual tax rate. `percent` is plain (`20` = 20 %). `inclusive`: the line's amount already contains the tax. */
export interface TaxRate {
  readonly id: string;
  readonly percent: string;
  readonly inclusive: boolean;
}

/**
 * Where exclusive tax is rounded. `per_rate` (what the books keep: I06, and what an electronic invoice must state): each rate
 * once over the invoice. `on_total`: all rates together once. `per_line`: each rate on every line by itself.
 */
export type TaxRounding = 'per_rate' | 'on_total' | 'per_line';

/**
 * A line as tax sees it: its amount less its discount in minor units, and the rates that apply to it. `exact`: the same amount
 * before the discount was rounded; exclusive tax is then computed on it.
 */
export interface TaxableLine {
  readonly amountMinor: bigint;
  readonly exact?: Rational;
  readonly rates: readonly TaxRate[];
}

/** One row per rate: `taxableMinor` is net for an exclusive rate and gross for an inclusive one; rounded if lines are exact. */
export interface RateTax {
  readonly rate: TaxRate;
  readonly taxableMinor: bigint;
  readonly amountMinor: bigint;
}

/** A line's share of the tax of one rate. */
export interface RateShare {
  readonly rate: TaxRate;
  readonly amountMinor: bigint;
  /** What the rate was applied to on this line, in minor units: net for an exclusive rate, gross for an inclusive one. */
  readonly base: Rational;
  /** The share before it was rounded, in minor units. */
  readonly exact: Rational;
  readonly together: TaxedTogether;
}

/** Lines whose tax of one rate was rounded together, once, and then shared out. Minor units. */
export interface TaxedTogether {
  readonly baseMinor: bigint;
  readonly amountMinor: bigint;
  /** Of an inclusive rate: the sum of the inclusive percentages of its lines; null for an exclusive one. */
  readonly includedPercent: string | null;
}

/**
 * A line's share of the invoice's tax; `includedMinor` is the part of it that the line's amount already contains. `shares` is
 * the same tax by rate: over the lines they add up to the rates, over the rates to the line.
 */
export interface LineTax {
  readonly taxMinor: bigint;
  readonly includedMinor: bigint;
  readonly shares: readonly RateShare[];
}

export interface Taxes {
  readonly rates: readonly RateTax[];
  readonly lines: readonly LineTax[];
  readonly taxMinor: bigint;
  readonly includedMinor: bigint;
}

const PERCENT = rational(1n, 100n);

/** Tax on top of a net amount in (possibly fractional) minor units: each rate rounded by itself, then added. */
export function exclusiveTax(
  taxableMinor: Rational,
  percents: readonly string[],
  rounding: RoundingMode = 'half_away_from_zero',
): { readonly taxMinor: bigint; readonly perRate: readonly bigint[] } {
  const perRate = percents.map((percent) => {
    const rate = parseDecimal(percent);
    const exact = multiply(multiply(taxableMinor, rate), PERCENT);
    return divideRounded(exact.numerator, exact.denominator, rounding);
  });
  return { taxMinor: sum(perRate), perRate };
}

/** Tax inside a gross amount: net = gross ÷ (1 + sum of rates), rounded; tax = gross − net, spread over the rates. */
export function inclusiveTax(
  grossMinor: bigint,
  percents: readonly string[],
  rounding: RoundingMode = 'half_away_from_zero',
): { readonly netMinor: bigint; readonly taxMinor: bigint; readonly perRate: readonly bigint[] } {
  const rates = percents.map((percent) => parseDecimal(percent));
  const divisor = onePlus(rates);
  const netMinor = divideRounded(grossMinor * divisor.denominator, divisor.numerator, rounding);
  const taxMinor = grossMinor - netMinor;
  const perRate =
    taxMinor === 0n
      ? rates.map(() => 0n)
      : allocate(
          taxMinor,
          rates.map((weight) => ({ weight })),
        );
  return { netMinor, taxMinor, perRate };
}

/** Mutable sums while the lines are walked. */
interface Working {
  readonly rates: Map<string, { rate: TaxRate; taxableMinor: bigint; amountMinor: bigint }>;
  readonly tax: bigint[];
  readonly included: bigint[];
  readonly shares: RateShare[][];
}

/** An exclusive rate on its lines: what it is computed from, and its exact tax, both as integers over a denominator. */
interface RateBase {
  readonly rate: TaxRate;
  readonly indexes: readonly number[];
  readonly bases: readonly bigint[];
  readonly baseDenominator: bigint;
  readonly exact: readonly bigint[];
  readonly denominator: bigint;
}

/**
 * Taxes of one invoice. Exclusive rates: one base over all lines that carry the rate, rounded once per rate. Inclusive rates:
 * lines with the same inclusive rates are taken together, net = gross ÷ (1 + sum of rates). Each rate's tax is then shared out
 * over its lines by largest remainder, so lines, rates and total agree to the last unit. A line that has both kinds is first
 * freed of its included tax. `rounding` moves the rounding of exclusive rates only; lines, rates and total agree under each.
 * RangeError for a negative included rate. Source: default policies (`round_each_rate`; options `round_tax_on_total`,
 * `round_tax_per_line`), books check I06.
 */
export function computeTaxes(lines: readonly TaxableLine[], rounding: TaxRounding = 'per_rate'): Taxes {
  const working: Working = {
    rates: new Map(),
    tax: lines.map(() => 0n),
    included: lines.map(() => 0n),
    shares: lines.map(() => []),
  };
  for (const group of groupByInclusiveRates(lines)) addInclusive(working, lines, group.rates, group.indexes);
  const bases = exclusiveBases(lines, working.included);
  const totals = rounding === 'on_total' ? totalsByRate(bases) : null;
  bases.forEach((base, position) => {
    addExclusive(working, base, rounding, totals?.[position]);
  });
  return {
    rates: [...working.rates.values()],
    lines: working.tax.map((taxMinor, index) => ({
      taxMinor,
      includedMinor: working.included[index]!,
      shares: working.shares[index]!,
    })),
    taxMinor: sum(working.tax),
    includedMinor: sum(working.included),
  };
}

/**
 * The percentage that an invoice's exclusive taxes come to over its net amount, exact (`18` = 18 %); 0 where nothing is taxed.
 * Source: op `invoice.totals`.
 */
export function effectiveTaxPercent(lines: readonly TaxableLine[]): Rational {
  let [net, tax] = [rational(0n), rational(0n)];
  for (const line of lines) {
    const base = line.exact ?? rational(line.amountMinor);
    net = reduce(add(net, base));
    for (const rate of line.rates) {
      if (!rate.inclusive) tax = reduce(add(tax, multiply(base, parseDecimal(rate.percent))));
    }
  }
  if (net.numerator === 0n) return rational(0n);
  return reduce(rational(tax.numerator * net.denominator, tax.denominator * net.numerator));
}

function exclusiveBases(lines: readonly TaxableLine[], included: readonly bigint[]): RateBase[] {
  const byRate = new Map<string, { rate: TaxRate; indexes: number[] }>();
  lines.forEach((line, index) => {
    for (const rate of line.rates) {
      if (rate.inclusive) continue;
      const entry = byRate.get(rate.id);
      if (entry === undefined) byRate.set(rate.id, { rate, indexes: [index] });
      else entry.indexes.push(index);
    }
  });
  const net = netsOf(lines);
  const baseDenominator = net.denominator;
  const netOf = net.numerators.map((numerator, index) => numerator - included[index]! * baseDenominator);
  return [...byRate.values()].map(({ rate, indexes }) => {
    const percent = parseDecimal(rate.percent);
    const bases = indexes.map((index) => netOf[index]!);
    const exact = bases.map((base) => base * percent.numerator);
    return { rate, indexes, bases, baseDenominator, exact, denominator: percent.denominator * 100n * baseDenominator };
  });
}

/** What lines are taxed on as integers over one denominator: 1 unless a line is exact, which stored invoices never are. */
function netsOf(lines: readonly TaxableLine[]): {
  readonly numerators: readonly bigint[];
  readonly denominator: bigint;
} {
  if (lines.every((line) => line.exact === undefined)) {
    return { numerators: lines.map((line) => line.amountMinor), denominator: 1n };
  }
  return overOneDenominator(lines.map((line) => line.exact ?? rational(line.amountMinor)));
}

/** One rounding over all exclusive rates, dealt out to them by largest remainder. */
function totalsByRate(bases: readonly RateBase[]): bigint[] {
  const { numerators: exact, denominator } = overOneDenominator(
    bases.map((base) => rational(sum(base.exact), base.denominator)),
  );
  return distribute(divideRounded(sum(exact), denominator), exact, denominator);
}

function groupByInclusiveRates(lines: readonly TaxableLine[]): { rates: TaxRate[]; indexes: number[] }[] {
  const groups = new Map<string, { rates: TaxRate[]; indexes: number[] }>();
  lines.forEach((line, index) => {
    const rates = line.rates.filter((rate) => rate.inclusive);
    if (rates.length === 0) return;
    const key = JSON.stringify(rates.map((rate) => rate.id).sort());
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { rates, indexes: [index] });
    else group.indexes.push(index);
  });
  return [...groups.values()];
}

function addInclusive(
  working: Working,
  lines: readonly TaxableLine[],
  rates: readonly TaxRate[],
  indexes: readonly number[],
): void {
  const gross = indexes.map((index) => lines[index]!.amountMinor);
  const grossMinor = sum(gross);
  const percents = rates.map((rate) => rate.percent);
  const { taxMinor, perRate } = inclusiveTax(grossMinor, percents);
  const shares = shareOut(taxMinor, gross, percents);
  const byRate = sharesByRate(shares, percents, perRate);
  const contained = percents.map((percent) => containedIn(percent, percents));
  const together = perRate.map((amountMinor) => ({
    baseMinor: grossMinor,
    amountMinor,
    includedPercent: sumOf(percents),
  }));
  indexes.forEach((index, position) => {
    working.tax[index] = working.tax[index]! + shares[position]!;
    working.included[index] = working.included[index]! + shares[position]!;
    const base = rational(gross[position]!);
    rates.forEach((rate, at) => {
      const exact = multiply(base, contained[at]!);
      working.shares[index]!.push({ rate, amountMinor: byRate[position]![at]!, base, exact, together: together[at]! });
    });
  });
  rates.forEach((rate, position) => {
    addToRate(working, rate, grossMinor, perRate[position]!);
  });
}

function addExclusive(working: Working, base: RateBase, rounding: TaxRounding, given: bigint | undefined): void {
  const { exact, denominator, bases, baseDenominator } = base;
  const byLine = rounding === 'per_line' ? exact.map((tax) => divideRounded(tax, denominator)) : null;
  const amountMinor = byLine ? sum(byLine) : (given ?? divideRounded(sum(exact), denominator));
  const shares = byLine ?? distribute(amountMinor, exact, denominator);
  const taxable = sum(bases);
  const taxableMinor = baseDenominator === 1n ? taxable : divideRounded(taxable, baseDenominator);
  const together = { baseMinor: taxableMinor, amountMinor, includedPercent: null };
  base.indexes.forEach((index, position) => {
    working.tax[index] = working.tax[index]! + shares[position]!;
    working.shares[index]!.push({
      rate: base.rate,
      amountMinor: shares[position]!,
      base: { numerator: bases[position]!, denominator: baseDenominator },
      exact: { numerator: exact[position]!, denominator },
      together,
    });
  });
  addToRate(working, base.rate, taxableMinor, amountMinor);
}

function addToRate(working: Working, rate: TaxRate, taxableMinor: bigint, amountMinor: bigint): void {
  const key = `${rate.inclusive}:${rate.id}`;
  const entry = working.rates.get(key);
  if (entry === undefined) working.rates.set(key, { rate, taxableMinor, amountMinor });
  else {
    entry.taxableMinor += taxableMinor;
    entry.amountMinor += amountMinor;
  }
}
