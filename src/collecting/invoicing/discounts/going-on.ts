import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { type DiscountStep, discountStepsOf, withDiscountSteps } from '../lines/line-derivation.ts';
import type { InvoiceDiscount } from './invoice-discount.ts';

/** What charges say of the discounts of their lines, by the ids of the lines. */
export interface Brought {
  /** Lines that bill time once more which lines before them take back: until when that time lasted where it was billed. */
  goingOn: ReadonlyMap<string, Date>;
  /** Lines that bring a discount, if any: what was left of the line that it is a share of, and of its discount; minor units. */
  shares: ReadonlyMap<string, { amount: bigint; discount: bigint }>;
  /** Lines that fell due before their invoice, and when: milliseconds since 1970. */
  fellDue: ReadonlyMap<string, number>;
}

export type GoingOn = Brought['goingOn'];

/** Until when a line counts as covered: one that goes on with time that was billed, as that time does. */
export const coverageOf = ({ id, periodEnd }: InvoiceLineRow, goingOn: GoingOn): Date | null =>
  goingOn.get(id) ?? periodEnd ?? null;

/**
 * Until when a discount lasts that covered the time which lines go on with, where that is longer than it has covered: of those it takes
 * part of (`eligible`), and of those that bring what it took before. Null where none does. Pure.
 */
export function lastsUntil(
  { id, coveredUntil }: InvoiceDiscount,
  lines: readonly InvoiceLineRow[],
  eligible: readonly number[],
  goingOn: GoingOn,
): Date | null {
  if (coveredUntil === null) return null;
  let until: Date | null = null;
  for (const [index, line] of lines.entries()) {
    const from = goingOn.get(line.id);
    const end = line.periodEnd;
    if (!from || !end || from > coveredUntil || end <= (until ?? coveredUntil)) continue;
    const isHad = line.discountAmount > 0n && discountStepsOf(line.derivation).some((step) => isBrought(step, id));
    if (eligible.includes(index) || isHad) until = end;
  }
  return until;
}

const isBrought = ({ kind, discountId }: DiscountStep, id: string | null) => kind === 'returned' && discountId === id;

/**
 * A line that goes on with time that was billed has the discount of that time again where none of those that took it is there any more, as
 * one that was removed or taken off by hand: what was paid for is not paid again. The lines are explained, and changed in place.
 */
export function keepReturned(
  lines: readonly InvoiceLineRow[],
  goingOn: GoingOn,
  discounts: readonly InvoiceDiscount[],
): void {
  for (const [index, line] of lines.entries()) {
    if (!goingOn.has(line.id) || line.discountAmount !== 0n) continue;
    const before: InvoiceLineRow[] = [];
    for (let place = index - 1; isTakenBack(lines[place], line); place -= 1) before.unshift(lines[place]!);
    const steps = before.flatMap((one) => discountStepsOf(one.derivation));
    const isThere = ({ discountId }: DiscountStep) => discounts.some(({ id }) => id === discountId);
    if (steps.length === 0 || steps.some((step) => step.discountId !== null && isThere(step))) continue;
    line.discountAmount = before.reduce((sum, one) => sum - one.discountAmount, 0n);
    line.derivation = withDiscountSteps(line.derivation, steps.map(opposite));
  }
}

const isTakenBack = (before: InvoiceLineRow | undefined, line: InvoiceLineRow) =>
  before?.reversesLineId != null && before.subscriptionItemId === line.subscriptionItemId;

const turned = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : amount);

function opposite({ taken, exact, amount, left, ...step }: DiscountStep): DiscountStep {
  const given = left && { left: { ...left, given: turned(left.given) } };
  return { ...step, taken: turned(taken), exact: turned(exact), amount: turned(amount), ...given };
}
