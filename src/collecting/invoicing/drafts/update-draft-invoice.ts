import { changedValues, changeOf } from '../../../accounts/index.ts';
import { DomainError, invalidInput, invalidState, notFound } from '../../../platform/errors.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { chargeOf } from '../charges/charge-line.ts';
import { changeDiscounts, type DiscountHistory } from '../discounts/change-discounts.ts';
import type { DiscountTerms } from '../discounts/invoice-discount.ts';
import { checkLineDiscount, type ManualDiscount, manualTerms } from '../discounts/manual-discounts.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceLineRow, type InvoiceRow } from '../invoicing.entities.ts';
import { makeLines } from '../issuing/compute-invoice.ts';
import { type HeldInvoice, holdInvoice } from '../settlement/hold-invoices.ts';
import { adjustPrice, fieldOf } from './adjust-price.ts';
import { type Redrafted, redraft } from './draft-lines.ts';
import { type UpdateDraftInvoiceInput, updateDraftInvoiceInput } from './drafting.inputs.ts';
import { refuseAgainstGivenBack } from './given-back.ts';
import { refuseOfWaiting } from './refuse-waiting.ts';

type Input = ReturnType<typeof updateDraftInvoiceInput.parse>;
const mostLines = 250;

/**
 * Changes a draft: lines, discounts by hand, memo, terms; totals and taxes follow. A waiting charge whose line is removed
 * waits again. NOT_FOUND, INVALID_STATE unless it is a draft and for a line that would ask for less than was given back of
 * it, or for more once anything was, or for terms and discounts of lines that wait for the next invoice; INVALID_INPUT if no
 * line would be left.
 */
export async function updateDraftInvoice(work: Work, given: UpdateDraftInvoiceInput): Promise<InvoiceRow> {
  return (await changeDraft(work, given)).invoice;
}

/** The same with what the draft has come to, for whoever shows it before it is written. */
export async function changeDraft(work: Work, given: UpdateDraftInvoiceInput): Promise<Redrafted> {
  const input = readInput(updateDraftInvoiceInput, given);
  const held = await holdInvoice(work, input.id);
  const { invoice, account } = held;
  if (invoice.status !== 'draft')
    throw invalidState(`An invoice that is ${invoice.status} cannot be changed.`, ['input', 'id']);
  await refuseOfWaiting(work, invoice, input);
  const { organizationId, id, subscriptionIds } = invoice;
  const changed: LineChange = { old: [], new: [] };
  const { now: at } = account;
  const before = { ...invoice };
  const { lines, discounts, asked } = await changeLines(work, held, input, changed);
  const redrafted = await redraft(work, held, lines);
  await refuseAgainstGivenBack(work, lines, asked, (lineId) => pathOfChange(input, lineId));
  const wanted: Partial<InvoiceRow> = {
    memo: input.memo,
    purchaseOrderNumber: input.purchaseOrderNumber,
    ...(input.customFields == null ? {} : { customFields: input.customFields }),
    ...(input.netDays == null ? {} : { netDays: input.netDays }),
    ...(input.autoCollect == null ? {} : { collection: input.autoCollect ? 'automatic' : 'manual' }),
    ...(input.metadata == null ? {} : { metadata: input.metadata }),
  };
  const change = changeOf<InvoiceRow>(before, wanted);
  Object.assign(invoice, change ? changedValues<InvoiceRow>(change) : {}, { updatedAt: at });
  const { total } = invoice;
  work.update(InvoiceEntity, {
    organizationId,
    id,
    ...(change ? changedValues<InvoiceRow>(change) : {}),
    updatedAt: at,
  });
  const totals = before.total === total ? {} : { total: { old: before.total.toString(), new: total.toString() } };
  const moved = changed.old.length + changed.new.length > 0 ? { lines: changed } : {};
  const reduced = discounts.old.length + discounts.new.length > 0 ? { discounts } : {};
  const history = { ...change, ...totals, ...moved, ...reduced };
  work.announce(invoiceFact('invoice.updated', invoice, subscriptionIds, at, history));
  return redrafted;
}

/** Which part of the input changes what a line comes to: its own wish, else what moves discounts of all lines. */
function pathOfChange(input: Input, lineId: string): string[] {
  const { updateLines, addDiscounts, updateDiscounts, addLines, removeLineIds } = input;
  const index = updateLines?.findIndex((wish) => wish.lineId === lineId) ?? -1;
  const wish = updateLines?.[index];
  if (wish) {
    const path = ['input', 'updateLines', String(index)];
    const priced = [wish.amount, wish.quantity, wish.unitAmount, wish.unitPrice].some((one) => one != null);
    if (priced) return [...path, wish.amount ? 'amount' : fieldOf(wish)];
    if (wish.discount) return [...path, 'discount'];
  }
  const others = { addDiscounts, updateDiscounts, addLines, removeLineIds };
  const field = Object.entries(others).find(([, given]) => given?.length)?.[0];
  return ['input', field ?? 'id'];
}

