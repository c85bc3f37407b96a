import { DomainError } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { loadSpendable } from '../../credits/index.ts';
import { askedLines, type TaxPending, type TaxPendingReason } from '../../tax/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceRow } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { loadIssuers } from '../issuers/issuers.ts';
import { taxQuestion } from '../issuing/compute-invoice.ts';
import {
  computeTotals,
  type Finalizing,
  noTotals,
  postFinalization,
  seal,
  settleTotals,
} from '../issuing/finalization.ts';
import { renewIssued } from '../issuing/issued-invoices.ts';
import { findUnpaid, settleReversed, thawReversed } from '../issuing/settle-reversed.ts';
import { loadTaxGround } from '../issuing/tax-ground.ts';
import { closeTaxation, endTaxation, isTold, readTaxation } from '../issuing/taxations.ts';
import { findDebtsBehindHolds, freeHeld } from '../settlement/free-held.ts';
import { type HeldInvoice, holdInvoice } from '../settlement/hold-invoices.ts';
import { replaceTaxes } from './draft-lines.ts';
import { endGrace } from './grace.ts';

/**
 * Makes a draft final, at its account's present instant: taxes as of now, credit spent, numbered, frozen, posted. Open, or
 * paid at once when nothing is due. NOT_FOUND, INVALID_STATE unless it is a draft, TAX_PENDING while its tax is not known.
 */
export async function finalizeInvoice(work: Work, input: { id: string }): Promise<InvoiceRow> {
  const held = await holdInvoice(work, input.id);
  const pending = await finalizeHeld(work, held);
  if (pending === null) return held.invoice;
  throw new DomainError('TAX_PENDING', pending.problem ?? pendingWords[pending.reason], { path: ['input', 'id'] });
}

const pendingWords: Record<TaxPendingReason, string> = {
  tax_id:
    'The register has not confirmed the VAT id of the buyer yet. Wait for its answer, or decide what the id counts as.',
  region: 'The address of the buyer does not say in which region it is, which the tax depends on.',
  no_rate: 'The issuer is registered for tax there, but no rate holds: create one.',
  provider: 'The tax service has not answered for this invoice yet; it is being asked.',
  refused: 'The tax service cannot tax this invoice as it is; its tax problem says why.',
  taken_back: 'It takes back a line of a draft whose own tax is not known yet.',
};

/**
 * The same for one that is held; `asOf`: as of this instant of its account. One that waited for its tax is dated and taxed so, but due
 * from now on, and it spends the credit of now: nobody could have paid it before. Answers why its tax is not known, with nothing
 * done; null once it is final.
 */
export async function finalizeHeld(work: Work, held: HeldInvoice, asOf?: Date): Promise<TaxPending | null> {
  nextStatus(held.invoice.status, 'finalize', ['input', 'id']);
  const one = await readForFinalizing(work, held, asOf);
  const { invoice, at } = one;
  const { organizationId, currency } = invoice;
  const ground = await loadTaxGround(work, invoice, one);
  const key = { organizationId, accountId: invoice.billToAccountId, currency };
  computeTotals(one, ground);
  if (one.pending !== null) return one.pending;
  const awaited = (await readTaxation(work, invoice))?.finalizeAt ?? null;
  if (awaited) one.settledAt = held.account.now;
  await endGrace(work, invoice);
  // An answer that was not needed in the end, since all that was asked about is free now, is no sale that the service knows of.
  const isAnswered = one.issuer.taxProvider !== 'manual' && askedLines(taxQuestion(one, one.lines)).length > 0;
  if (isAnswered) await closeTaxation(work, invoice);
  else await endTaxation(work, invoice);
  // Lines and taxes are written while the invoice is still a draft: afterwards the database refuses.
  await replaceTaxes(work, one);
  const unpaid = await findUnpaid(work, [one]);
  const credit = await loadSpendable(work, [key]);
  const { balances } = credit;
  await thawReversed(work, [one], balances);
  const spentAt = one.settledAt ?? at;
  const debts = await findDebtsBehindHolds(work, credit, spentAt, unpaid.invoices);
  freeHeld(work, credit, debts, key, spentAt);
  settleTotals(one, balances);
  settleReversed(work, one, unpaid, balances);
  seal(work, [one]);
  invoice.updatedAt = at;
  balances.save(work);
  work.update(InvoiceEntity, finalizedColumns(invoice));
  postFinalization(work, one);
  renewIssued(work, one);
  const { subscriptionIds } = held.invoice;
  const change = { status: { old: 'draft', new: invoice.status } };
  const fact = invoiceFact('invoice.finalized', invoice, subscriptionIds, at, change);
  if (isTold(one)) fact.data.taxTold = true;
  if (awaited) fact.data.taxAwaitedUntil = held.account.now.toISOString();
  work.announce(fact);
  if (invoice.status === 'paid') work.announce(invoiceFact('invoice.paid', invoice, subscriptionIds, at));
  return null;
}

async function readForFinalizing(work: Work, held: HeldInvoice, asOf?: Date): Promise<Finalizing> {
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
    pending: null,
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
