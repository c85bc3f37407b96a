import { allocate, distribute } from './allocation.ts';
import { type IntervalUnit, localDay } from './calendar.ts';
import { digitsOf } from './currency.ts';
import { formatExact, formatScaled, parseExact } from './decimal.ts';
import { sum } from './money.ts';
import { boundaryAt, type Period } from './period.ts';
import type { Derivation } from './pricing/derivation.ts';
import type { PriceModel } from './pricing/model.ts';
import { priceComponent } from './pricing.ts';
import { type ShareMode, shareOfPeriod } from './proration.ts';
import { compare, divideRounded, multiply, type RoundingMode, rational } from './rational.ts';

/** One side of a change: what a price and a quantity cost for a whole period. */
export interface ChangeSide {
  readonly model: PriceModel;
  readonly quantity: string;
}

export interface ChangeInput {
  readonly currency: string;
  /** The period in which the change happens, billed in advance at the old price. */
  readonly period: Period;
  readonly at: Date;
  /** Absent where something is added or removed. */
  readonly old?: ChangeSide | undefined;
  readonly new?: ChangeSide | undefined;
  /** The most that may be credited, minor units: what was billed (or paid) for the old side and not credited yet. */
  readonly creditCapMinor?: bigint | undefined;
  readonly mode?: ShareMode | undefined;
  /** Whose days count where shares are by day; UTC if not given. */
  readonly timezone?: string | undefined;
  readonly rounding?: RoundingMode | undefined;
}

/** A line of a change; its amount is what its derivation comes to. */
export interface ChangeLine {
  readonly amountMinor: bigint;
  readonly derivation: Derivation;
}

export interface ChangeResult {
  /** 0 or less, minor units. */
  readonly creditMinor: bigint;
  readonly chargeMinor: bigint;
  /** Sum of the two rounded lines. */
  readonly netMinor: bigint;
  readonly credit: ChangeLine | null;
  readonly charge: ChangeLine | null;
}

/**
 * The credit allowed out of what a change would give back: never more than what was paid less what was credited before,
 * never below 0. Integers of any one unit. Source: corpus, `proration.credit_cap`.
 */
export function allowedCredit(potential: bigint, paid: bigint, alreadyCredited: bigint): bigint {
  const left = paid - alreadyCredited;
  const allowed = potential < left ? potential : left;
  return allowed > 0n ? allowed : 0n;
}

/** A side's cost for a part of the period; undefined share = the whole. */
function lineOf(
  side: ChangeSide,
  input: ChangeInput,
  share: Parameters<typeof priceComponent>[1]['share'],
): ChangeLine {
  const { amountMinor, derivation } = priceComponent(side.model, {
    currency: input.currency,
    quantity: side.quantity,
    share,
    rounding: input.rounding,
  });
  return { amountMinor, derivation };
}

/** A line given back: rounded as it was charged, then capped, then with its sign turned. */
function creditOf(line: ChangeLine, input: ChangeInput): ChangeLine {
  return takeBack(line, input.creditCapMinor, input.currency);
}

/**
 * What is given back of time that costs `line`: never more than `most` (minor units, of what was billed for it and not
 * given back yet), as an amount of 0 or less with its derivation. Source: corpus, `proration.credit_cap`.
 */
export function takeBack(line: ChangeLine, most: bigint | undefined, currency: string): ChangeLine {
  const digits = digitsOf(currency);
  const amountMinor = -(most === undefined ? line.amountMinor : allowedCredit(line.amountMinor, most, 0n));
  const step = {
    step: 'credit',
    cap: most === undefined ? null : formatScaled(most, digits),
    amount: formatScaled(amountMinor, digits),
  } as const;
  return { amountMinor, derivation: { ...line.derivation, steps: [...line.derivation.steps, step] } };
}

/**
 * A line whose time begins earlier, with what is billed of that already: `billedMinor` (minor units) comes on top of what
 * the line comes to, as it was rounded then.
 */