/** What became of lines, for the history: all that changed, as it was and as it is. */
interface LineChange {
  old: object[];
  new: object[];
}

const told = ({ id, description, quantity, unitAmount, amount }: InvoiceLineRow) => ({
  ...{ lineId: toGlobalId('il', id), description, quantity, unitAmount, amount: amount.toString() },
});

/** The lines after the change, new ones behind the others, what they asked for before, and what became of discounts. Written at once. */
async function changeLines(
  work: Work,
  { invoice, account }: HeldInvoice,
  input: Input,
  changed: LineChange,
): Promise<{ lines: InvoiceLineRow[]; discounts: DiscountHistory; asked: ReadonlyMap<string, bigint> }> {
  const { organizationId, id, currency } = invoice;
  const stored = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  const asked = new Map(stored.map((line) => [line.id, line.amount]));
  const removed = new Set(input.removeLineIds ?? []);
  (input.removeLineIds ?? []).forEach((lineId, index) => {
    const line = stored.find((one) => one.id === lineId);
    const path = ['input', 'removeLineIds', String(index)];
    if (!line) throw notFound(path);
    if (line.subscriptionId) throw invalidState('A line of a subscription stays on its invoice.', path);
    changed.old.push(told(line));
  });
  const kept = stored.filter((line) => !removed.has(line.id));
  const charges = (input.addLines ?? []).map((line, index) =>
    chargeOf(account.id, currency, line, ['input', 'addLines', String(index)]),
  );
  const added = makeLines({ ...invoice, createdAt: account.now }, charges, (stored.at(-1)?.position ?? 0) + 1);
  changed.new.push(...added.map(told));
  const discounts = adjustLines(work, invoice, kept, input.updateLines ?? [], changed);
  input.addLines?.forEach(({ discount }, index) => {
    const path = ['input', 'addLines', String(index), 'discount'];
    if (discount) discounts.set(added[index]!.id, discountOf(added[index]!, discount, path));
  });
  const lines = [...kept, ...added];
  if (lines.length === 0) throw invalidInput(['input', 'removeLineIds'], 'An invoice needs at least one line.');
  if (lines.length > mostLines && added.length > 0) {
    throw new DomainError('LIMIT_EXCEEDED', `An invoice may have at most ${mostLines} lines.`, {
      path: ['input', 'addLines'],
    });
  }
  if (removed.size > 0) {
    await work.rows(
      `delete from invoice_lines where organization_id = $1 and invoice_id = $2 and id = any($3::uuid[])`,
      [organizationId, id, `{${[...removed].join(',')}}`],
    );
  }
  work.insert(InvoiceLineEntity, added);
  await work.flush();
  const history = await changeDiscounts(work, invoice, lines, {
    ofLines: discounts,
    add: input.addDiscounts ?? [],
    update: input.updateDiscounts ?? [],
    removeIds: input.removeDiscountIds ?? [],
  });
  return { lines, discounts: history, asked };
}

/**
 * Gives lines another price, text or discount of their own; the period stays, so nothing is billed twice. The derivation keeps
 * what the line was before, and a refresh keeps the adjustment. Answers the discounts by line.
 */
function adjustLines(
  work: Work,
  invoice: InvoiceRow,
  lines: readonly InvoiceLineRow[],
  wanted: NonNullable<Input['updateLines']>,
  changed: LineChange,
): Map<string, DiscountTerms | null> {
  const discounts = new Map<string, DiscountTerms | null>();
  wanted.forEach((wish, index) => {
    const path = ['input', 'updateLines', String(index)];
    const line = lines.find((one) => one.id === wish.lineId);
    if (!line) throw notFound([...path, 'lineId']);
    if (line.reversesLineId) throw invalidState('A line that takes another one back stays as it is.', path);
    changed.old.push(told(line));
    if (wish.description) line.description = wish.description;
    adjustPrice(line, invoice.currency, wish, path);
    if (wish.discount) discounts.set(line.id, discountOf(line, wish.discount, [...path, 'discount']));
    else if (wish.removeDiscount) discounts.set(line.id, null);
    const { organizationId, id, amount, quantity, unitAmount, derivation, description } = line;
    changed.new.push(told(line));
    work.update(InvoiceLineEntity, { organizationId, id, amount, quantity, unitAmount, derivation, description });
  });
  return discounts;
}

function discountOf(line: InvoiceLineRow, off: ManualDiscount, path: string[]): DiscountTerms {
  checkLineDiscount(line.amount, off, path);
  return manualTerms(off, { currency: line.currency, lineIds: [line.id], path });
}
