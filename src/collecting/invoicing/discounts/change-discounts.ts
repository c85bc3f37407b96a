import { DomainError, invalidInput, invalidState, notFound } from '../../../platform/errors.ts';
import { newId, toGlobalId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import {
  InvoiceDiscountEntity,
  type InvoiceDiscountRow,
  type InvoiceLineRow,
  type InvoiceRow,
} from '../invoicing.entities.ts';
import type { DiscountTerms } from './invoice-discount.ts';
import { type ManualDiscount, manualTerms, usualName } from './manual-discounts.ts';
import { undrawDiscounts } from './redraw-discounts.ts';

/** Most discounts of one invoice that are not of one line alone. */
export const mostDiscounts = 10;

/** What changes of the discounts by hand of a draft. */
export interface DiscountWishes {
  /** Of lines by their ids, in place of what they have of their own; null: nothing any more. */
  ofLines: ReadonlyMap<string, DiscountTerms | null>;
  /** Of the whole invoice: behind the others. */
  add: readonly { name?: string | null | undefined; off: ManualDiscount }[];
  update: readonly { discountId: string; name?: string | null | undefined; off?: ManualDiscount | null | undefined }[];
  removeIds: readonly string[];
}

/** The discounts of the whole invoice that changed, as they were and as they are, for the history. */
export interface DiscountHistory {
  old: object[];
  new: object[];
}

/**
 * Gives a draft and its lines other discounts by hand. The rows are written, and what they take is computed by the redrawing
 * that follows: first what lines have of their own, then what the invoice has. NOT_FOUND for what is no discount of this
 * invoice, INVALID_STATE for one of a coupon or of one line, LIMIT_EXCEEDED for too many.
 */
export async function changeDiscounts(
  work: Work,
  invoice: InvoiceRow,
  lines: readonly InvoiceLineRow[],
  wishes: DiscountWishes,
): Promise<DiscountHistory> {
  const history: DiscountHistory = { old: [], new: [] };
  const { ofLines, add, update, removeIds } = wishes;
  if (ofLines.size + add.length + update.length + removeIds.length === 0) return history;
  const { organizationId, id: invoiceId } = invoice;
  await undrawDiscounts(work, invoice, lines);
  const rows = await work.find(InvoiceDiscountEntity, { organizationId, invoiceId }, { position: 'asc' });
  const removed = removeIds.map((id, index) => ofWhole(rows, id, ['input', 'removeDiscountIds', `${index}`]));
  history.old.push(...removed.map(told));
  const left = rows.filter((row) => !removed.includes(row) && !ofLines.has(lineOf(row) ?? ''));
  update.forEach((wish, index) => {
    const path = ['input', 'updateDiscounts', `${index}`];
    const row = ofWhole(left, wish.discountId, [...path, 'discountId']);
    history.old.push(told(row));
    if (wish.name) row.couponName = wish.name;
    if (wish.off) Object.assign(row, offering(wholeTerms(invoice, wish.off, [...path, 'off'])));
    history.new.push(told(row));
  });
  const added = add.map(({ name, off }, index) => {
    const path = ['input', 'addDiscounts', `${index}`, 'off'];
    return rowOf(invoice, name ?? usualName, wholeTerms(invoice, off, path));
  });
  history.new.push(...added.map(told));
  // A coupon may have a row for each of the times that fell due on one invoice.
  const ofWholeOnes = new Set([...left, ...added].flatMap((row) => (lineOf(row) ? [] : (row.discountId ?? row.id))));
  if (added.length > 0 && ofWholeOnes.size > mostDiscounts) {
    const message = `At most ${mostDiscounts} discounts are allowed, coupons included.`;
    throw new DomainError('LIMIT_EXCEEDED', message, { path: ['input', 'addDiscounts'] });
  }
  const ofTheirs = [...ofLines.values()].flatMap((terms) => (terms ? [rowOf(invoice, usualName, terms)] : []));
  await work.rows('delete from invoice_discounts where organization_id = $1 and id = any($2::uuid[])', [
    organizationId,
    `{${rows.flatMap((row) => (left.includes(row) ? [] : row.id)).join(',')}}`,
  ]);
  writeInOrder(work, lines, left, [...added, ...ofTheirs]);
  await work.flush();
  return history;
}

/** Those of lines first, in the order of the lines; the others as they were, and new ones behind them. */
function writeInOrder(
  work: Work,
  lines: readonly InvoiceLineRow[],
  kept: readonly InvoiceDiscountRow[],
  fresh: readonly InvoiceDiscountRow[],
): void {
  const place = (row: InvoiceDiscountRow) => lines.find(({ id }) => id === lineOf(row))?.position ?? Infinity;
  const ordered = [...kept, ...fresh].sort((one, other) =>
    place(one) === place(other) ? 0 : place(one) - place(other),
  );
  for (const [index, row] of ordered.entries()) {
    row.position = index + 1;
    const { organizationId, id, position, couponName, terms, offered } = row;
    if (fresh.includes(row)) work.insert(InvoiceDiscountEntity, [row]);
    else work.update(InvoiceDiscountEntity, { organizationId, id, position, couponName, terms, offered });
  }
}

/** The line that a discount by hand is taken off alone. */
const lineOf = ({ discountId, terms }: InvoiceDiscountRow): string | null =>
  discountId ? null : ((terms as DiscountTerms).lineIds?.[0] ?? null);

/** The discount by hand of all lines with this id. */
function ofWhole(rows: readonly InvoiceDiscountRow[], id: string, path: string[]): InvoiceDiscountRow {
  const row = rows.find((one) => one.id === id);
  if (!row) throw notFound(path);
  if (row.discountId) throw invalidState('What a coupon takes off stays.', path);
  if (lineOf(row)) throw invalidInput(path, 'This is taken off one line: change it with that line.');
  return row;
}

const wholeTerms = ({ currency }: InvoiceRow, off: ManualDiscount, path: string[]): DiscountTerms =>
  manualTerms(off, { currency, lineIds: null, path });

const offering = (terms: DiscountTerms) => ({
  terms,
  offered: terms.amount === null ? null : BigInt(terms.amount),
});

function rowOf(
  { organizationId, id: invoiceId, updatedAt }: InvoiceRow,
  name: string,
  terms: DiscountTerms,
): InvoiceDiscountRow {
  return {
    ...{ organizationId, id: newId(), invoiceId, discountId: null, position: 0, couponName: name },
    ...offering(terms),
    ...{
      amount: 0n,
      returned: 0n,
      forLater: 0n,
      coversUntil: null,
      consumes: false,
      skipped: null,
      createdAt: updatedAt,
    },
  };
}

function told({ id, couponName, terms }: InvoiceDiscountRow): object {
  const { amount, percent } = terms as DiscountTerms;
  return { discountId: toGlobalId('invd', id), name: couponName, amount, percent };
}
