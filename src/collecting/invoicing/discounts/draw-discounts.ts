import { newId } from '../../../platform/id.ts';
import { applyDiscounts, type Discount, limitedDiscount } from '../../../rules/discount.ts';
import { discountFacts } from '../../../rules/discount-steps.ts';
import type { InvoiceDiscountRow, InvoiceLineDiscountRow, InvoiceLineRow } from '../invoicing.entities.ts';
import { discountStepsOf, withDiscountSteps } from '../lines/line-derivation.ts';
import { type Brought, coverageOf, lastsUntil } from './going-on.ts';
import { type DiscountTerms, type InvoiceDiscount, keepsBack, linesFor } from './invoice-discount.ts';
import { bookBack, comesBack, noOffer, type Offer, offerOf } from './offers.ts';
import { returnedBy } from './returned-discounts.ts';

/** What discounts took of one invoice: rows to be written. */
export interface Drawn {
  discounts: InvoiceDiscountRow[];
  shares: InvoiceLineDiscountRow[];
}

type DiscountedInvoice = { organizationId: string; id: string; currency: string; createdAt: Date };

/** The lines of an invoice while discounts are taken off them. */
export interface OpenLines {
  lines: readonly InvoiceLineRow[];
  /** What is left of each line; 0 for lines that take no part. */
  left: bigint[];
}

/**
 * What asks for money and brings no discount of its own is open to discounts, less what lines of the same invoice take back of it:
 * those could not know its discount yet, and bring none.
 */
export function openLines(lines: readonly InvoiceLineRow[], shares: Brought['shares'] = new Map()): OpenLines {
  const takenBack = new Map<string, bigint>();
  for (const { reversesLineId, amount, discountAmount } of lines) {
    if (!reversesLineId || discountAmount !== 0n) continue;
    takenBack.set(reversesLineId, (takenBack.get(reversesLineId) ?? 0n) + amount);
  }
  const leftOfLine = ({ id, amount, discountAmount, reversesLineId }: InvoiceLineRow): bigint => {
    const left = amount + (takenBack.get(id) ?? 0n);
    return left > 0n && discountAmount === 0n && !reversesLineId && !shares.has(id) ? left : 0n;
  };
  return { lines, left: lines.map(leftOfLine) };
}

/** What else decides of an invoice's discounts. */
export interface DrawingTerms {
  /** The discounts that other lines of the invoice took before, in number. */
  count: number;
  /** Which lines these ones are for, so that they can be computed anew. */
  scope: Pick<DiscountTerms, 'lineIds' | 'exceptLineIds'>;
  brought: Brought;
}

const usual: DrawingTerms = {
  count: 0,
  scope: {},
  brought: { goingOn: new Map(), shares: new Map(), fellDue: new Map() },
};

/**
 * Takes discounts in force off the lines of an invoice of the instant `at`, in their order, each on what the earlier ones left and
 * rounded once; the lines get their sums, the discounts what is used of them. A fixed amount in another currency is passed
 * by, and the answer says so. A line is never below zero. Pure but for its arguments.
 */
export function drawDiscounts(
  invoice: DiscountedInvoice,
  lines: readonly InvoiceLineRow[],
  discounts: readonly InvoiceDiscount[],
  at: Date,
  { count, scope, brought }: DrawingTerms = usual,
): Drawn {
  const drawn: Drawn = { discounts: [], shares: [] };
  const { goingOn, shares } = brought;
  const open = openLines(lines, shares);
  // What lines that take others back return of a fixed amount, that amount may give anew; of another discount it may not.
  const returned = returnedBy(lines);
  for (const given of discounts) {
    const discount = given.line === undefined ? given : onLine(given, lines[given.line]!.id);
    const eligible = linesFor(discount.terms, lines, open.left);
    const back = comesBack(discount, invoice.currency, returned);
    const coversUntil = latestOf(eligible.map((index) => coverageOf(lines[index]!, goingOn)));
    const backUntil = returned.until.get(discount.id ?? '') ?? null;
    const asked = { currency: invoice.currency, at, coversUntil, back, backUntil, nameless: returned.nameless };
    const offer = eligible.length === 0 ? null : offerOf(discount, asked);
    const place = { position: count + drawn.discounts.length + 1, scope };
    const lasts = lastsUntil(discount, lines, offer ? eligible : [], goingOn);
    if (offer?.off === null) {
      drawn.discounts.push(rowOf(invoice, discount, place, offer));
      continue;
    }
    if (!offer && back === 0n && !lasts) continue;
    // What only comes back is of no line, however it is computed anew.
    const row = rowOf(invoice, discount, offer ? place : { ...place, scope: { lineIds: [] } }, offer ?? noOffer);
    const taken = offer?.off ? takeOff(open, offer.off, offer.most, eligible, row) : [];
    returned.nameless -= bookBack(row, discount, offer, asked);
    if (row.forLater > 0n && backUntil) keepUntil(discount, row, backUntil);
    if (row.amount === 0n && row.returned === 0n && !lasts) continue;
    if (!offer) row.coversUntil = discount.coveredUntil;
    useUp(discount, row);
    if (lasts) prolong(discount, row, lasts);
    discount.usedAt = at;
    drawn.shares.push(...taken);
    drawn.discounts.push(row);
  }
  return drawn;
}