export function withBilled(line: ChangeLine, billedMinor: bigint, currency: string): ChangeLine {
  const step = { step: 'flat', amount: formatScaled(billedMinor, digitsOf(currency)) } as const;
  const { amountMinor, derivation } = line;
  return {
    amountMinor: amountMinor + billedMinor,
    derivation: { ...derivation, steps: [...derivation.steps, step] },
  };
}

/**
 * A line of a change that is not settled: it asks for no more than `paidMinor` (minor units, what a line beside it takes back of the same
 * time), so that nothing is owed and nothing is given back.
 */
export function withinPaid(line: ChangeLine, paidMinor: bigint, currency: string): ChangeLine {
  const amountMinor = line.amountMinor < paidMinor ? line.amountMinor : paidMinor;
  const [maximum, amount] = [paidMinor, amountMinor].map((minor) => formatScaled(minor, digitsOf(currency))) as [
    string,
    string,
  ];
  const step = { step: 'maximum', maximum, previouslyBilled: '0', unsettled: true, amount } as const;
  return { amountMinor, derivation: { ...line.derivation, steps: [...line.derivation.steps, step] } };
}

/** Whether a line of this derivation asks for what was paid for its time, or for nothing: a change that is not settled has brought it. */
export function isUnsettled({ steps }: Derivation): boolean {
  const last = steps.at(-1);
  return steps.some((step) => 'unsettled' in step) || (last !== undefined && 'factor' in last && last.factor === '0');
}

/**
 * How the amount came about that is billed once more for what `takeBack` gave back: as that was priced, or with the sign of what
 * was given back turned where less was left than that.
 */
export function billedAnew({ steps, ...rest }: Derivation): Derivation {
  const priced = steps.filter(({ step }) => step !== 'credit');
  const [given, cost] = [steps, priced].map((some) => parseExact(some.at(-1)!.amount));
  const amount = multiply(given!, rational(-1n));
  if (compare(amount, cost!) === 0) return { ...rest, steps: priced };
  return { ...rest, steps: [...steps, { step: 'multiply', factor: '-1', amount: formatExact(amount) }] };
}

/**
 * What the part of a billed stretch of time costs of what was really billed for it and not given back yet: `billedMinor`
 * (minor units), spread evenly over the stretch. Serves where that is not what the price says any more, since a credit note
 * lowered it or a draft was adjusted. A stretch without a whole day is shared by second. RangeError as `shareOfPeriod`.
 * Source: corpus, `proration.credit_cap` (never more than was billed), and the law that unused time is worth what was billed.
 */
export function shareOfBilled(
  billedMinor: bigint,
  stretch: Period,
  part: Period,
  terms: { readonly currency: string; readonly mode?: ShareMode | undefined; readonly timezone?: string | undefined },
): ChangeLine {
  const { currency, timezone = 'UTC' } = terms;
  const isWithinDay = localDay(timezone, stretch.start) === localDay(timezone, stretch.end);
  const mode = isWithinDay ? 'by_second' : (terms.mode ?? 'by_second');
  const fraction = shareOfPeriod(stretch, part, mode, timezone);
  const billed = { kind: 'flat', amountMinor: billedMinor > 0n ? billedMinor : 0n } as const;
  const { amountMinor, derivation } = priceComponent(billed, { currency, quantity: '1', share: { fraction, mode } });
  return { amountMinor, derivation };
}

/** What may still be given back of a line, before and without its discount; minor units. */
export interface LeftOfLine {
  readonly amount: bigint;
  readonly discount: bigint;
}

/**
 * What is left of a line for each of the pieces of time that it still bills: by their lengths, and its discount as the amount,
 * so that no piece has more discount than amount. The pieces add up to the line. RangeError for no pieces or an empty one.
 * Source: invariant I48 of the books: a line whose middle was freed is not given back once for each of its ends.
 */
export function leftOfPieces({ amount, discount }: LeftOfLine, pieces: readonly Period[]): LeftOfLine[] {
  const lengths = pieces.map(({ start, end }) => end.getTime() - start.getTime());
  if (lengths.length === 0 || !lengths.every((length) => length > 0)) throw new RangeError('a piece of time is empty');
  const amounts = allocateBy(amount, lengths.map(BigInt));
  const discounts = allocateBy(discount, amount > 0n ? amounts : lengths.map(BigInt));
  return amounts.map((one, index) => ({ amount: one, discount: discounts[index]! }));
}

