import { changedValues, changeOf } from '../../accounts/index.ts';
import { DomainError, invalidInput, invalidState, notFound } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { loadTaxRates } from '../tax/index.ts';
import { chargeOf } from './charge-line.ts';
import { makeLines } from './compute-invoice.ts';
import { replaceTaxes } from './draft-lines.ts';
import { computeTotals, type Finalizing, noTotals, writeTotals } from './finalization.ts';
import { type HeldInvoice, holdInvoice } from './hold-invoices.ts';
import { invoiceFact } from './invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceLineRow, type InvoiceRow } from './invoicing.entities.ts';
import { type UpdateDraftInvoiceInput, updateDraftInvoiceInput } from './invoicing.inputs.ts';
import { loadIssuers } from './issuers.ts';
import { redrawDiscounts } from './redraw-discounts.ts';

type Input = ReturnType<typeof updateDraftInvoiceInput.parse>;
const mostLines = 250;

/**
 * Changes a draft: adds and removes lines, memo, terms; totals and taxes follow. A waiting charge whose line is removed
 * waits again. NOT_FOUND, INVALID_STATE unless it is a draft, INVALID_INPUT if no line would be left.
 */
export async function updateDraftInvoice(work: Work, given: UpdateDraftInvoiceInput): Promise<InvoiceRow> {
  const input = readInput(updateDraftInvoiceInput, given);
  const held = await holdInvoice(work, input.id);
  const { invoice, account, billTo } = held;
  if (invoice.status !== 'draft')
    throw invalidState(`An invoice that is ${invoice.status} cannot be changed.`, ['input', 'id']);
  const { organizationId, id, subscriptionIds } = invoice;
  const lines = await changeLines(work, held, input);
  await redrawDiscounts(work, invoice, lines);
  const issuers = await loadIssuers(work, [organizationId], [invoice.legalEntityId]);
  const issuer = issuers.of(organizationId, invoice.legalEntityId);
  const { timezone, now: at } = account;
  const one: Finalizing = { invoice, lines, taxes: [], totals: noTotals, issuer, billTo, timezone, at };
  computeTotals(one, await loadTaxRates(work, [organizationId]));
  await replaceTaxes(work, one);
  const before = { ...invoice };
  writeTotals(invoice, one.totals);
  const wanted: Partial<InvoiceRow> = {
    memo: input.memo,
    ...(input.netDays == null ? {} : { netDays: input.netDays }),
    ...(input.autoCollect == null ? {} : { collection: input.autoCollect ? 'automatic' : 'manual' }),
    ...(input.metadata == null ? {} : { metadata: input.metadata }),
  };
  const change = changeOf<InvoiceRow>(before, wanted);
  Object.assign(invoice, change ? changedValues<InvoiceRow>(change) : {}, { updatedAt: at });
  const { subtotal, discountTotal, taxTotal, taxIncluded, carriedToCredit, total } = invoice;
  const sums = { subtotal, discountTotal, taxTotal, taxIncluded, carriedToCredit, total };
  work.update(InvoiceEntity, {
    organizationId,
    id,
    ...sums,
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
