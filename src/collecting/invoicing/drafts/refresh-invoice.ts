import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { takeWaitingCharges } from '../charges/waiting-charges.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { ChargeEntity, InvoiceLineEntity, type InvoiceRow } from '../invoicing.entities.ts';
import { makeLines } from '../issuing/compute-invoice.ts';
import { holdInvoice } from '../settlement/hold-invoices.ts';
import { redraft } from './draft-lines.ts';
import { loadGivenBack } from './given-back.ts';

/**
 * Brings a draft up to date: waiting charges that are due join it, and tax is computed anew by the rates, issuer and buyer of
 * now: made final at this instant, it bills that. Its lines stay as they are, adjusted ones too, and so do the periods they bill:
 * a published price and an agreed one never change, and what changes of a subscription bills for itself. Where charges join, the discounts
 * that it was made with are taken anew, no more than other invoices left of them, but for lines of which time was given back. NOT_FOUND,
 * INVALID_STATE unless it is a draft.
 */
export async function refreshInvoice(work: Work, input: { id: string }): Promise<InvoiceRow> {
  const held = await holdInvoice(work, input.id);
  const { invoice, account, billTo } = held;
  const { organizationId, id, currency } = invoice;
  if (invoice.status !== 'draft')
    throw invalidState(`An invoice that is ${invoice.status} cannot be refreshed.`, ['input', 'id']);
  const at = account.now;
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  const { collection, netDays, reason } = invoice;
  const request = {
    ...{ account, billTo, currency, at, netDays, charges: [], finalize: false, includeWaiting: true },
    collection: collection as 'automatic' | 'manual',
    reason: reason as 'manual',
  };
  const waiting = (await takeWaitingCharges(work, [request])).get(request) ?? [];
  const drafts = waiting.map((charge) => charge.draft);
  const added = makeLines({ ...invoice, createdAt: at }, drafts, (lines.at(-1)?.position ?? 0) + 1);
  work.insert(InvoiceLineEntity, added);
  waiting.forEach((charge, index) => {
    work.update(ChargeEntity, { organizationId, id: charge.id, invoiceLineId: added[index]!.id, updatedAt: at });
  });
  await work.flush();
  const before = invoice.total;
  const givenBack = await loadGivenBack(work, lines);
  // Without a new line discounts are what finalizing keeps; what was given back was so less its discount.
  const keep = added.length > 0 ? givenBack.keys() : lines.map((line) => line.id);
  await redraft(work, held, [...lines, ...added], new Set(keep));
  const change = before === invoice.total ? undefined : { total: { old: `${before}`, new: `${invoice.total}` } };
  work.announce(invoiceFact('invoice.updated', invoice, invoice.subscriptionIds, at, change));
  return invoice;
}
