import type { Work } from '../../../platform/work.ts';
import { digitsOf } from '../../../rules/currency.ts';
import { parseScaled } from '../../../rules/decimal.ts';
import { returnedFacts } from '../../../rules/discount-steps.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { type DiscountStep, discountStepsOf, withDiscountSteps } from '../lines/line-derivation.ts';
import type { Brought } from './going-on.ts';

interface Reversed {
  id: string;
  discount_amount: bigint;
  derivation: unknown;
}

const nameless = { position: 1, discountId: null, couponName: null };

/**
 * Writes down what lines that take others back return of each discount of those, and that a line which bills the same at another
 * place has as much of each. A line that was discounted before lines
 * explained that returns it without a name. One statement, and none where nothing of a discount comes back.
 */
export async function explainReturned(
  work: Work,
  invoices: readonly { lines: readonly InvoiceLineRow[]; brought: Brought }[],
): Promise<void> {
  const returning = invoices.flatMap(({ lines, brought: { shares } }) =>
    lines.flatMap((line, index) => {
      const { id, reversesLineId, discountAmount, derivation } = line;
      if (discountAmount === 0n || discountStepsOf(derivation).length > 0) return [];
      const of = reversesLineId ?? movedFrom(line, lines[index - 1]);
      return of ? [{ line, of, share: shares.get(id) }] : [];
    }),
  );
  if (returning.length === 0) return;
  const rows = await work.rows<Reversed>(
    `select id, discount_amount, derivation from invoice_lines
     where organization_id = any($1::uuid[]) and id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${returning.map(({ of }) => of).join(',')}}`],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const { line, of, share } of returning) {
    line.derivation = withDiscountSteps(line.derivation, stepsOf(line, known.get(of)!, share));
  }
}

/**
 * The line whose time a line bills at another place, or for what takes its place: the one before it takes that back,
 * with as much of its discount.
 */
function movedFrom(line: InvoiceLineRow, before: InvoiceLineRow | undefined): string | null {
  const isMoved =
    before?.subscriptionId === line.subscriptionId &&
    before?.component === line.component &&
    before?.amount === -line.amount &&
    before.discountAmount === -line.discountAmount;
  return isMoved ? (before.reversesLineId ?? null) : null;
}

/** What the lines of an invoice return of earlier discounts: minor units, not negative. */
export interface Returned {
  /** By the id of the discount that took it. */
  readonly named: ReadonlyMap<string, bigint>;
  /** And until when the time lasted that it comes back with. */
  readonly until: ReadonlyMap<string, Date>;
  /** Of lines from before lines explained it: of any discount. */
  nameless: bigint;
}

/**
 * Reads from explained lines which discount they return how much of; what moved lines have of it again does not come back. What
 * was taken off by hand is nobody's to give anew.
 */
export function returnedBy(lines: readonly InvoiceLineRow[]): Returned {
  const named = new Map<string, bigint>();
  const until = new Map<string, Date>();
  let nameless = 0n;
  for (const { discountAmount, derivation, currency, periodEnd } of lines) {
    const steps = discountStepsOf(derivation).filter(({ kind }) => kind === 'returned');
    if (discountAmount < 0n && steps.length === 0) nameless -= discountAmount;
    for (const { discountId, couponName, amount } of steps) {
      const back = -parseScaled(amount, digitsOf(currency));
      if (discountId !== null) {
        named.set(discountId, (named.get(discountId) ?? 0n) + back);
        if (back > 0n && periodEnd && periodEnd > (until.get(discountId) ?? 0)) until.set(discountId, periodEnd);
      }
      if (discountId === null && couponName === null) nameless += back;
    }
  }
  return { named, until, nameless };
}

function stepsOf(
  { currency, discountAmount, amount: given }: InvoiceLineRow,
  { discount_amount, derivation }: Reversed,
  share: { amount: bigint; discount: bigint } | undefined,
): DiscountStep[] {
  const taken = discountStepsOf(derivation);
  const digits = digitsOf(currency);
  const amounts = taken.length > 0 ? taken.map(({ amount }) => parseScaled(amount, digits)) : [discount_amount];
  return returnedFacts(amounts, -discountAmount, currency, share && { given: -given, ...share }).map((facts, index) => {
    const { position, discountId, couponName } = taken[index] ?? nameless;
    return { position, discountId, couponName, ...facts };
  });
}