/** What refunds gave back of an invoice, of what stands of its charges; minor units. */
export interface Refunded {
  readonly given: bigint;
  readonly standing: bigint;
}

/**
 * What is left of lines of one invoice of which refunds gave something back: of each the same part, rounded down on their sum, so that
 * all of them together are what was not given back, and any of them never more. RangeError for more given than stands.
 */
export function leftAfterRefund(lines: readonly LeftOfLine[], { given, standing }: Refunded): readonly LeftOfLine[] {
  if (given > standing) throw new RangeError('refunds gave back more than stands');
  if (given <= 0n) return lines;
  const partOf = (figures: readonly bigint[]): bigint[] => {
    const exact = figures.map((figure) => figure * (standing - given));
    return distribute(divideRounded(sum(exact), standing, 'floor'), exact, standing);
  };
  const nets = partOf(lines.map(({ amount, discount }) => amount - discount));
  const discounts = partOf(lines.map(({ discount }) => discount));
  return nets.map((net, index) => ({ amount: net + discounts[index]!, discount: discounts[index]! }));
}

const allocateBy = (total: bigint, weights: readonly bigint[]): bigint[] =>
  allocate(
    total,
    weights.map((weight) => ({ weight: rational(weight) })),
  );

/**
 * The share of a line's discount that goes with the part of it that is given back; all minor units, not negative. `amount`
 * and `discount` are what is left of the line. The last part takes the whole rest, and no part gives back more than was
 * billed net. Source: invariant I48 of the books.
 */
export function discountTakenBack(given: bigint, amount: bigint, discount: bigint): bigint {
  if (amount <= 0n || discount <= 0n) return 0n;
  return divideRounded(discount * given, amount);
}

function resultOf(credit: ChangeLine | null, charge: ChangeLine | null): ChangeResult {
  const creditMinor = credit?.amountMinor ?? 0n;
  const chargeMinor = charge?.amountMinor ?? 0n;
  return { creditMinor, chargeMinor, netMinor: creditMinor + chargeMinor, credit, charge };
}

function restOfPeriod(input: ChangeInput): NonNullable<Parameters<typeof priceComponent>[1]['share']> {
  const { period, at, mode = 'by_second', timezone = 'UTC' } = input;
  return { fraction: shareOfPeriod(period, { start: at, end: period.end }, mode, timezone), mode };
}

/**
 * A change inside a period: credit for what is left of the old side, charge for the same share of the new one, each line
 * rounded once. A change and its reverse at one instant cancel, unless the credit is capped. RangeError as
 * `shareOfPeriod` and `priceComponent`. Source: corpus, `proration.change`; share by second by default.
 */
export function prorateChange(input: ChangeInput): ChangeResult {
  const share = restOfPeriod(input);
  const credit = input.old === undefined ? null : creditOf(lineOf(input.old, input, share), input);
  return resultOf(credit, input.new === undefined ? null : lineOf(input.new, input, share));
}

/** The interval that a change goes to. */
export interface NewInterval {
  readonly unit: IntervalUnit;
  readonly count: number;
}

/**
 * A change to another interval restarts the period at the change: credit for the rest of the old period, the whole price
 * for the new one, whose end keeps the local time of day. RangeError as `prorateChange` and `boundaryAt`. Source: corpus,
 * `proration.change_interval`.
 */
export function prorateIntervalChange(
  input: ChangeInput,
  interval: NewInterval,
): ChangeResult & { readonly newPeriod: Period } {
  const { at, timezone = 'UTC' } = input;
  const credit = input.old === undefined ? null : creditOf(lineOf(input.old, input, restOfPeriod(input)), input);
  const charge = input.new === undefined ? null : lineOf(input.new, input, undefined);
  const end = boundaryAt({ anchorAt: at, timezone, unit: interval.unit, count: interval.count }, 1);
  return { ...resultOf(credit, charge), newPeriod: { start: at, end } };
}
