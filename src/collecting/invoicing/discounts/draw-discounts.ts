import { newId } from '../../../platform/id.ts';
import { applyDiscounts, type Discount } from '../../../rules/discount.ts';
import { discountFacts } from '../../../rules/discount-steps.ts';
import { least } from '../../../rules/money.ts';
import type { InvoiceDiscountRow, InvoiceLineDiscountRow, InvoiceLineRow } from '../invoicing.entities.ts';
import { discountStepsOf, withDiscountSteps } from '../lines/line-derivation.ts';
import { type Brought, coverageOf, type GoingOn, lastsUntil } from './going-on.ts';
import { type DiscountTerms, type InvoiceDiscount, isInForce, isUsedUp, linesFor } from './invoice-discount.ts';
import { type Returned, returnedBy } from './returned-discounts.ts';

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

const usual: DrawingTerms = { count: 0, scope: {}, brought: { goingOn: new Map(), shares: new Map() } };

/**
 * Takes discounts off the lines of an invoice of the instant `at`, in their order, each on what the earlier ones left and
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
    if (!isInForce(discount, at)) continue;
    const eligible = linesFor(discount.terms, lines, open.left);
    const drawing = offerOf(discount, eligible, { lines, goingOn }, invoice.currency, returned);
    const back = comesBack(discount, invoice.currency, returned);
    const place = { position: count + drawn.discounts.length + 1, scope };
    const lasts = lastsUntil(discount, lines, drawing ? eligible : [], goingOn);
    if (!drawing) {
      const row = back > 0n || lasts ? giveBack(invoice, discount, place, back, at) : null;
      if (row && lasts) prolong(discount, row, lasts);
      if (row) drawn.discounts.push(row);
      continue;
    }
    const row = rowOf(invoice, discount, place, drawing);
    if (drawing.offer) {
      const shares = takeOff(open, drawing.offer, eligible, row);
      row.returned = least(drawing.returned, row.amount);
      const own = returned.named.get(discount.id ?? '') ?? 0n;
      if (row.returned > own) returned.nameless -= row.returned - own;
      // What another time is worth is not more for what came back of an earlier one.
      if (row.returned < back && (!row.consumes || discount.terms.frequency === 'once')) row.returned = back;
      if (row.amount === 0n && row.returned === 0n && !lasts) continue;
      useUp(discount, row);
      if (lasts) prolong(discount, row, lasts);
      discount.usedAt = at;
      drawn.shares.push(...shares);
    }
    drawn.discounts.push(row);
  }
  return drawn;
}

/** A discount by hand of one line, whose id is known now. */
function onLine(discount: InvoiceDiscount, lineId: string): InvoiceDiscount {
  return { ...discount, terms: { ...discount.terms, lineIds: [lineId] } };
}

/** Of a fixed amount, what lines of this invoice return of what earlier ones took. */
function comesBack({ id, terms, ...use }: InvoiceDiscount, currency: string, { named }: Returned): bigint {
  if (terms.kind !== 'fixed' || terms.currency !== currency) return 0n;
  return least(named.get(id ?? '') ?? 0n, takenBefore({ terms, ...use }));
}

/** What comes back of a fixed amount where nothing takes it anew: it is there for later invoices. */
function giveBack(
  invoice: DiscountedInvoice,
  discount: InvoiceDiscount,
  place: Place,
  returned: bigint,
  at: Date,
): InvoiceDiscountRow {
  const offer = { kind: 'fixed', amountMinor: 0n } as const;
  const drawing = { offer, returned, coversUntil: discount.coveredUntil, consumes: false };
  // Of no line, however it is computed anew.
  const row = { ...rowOf(invoice, discount, { ...place, scope: { lineIds: [] } }, drawing), returned };
  useUp(discount, row);
  discount.usedAt = at;
  return row;
}

/** Time that it covered lasts longer now. */
function prolong(discount: InvoiceDiscount, row: InvoiceDiscountRow, until: Date): void {
  row.coversUntil = until;
  row.terms = { ...(row.terms as DiscountTerms), prolongs: true };
  discount.coveredUntil = until;
}

