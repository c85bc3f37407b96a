import type { Work } from '../../platform/work.ts';
import { loadBalances } from '../credits/index.ts';
import { loadTaxRates } from '../tax/index.ts';
import { replaceTaxes } from './draft-lines.ts';
import { computeTotals, type Finalizing, noTotals, postFinalization, seal, settleTotals } from './finalization.ts';
import { endGrace } from './grace.ts';
import { type HeldInvoice, holdInvoice } from './hold-invoices.ts';
import { invoiceFact } from './invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceRow } from './invoicing.entities.ts';
import { nextStatus } from './invoicing.lifecycle.ts';
import { loadIssuers } from './issuers.ts';
import { findUnpaid, settleReversed, thawReversed } from './settle-reversed.ts';

/**
 * Makes a draft final, at its account's present instant: taxes as of now, credit spent, numbered, frozen, posted. Open, or
 * paid at once when nothing is due. NOT_FOUND, INVALID_STATE unless it is a draft.
 */
export async function finalizeInvoice(work: Work, input: { id: string }): Promise<InvoiceRow> {
  return finalizeHeld(work, await holdInvoice(work, input.id));
}

/** The same for one that is held; `asOf`: as of this instant of its account. */
export async function finalizeHeld(work: Work, held: HeldInvoice, asOf?: Date): Promise<InvoiceRow> {
  nextStatus(held.invoice.status, 'finalize', ['input', 'id']);
  const one = await beginFinalizing(work, held, asOf);
  const { invoice, at } = one;
  const { organizationId, currency } = invoice;
  const rates = await loadTaxRates(work, [organizationId]);
  const key = { organizationId, accountId: invoice.billToAccountId, currency };
  const balances = await loadBalances(work, [key]);
  computeTotals(one, rates);
  // Lines and taxes are written while the invoice is still a draft: afterwards the database refuses.
  await replaceTaxes(work, one);
  await thawReversed(work, [one], balances);
  const unpaid = await findUnpaid(work, [one]);
  settleTotals(one, balances);
  settleReversed(work, one, unpaid, balances);
  seal(work, [one]);
  invoice.updatedAt = at;
  balances.save(work);
  work.update(InvoiceEntity, finalizedColumns(invoice));
  postFinalization(work, one);
  const { subscriptionIds } = held.invoice;
  work.announce(
    invoiceFact('invoice.finalized', invoice, subscriptionIds, at, { status: { old: 'draft', new: invoice.status } }),
  );
  if (invoice.status === 'paid') work.announce(invoiceFact('invoice.paid', invoice, subscriptionIds, at));
  return invoice;
}

async function beginFinalizing(work: Work, held: HeldInvoice, asOf?: Date): Promise<Finalizing> {
  await endGrace(work, held.invoice);
  const { invoice, account, billTo } = held;
  const { organizationId, id, legalEntityId } = invoice;
  const issuers = await loadIssuers(work, [organizationId]);
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  return {
    invoice,
    lines,
    taxes: [],
    totals: noTotals,
    issuer: issuers.of(organizationId, legalEntityId),
    billTo,
    timezone: account.timezone,
    at: asOf ?? account.now,
  };
}

/** What finalizing changes, but for the number and the hash that hold it. */
function finalizedColumns(invoice: InvoiceRow): Partial<InvoiceRow> {
  const { organizationId, id, status, subtotal, discountTotal, taxTotal } = invoice;
  const { taxIncluded, carriedToCredit, total, creditsApplied, issuer, buyer, dueAt, finalizedAt, paidAt, updatedAt } =
    invoice;
  return {
    ...{ organizationId, id, status, subtotal, discountTotal, taxTotal },
    ...{ taxIncluded, carriedToCredit, total, creditsApplied, issuer, buyer, dueAt, finalizedAt, paidAt },
    updatedAt,
  };
}
