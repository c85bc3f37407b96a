import type { Work } from '../../../platform/work.ts';
import type { Discount } from '../../../rules/discount.ts';
import { least } from '../../../rules/money.ts';
import {
  InvoiceDiscountEntity,
  type InvoiceDiscountRow,
  InvoiceLineDiscountEntity,
  InvoiceLineEntity,
  type InvoiceLineRow,
} from '../invoicing.entities.ts';
import { discountStepsOf, withDiscountSteps } from '../lines/line-derivation.ts';
import { discountUses } from './discount-uses.ts';
import { leftOf, openLines, takeOff } from './draw-discounts.ts';
import { type DiscountTerms, type DiscountUse, linesFor } from './invoice-discount.ts';
import { returnedBy } from './returned-discounts.ts';

interface Draft {
  organizationId: string;
  id: string;
}

/**
 * Takes the discounts that a draft was made with off the lines that it has now, in the same order, and never more than
 * other invoices left of them. The lines are changed in place; all is written at once.
 */
export async function redrawDiscounts(work: Work, invoice: Draft, lines: readonly InvoiceLineRow[]): Promise<void> {
  const { organizationId, id: invoiceId } = invoice;
  await undrawDiscounts(work, invoice, lines);
  const rows = await work.find(InvoiceDiscountEntity, { organizationId, invoiceId }, { position: 'asc' });
  const drawing = rows.filter((row) => row.skipped == null);
  if (drawing.length === 0) return;
  const uses = await discountUses(
    work,
    drawing.flatMap((row) => row.discountId ?? []),
    invoiceId,
  );
  const open = openLines(lines);
  const back = returnedBy(lines).named;
  for (const row of drawing) {
    const terms = row.terms as DiscountTerms;
    const use = uses.get(row.discountId ?? '') ?? unused;
    const offer = offerAnew(row, terms, use);
    const eligible = offer ? linesFor(terms, lines, open.left) : [];
    row.amount = 0n;
    if (offer) work.insert(InvoiceLineDiscountEntity, takeOff(open, offer, eligible, row));
    // What lines of the draft return is there for later invoices, as far as it takes none of it anew.
    const given = least(back.get(row.discountId ?? '') ?? 0n, row.returned);
    const anew = least(row.returned, row.amount);
    const returned = given > anew ? given : anew;
    work.update(InvoiceDiscountEntity, { organizationId, id: row.id, amount: row.amount, returned });
    if (row.discountId) uses.set(row.discountId, usedBesides(use, row, returned));
  }
  writeLines(work, lines);
  await work.flush();
}

/**
 * Gives lines of a draft back what its discounts took, as if none had been taken yet; what lines bring of their own stays.
 * The lines are changed in place; all is written at once.
 */
export async function undrawDiscounts(work: Work, invoice: Draft, lines: readonly InvoiceLineRow[]): Promise<void> {
  const { organizationId, id: invoiceId } = invoice;
  const shares = await work.find(InvoiceLineDiscountEntity, { organizationId, invoiceId });
  for (const { invoiceLineId, amount } of shares) {
    const line = lines.find((one) => one.id === invoiceLineId);
    if (line) line.discountAmount -= amount;
  }
  // A discount that came to nothing of a line left its step there, and no share.
  const drawn = lines.filter((line) => line.discountAmount === 0n && discountStepsOf(line.derivation).length > 0);
  for (const line of drawn) line.derivation = withDiscountSteps(line.derivation, []);
  if (shares.length > 0) {
    await work.rows('delete from invoice_line_discounts where organization_id = $1 and invoice_id = $2', [
      organizationId,
      invoiceId,
    ]);
  }
  writeLines(work, drawn);
  await work.flush();
}

function writeLines(work: Work, lines: readonly InvoiceLineRow[]): void {
  for (const { organizationId, id, discountAmount, derivation } of lines) {
    work.update(InvoiceLineEntity, { organizationId, id, discountAmount, derivation });
  }
}

/** Lines that had waited and the others may each have taken of the same discount: what the first took, the second has not. */
function usedBesides(use: DiscountUse, { amount, consumes }: InvoiceDiscountRow, returned: bigint): DiscountUse {
  const isUsed = consumes && amount + returned > 0n;
  return { ...use, usedAmount: use.usedAmount + amount - returned, usedTimes: use.usedTimes + (isUsed ? 1 : 0) };
}

/** What is taken off by hand is of this invoice alone. */
const unused: DiscountUse = { usedAmount: 0n, usedTimes: 0, coveredUntil: null, periodUsed: 0n };

/** What a discount may take of a draft: what it was offered, unless other invoices took it since. */
function offerAnew(row: InvoiceDiscountRow, terms: DiscountTerms, others: DiscountUse): Discount | null {
  if (row.consumes && isGivenBy(terms, others)) return null;
  if (terms.kind === 'percentage') return { kind: 'percentage', percent: terms.percent! };
  const left = leftOf(terms, others.usedAmount) + row.returned;
  const amountMinor = row.offered! < left ? row.offered! : left;
  return amountMinor > 0n ? { kind: 'fixed', amountMinor } : null;
}

/** Whether other invoices have had all the times of it. */
function isGivenBy(terms: DiscountTerms, { usedTimes }: DiscountUse): boolean {
  if (terms.frequency === 'repeating') return usedTimes >= (terms.periods ?? 0);
  return terms.frequency === 'once' && terms.kind === 'percentage' && usedTimes > 0;
}