interface Drawing {
  /** Null for what is passed by because of its currency. */
  offer: Discount | null;
  returned: bigint;
  coversUntil: Date | null;
  consumes: boolean;
}

/** What a discount offers these lines; null if it has nothing for them. */
function offerOf(
  discount: InvoiceDiscount,
  eligible: readonly number[],
  { lines, goingOn }: { lines: readonly InvoiceLineRow[]; goingOn: GoingOn },
  currency: string,
  { named, nameless }: Returned,
): Drawing | null {
  if (eligible.length === 0) return null;
  const { terms, coveredUntil } = discount;
  const coversUntil = latestOf(eligible.map((index) => coverageOf(lines[index]!, goingOn)));
  const covered = coversUntil !== null && coveredUntil !== null && coversUntil.getTime() <= coveredUntil.getTime();
  const usedUp = isUsedUp(terms, discount);
  if (terms.kind === 'percentage') {
    if (usedUp && !covered) return null;
    return { offer: { kind: 'percentage', percent: terms.percent! }, returned: 0n, coversUntil, consumes: !covered };
  }
  if (terms.currency !== currency) {
    return usedUp ? null : { offer: null, returned: 0n, coversUntil: null, consumes: false };
  }
  const back = least((named.get(discount.id ?? '') ?? 0n) + nameless, takenBefore(discount));
  const fresh = fixedOffer(discount, covered, usedUp);
  if (fresh + back === 0n) return null;
  // What only comes back is not another time.
  const consumes = !covered && fresh > 0n;
  return { offer: { kind: 'fixed', amountMinor: fresh + back }, returned: back, coversUntil, consumes };
}

/** The latest of the ends of service periods; null if there is none. */
function latestOf(ends: readonly (Date | null)[]): Date | null {
  return ends.reduce((latest, end) => (end && (latest === null || end > latest) ? end : latest), null);
}

/** Of a fixed amount, what earlier invoices took that may come back: of the whole if it is given once, else of the latest period. */
function takenBefore({
  terms,
  usedAmount,
  periodUsed,
}: Pick<InvoiceDiscount, 'terms' | 'usedAmount' | 'periodUsed'>): bigint {
  return terms.frequency === 'once' ? usedAmount : periodUsed;
}

function fixedOffer(discount: InvoiceDiscount, covered: boolean, usedUp: boolean): bigint {
  const { terms } = discount;
  if (covered && terms.frequency !== 'once') {
    const rest = BigInt(terms.amount!) - discount.periodUsed;
    return rest > 0n ? rest : 0n;
  }
  if (usedUp) return 0n;
  return leftOf(terms, discount.usedAmount);
}

/** What is left of a fixed amount: of one given once, what was not used. */
export function leftOf(terms: DiscountTerms, usedAmount: bigint): bigint {
  const amount = BigInt(terms.amount!);
  if (terms.frequency !== 'once') return amount;
  return usedAmount < amount ? amount - usedAmount : 0n;
}

/** Takes one discount off what is left of its lines and answers the shares of the lines. */
export function takeOff(
  open: OpenLines,
  offer: Discount,
  eligible: readonly number[],
  row: InvoiceDiscountRow,
): InvoiceLineDiscountRow[] {
  const discount = { ...offer, lines: eligible };
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
  { offer, coversUntil, consumes }: Drawing,
): InvoiceDiscountRow {
  return {
    organizationId: invoice.organizationId,
    id: newId(),
    invoiceId: invoice.id,
    discountId: discount.id,
    position,
    couponName: discount.couponName,
    terms: { ...discount.terms, ...scope },
    offered: offer?.kind === 'fixed' ? offer.amountMinor : null,
    amount: 0n,
    returned: 0n,
    coversUntil,
    consumes,
    skipped: offer === null ? 'currency' : null,
    createdAt: invoice.createdAt,
  };
}

function useUp(discount: InvoiceDiscount, { amount, returned, coversUntil, consumes }: InvoiceDiscountRow): void {
  const fresh = amount - returned;
  discount.usedAmount += fresh;
  if (consumes) {
    discount.usedTimes += 1;
    discount.periodUsed = 0n;
    if (coversUntil) discount.coveredUntil = coversUntil;
  }
  discount.periodUsed += fresh;
}
