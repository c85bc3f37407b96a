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
import { openLines, takeOff } from './draw-discounts.ts';
import { type DiscountTerms, type DiscountUse, keepsBack, linesFor, unusedDiscount } from './invoice-discount.ts';
import { leftOf } from './offers.ts';
import { returnedBy } from './returned-discounts.ts';

interface Draft {
  organizationId: string;
  id: string;
}

/**
 * Takes the discounts that a draft was made with off the lines that it has now, in the same order, and never more than
 * other invoices left of them. Lines to be kept stay as they are. The lines are changed in place; all is written at once.
 */
export async function redrawDiscounts(
  work: Work,
  invoice: Draft,
  lines: readonly InvoiceLineRow[],
  keep: ReadonlySet<string> = new Set(),
): Promise<void> {
  const { organizationId, id: invoiceId } = invoice;
  const kept = await undrawDiscounts(work, invoice, lines, keep);
  const rows = await work.find(InvoiceDiscountEntity, { organizationId, invoiceId }, { position: 'asc' });
  const drawing = rows.filter((row) => row.skipped == null);
  if (drawing.length === 0) return;
  const uses = await discountUses(
    work,
    drawing.flatMap((row) => row.discountId ?? []),
    invoiceId,
  );
  const open = openLines(lines);
  open.left = open.left.map((left, index) => (keep.has(lines[index]!.id) ? 0n : left));
  const back = returnedBy(lines).named;
  for (const row of drawing) {
    const terms = row.terms as DiscountTerms;
    const use = uses.get(row.discountId ?? '') ?? unusedDiscount;
    const had = kept.get(row.id) ?? 0n;
    const offer = offerAnew(row, terms, use, had);
    const eligible = offer ? linesFor(terms, lines, open.left) : [];
    const before = row.amount;
    row.amount = 0n;
    if (offer) work.insert(InvoiceLineDiscountEntity, takeOff(open, offer.off, offer.most, eligible, row));
    row.amount += had;
    rebookBack(row, before, use, back.get(row.discountId ?? '') ?? 0n);
    const { amount, returned, forLater } = row;
    work.update(InvoiceDiscountEntity, { organizationId, id: row.id, amount, returned, forLater });
    if (row.discountId) uses.set(row.discountId, usedBesides(use, row));
  }
  writeLines(work, lines);
  await work.flush();
}

/**
 * Gives lines of a draft back what its discounts took, as if none had been taken yet; what lines bring of their own stays.
 * The lines are changed in place; all is written at once. Lines to be kept stay as they are: answers what they have, by the
 * ids of the invoice's discounts.
 */
export async function undrawDiscounts(
  work: Work,
  invoice: Draft,
  lines: readonly InvoiceLineRow[],
  keep: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<string, bigint>> {
  const { organizationId, id: invoiceId } = invoice;
  const all = await work.find(InvoiceLineDiscountEntity, { organizationId, invoiceId });
  const kept = new Map<string, bigint>();
  for (const { invoiceLineId, invoiceDiscountId: id, amount } of all) {
    if (keep.has(invoiceLineId)) kept.set(id, (kept.get(id) ?? 0n) + amount);
  }
  const shares = all.filter(({ invoiceLineId }) => !keep.has(invoiceLineId));
  for (const { invoiceLineId, amount } of shares) {
    const line = lines.find((one) => one.id === invoiceLineId);
    if (line) line.discountAmount -= amount;
  }
  // A discount that came to nothing of a line left its step there, and no share.
  const drawn = lines.filter((line) => line.discountAmount === 0n && discountStepsOf(line.derivation).length > 0);
  for (const line of drawn) line.derivation = withDiscountSteps(line.derivation, []);
  if (shares.length > 0) {
    await work.rows(
      `delete from invoice_line_discounts where organization_id = $1 and invoice_id = $2 and invoice_line_id = any($3::uuid[])`,
      [organizationId, invoiceId, `{${shares.map(({ invoiceLineId }) => invoiceLineId).join(',')}}`],
    );
  }
  writeLines(work, drawn);
  await work.flush();
  return kept;
}

function writeLines(work: Work, lines: readonly InvoiceLineRow[]): void {
  for (const { organizationId, id, discountAmount, derivation } of lines) {
    work.update(InvoiceLineEntity, { organizationId, id, discountAmount, derivation });
  }
}

/** Lines that had waited and the others may each have taken of the same discount: what the first took, the second has not. */
function usedBesides(use: DiscountUse, { amount, returned, forLater, consumes }: InvoiceDiscountRow): DiscountUse {
  const isUsed = consumes && amount + returned > 0n;
  return {
    ...use,
    usedAmount: use.usedAmount + amount - returned,
    usedTimes: use.usedTimes + (isUsed ? 1 : 0),
    backAmount: use.backAmount + forLater,
  };
}

/** What a discount may take of a draft besides what kept lines have (`had`): what it was offered, unless other invoices took it since. */
function offerAnew(
  row: InvoiceDiscountRow,
  terms: DiscountTerms,
  others: DiscountUse,
  had: bigint,
): { off: Discount; most: bigint | null } | null {
  if (row.consumes && row.amount === 0n && isGivenBy(terms, others)) return null;
  const back = others.backAmount + row.returned;
  if (terms.kind === 'percentage') {
    const most = row.offered == null ? null : least(row.offered, back) - had;
    return most !== null && most <= 0n ? null : { off: { kind: 'percentage', percent: terms.percent! }, most };
  }
  const amountMinor = least(row.offered!, leftOf(terms, others.usedAmount) + back) - had;
  return amountMinor > 0n ? { off: { kind: 'fixed', amountMinor }, most: null } : null;
}

/** What lines of the draft (`back`) return is there for later invoices, as far as it takes none of it anew. `before`: what it took. */
function rebookBack(row: InvoiceDiscountRow, before: bigint, others: DiscountUse, back: bigint): void {
  const { kind, frequency } = row.terms as DiscountTerms;
  const { amount, offered } = row;
  const given = least(back, row.returned);
  if (!keepsBack({ kind, frequency })) {
    const anew = row.consumes && frequency === 'forever' ? 0n : least(row.returned, amount);
    row.returned = given > anew ? given : anew;
    if (row.forLater > 0n) row.forLater = row.returned;
    return;
  }
  const anewBefore = row.returned - row.forLater;
  // What came back since is not what it took: that was there without it.
  const offeredFresh = (offered ?? 0n) - others.backAmount - row.returned;
  const fresh = anewBefore > 0n || before > offeredFresh ? before - anewBefore : offeredFresh;
  row.returned = given;
  if (kind === 'fixed') row.forLater = given - (amount > fresh ? amount - fresh : 0n);
}

/** Whether other invoices have had all the times of it. */
function isGivenBy(terms: DiscountTerms, { usedTimes }: DiscountUse): boolean {
  if (terms.frequency === 'repeating') return usedTimes >= (terms.periods ?? 0);
  return terms.frequency === 'once' && terms.kind === 'percentage' && usedTimes > 0;
}
