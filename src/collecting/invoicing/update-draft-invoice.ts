import { changedValues, changeOf } from '../../accounts/index.ts';
import { currencyMismatch, DomainError, invalidInput, invalidState, notFound } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { chargeOf } from './charge-line.ts';
import { makeLines } from './compute-invoice.ts';
import { rewriteTotals } from './draft-lines.ts';
import { type HeldInvoice, holdInvoice } from './hold-invoices.ts';
import { invoiceFact } from './invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceLineRow, type InvoiceRow } from './invoicing.entities.ts';
import { type UpdateDraftInvoiceInput, updateDraftInvoiceInput } from './invoicing.inputs.ts';
import { withAdjustment } from './line-derivation.ts';

type Input = ReturnType<typeof updateDraftInvoiceInput.parse>;
const mostLines = 250;

/**
 * Changes a draft: adds and removes lines, memo, terms; totals and taxes follow. A waiting charge whose line is removed
 * waits again. NOT_FOUND, INVALID_STATE unless it is a draft, INVALID_INPUT if no line would be left.
 */
export async function updateDraftInvoice(work: Work, given: UpdateDraftInvoiceInput): Promise<InvoiceRow> {
  const input = readInput(updateDraftInvoiceInput, given);
  const held = await holdInvoice(work, input.id);
  const { invoice, account } = held;
  if (invoice.status !== 'draft')
    throw invalidState(`An invoice that is ${invoice.status} cannot be changed.`, ['input', 'id']);
  const { organizationId, id, subscriptionIds } = invoice;
  const lines = await changeLines(work, held, input);
  const { now: at } = account;
  const before = { ...invoice };
  await rewriteTotals(work, held, lines);
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
  work.announce(invoiceFact('invoice.updated', invoice, subscriptionIds, at, { ...change, ...totals }));
  return invoice;
}

/** The lines after the change; new ones follow the others. Written at once. */
async function changeLines(work: Work, { invoice, account }: HeldInvoice, input: Input): Promise<InvoiceLineRow[]> {
  const { organizationId, id } = invoice;
  const stored = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  const removed = new Set(input.removeLineIds ?? []);
  (input.removeLineIds ?? []).forEach((lineId, index) => {
    const line = stored.find((one) => one.id === lineId);
    const path = ['input', 'removeLineIds', String(index)];
    if (!line) throw notFound(path);
    if (line.subscriptionId) throw invalidState('A line of a subscription stays on its invoice.', path);
  });
  const kept = stored.filter((line) => !removed.has(line.id));
  const charges = (input.addLines ?? []).map((line, index) =>
    chargeOf(account.id, invoice.currency, line, ['input', 'addLines', String(index)]),
  );
  const added = makeLines({ ...invoice, createdAt: account.now }, charges, (stored.at(-1)?.position ?? 0) + 1);
  adjustLines(work, invoice, kept, input.updateLines ?? []);
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
  return lines;
}

/**
 * Gives lines another amount or text; the period stays, so nothing is billed twice. The derivation keeps what the line was
 * before, and a refresh keeps the adjustment.
 */
function adjustLines(
  work: Work,
  invoice: InvoiceRow,
  lines: readonly InvoiceLineRow[],
  wanted: NonNullable<Input['updateLines']>,
): void {
  wanted.forEach(({ lineId, amount: money, description }, index) => {
    const path = ['input', 'updateLines', String(index)];
    const line = lines.find((one) => one.id === lineId);
    if (!line) throw notFound([...path, 'lineId']);
    if (line.reversesLineId) throw invalidState('A line that takes another one back stays as it is.', path);
    if (description) line.description = description;
    if (money) {
      const amountPath = [...path, 'amount'];
      if (money.currency !== invoice.currency)
        throw currencyMismatch([...amountPath, 'currency'], `The invoice is in ${invoice.currency}.`);
      if (money.amountMinor < 0n && line.kind !== 'adjustment')
        throw invalidInput([...amountPath, 'amountMinor'], 'Only an adjustment may be negative.');
      const { quantity, unitAmount, amount } = line;
      const derivation = line.derivation as Record<string, unknown>;
      const from = derivation.adjustedFrom ?? { quantity, unitAmount, amount: amount.toString() };
      const unit = money.amountMinor.toString();
      line.derivation = withAdjustment({ ...derivation, adjustedFrom: from }, money.amountMinor, line.currency);
      Object.assign(line, { amount: money.amountMinor, quantity: '1', unitAmount: unit });
    }
    const { organizationId, id, amount, quantity, unitAmount, derivation } = line;
    const changed = { amount, quantity, unitAmount, derivation, description: line.description };
    work.update(InvoiceLineEntity, { organizationId, id, ...changed });
  });
}