/** A discount by hand of one line, whose id is known now. */
function onLine(discount: InvoiceDiscount, lineId: string): InvoiceDiscount {
  return { ...discount, terms: { ...discount.terms, lineIds: [lineId] } };
}

/** Time that it covered lasts longer now. */
function prolong(discount: InvoiceDiscount, row: InvoiceDiscountRow, until: Date): void {
  row.coversUntil = until;
  row.terms = { ...(row.terms as DiscountTerms), prolongs: true };
  discount.coveredUntil = until;
}

/** What is there for later came back with time that lasted until then. */
function keepUntil(discount: InvoiceDiscount, row: InvoiceDiscountRow, until: Date): void {
  row.terms = { ...(row.terms as DiscountTerms), backUntil: until.toISOString() };
  discount.backUntil = latestOf([discount.backUntil, until]);
}

/** The latest of the ends of service periods; null if there is none. */
function latestOf(ends: readonly (Date | null)[]): Date | null {
  return ends.reduce((latest, end) => (end && (latest === null || end > latest) ? end : latest), null);
}

/** Takes one discount off what is left of its lines and answers the shares of the lines. */
export function takeOff(
  open: OpenLines,
  off: Discount,
  most: bigint | null,
  eligible: readonly number[],
  row: InvoiceDiscountRow,
): InvoiceLineDiscountRow[] {
  const whole = { ...off, lines: eligible };
  const discount = most === null ? whole : { ...limitedDiscount(open.left, whole, most), lines: eligible };
  const applied = applyDiscounts(open.left, [discount]);
  const facts = discountFacts(open.left, discount, applied, open.lines[0]?.currency ?? '');
  row.amount = applied.totalMinor;
  return applied.lines.flatMap(({ discountMinor }, index) => {
    const how = facts[index];
    if (!how) return [];
    const line = open.lines[index]!;
    open.left[index]! -= discountMinor;
    line.discountAmount += discountMinor;
    const { position, discountId = null, couponName } = row;
    const step = { position, discountId, couponName, ...how };
    line.derivation = withDiscountSteps(line.derivation, [...discountStepsOf(line.derivation), step]);
    if (discountMinor === 0n) return [];
    const { organizationId, invoiceId } = row;
    return [{ organizationId, invoiceLineId: line.id, invoiceDiscountId: row.id, invoiceId, amount: discountMinor }];
  });
}

interface Place extends Pick<DrawingTerms, 'scope'> {
  position: number;
}

function rowOf(
  invoice: DiscountedInvoice,
  discount: InvoiceDiscount,
  { position, scope }: Place,
  { off, most, coversUntil, consumes, shortens }: Offer,
): InvoiceDiscountRow {
  return {
    organizationId: invoice.organizationId,
    id: newId(),
    invoiceId: invoice.id,
    discountId: discount.id,
    position,
    couponName: discount.couponName,
    terms: { ...discount.terms, ...scope, ...(shortens && { shortens }) },
    offered: off?.kind === 'fixed' ? off.amountMinor : most,
    amount: 0n,
    returned: 0n,
    forLater: 0n,
    coversUntil,
    consumes,
    skipped: off === null ? 'currency' : null,
    createdAt: invoice.createdAt,
  };
}

function useUp(
  discount: InvoiceDiscount,
  { amount, returned, forLater, coversUntil, consumes, terms }: InvoiceDiscountRow,
): void {
  discount.usedAmount += amount - returned;
  if (consumes) {
    discount.usedTimes += 1;
    discount.periodUsed = 0n;
  }
  if (coversUntil && (consumes || (terms as DiscountTerms).shortens)) discount.coveredUntil = coversUntil;
  discount.periodUsed += amount - returned + forLater;
  if (keepsBack(discount.terms)) discount.backAmount += forLater;
}
