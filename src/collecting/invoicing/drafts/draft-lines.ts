import type { Work } from '../../../platform/work.ts';
import { redrawDiscounts } from '../discounts/redraw-discounts.ts';
import { taxPendingFact } from '../invoice-facts.ts';
import { InvoiceEntity, InvoiceLineEntity, type InvoiceLineRow, InvoiceTaxEntity } from '../invoicing.entities.ts';
import { loadIssuers } from '../issuers/issuers.ts';
import { computeTotals, type Finalizing, noTotals, writeTotals } from '../issuing/finalization.ts';
import type { IssuedInvoice } from '../issuing/issued-invoices.ts';
import { loadTaxGround } from '../issuing/tax-ground.ts';
import { endTaxation, keepTaxation, readTaxation } from '../issuing/taxations.ts';
import type { HeldInvoice } from '../settlement/hold-invoices.ts';

/** Writes the taxes of a draft anew, and each line's share of them, at once. */
export async function replaceTaxes(work: Work, one: Finalizing): Promise<void> {
  const { organizationId, id } = one.invoice;
  await work.rows(`delete from invoice_taxes where organization_id = $1 and invoice_id = $2`, [organizationId, id]);
  work.insert(InvoiceTaxEntity, one.taxes);
  for (const { id: lineId, taxAmount, taxes, derivation } of one.lines) {
    work.update(InvoiceLineEntity, { organizationId, id: lineId, taxAmount, taxes, derivation });
  }
  await work.flush();
}

/** A draft as a verb left it, with what hangs on it. */
export type Redrafted = IssuedInvoice & Pick<Finalizing, 'pending'>;

/**
 * Discounts, totals and taxes of a held draft over the lines it has now; changes the invoice given. Lines to be kept have the discounts
 * that they had. As `rewriteTotals`.
 */
export async function redraft(
  work: Work,
  held: HeldInvoice,
  lines: InvoiceLineRow[],
  keep?: ReadonlySet<string>,
): Promise<Redrafted> {
  await redrawDiscounts(work, held.invoice, lines, keep);
  return rewriteTotals(work, held, lines);
}

/**
 * Totals and taxes of a held draft over the lines it has now, by the rates of now or of `asOf`; changes the invoice
 * given. Where the tax is not known, the draft waits for it (`pending` says why).
 */
export async function rewriteTotals(
  work: Work,
  held: HeldInvoice,
  lines: InvoiceLineRow[],
  options: { asOf?: Date; finalizeAt?: Date } = {},
): Promise<Redrafted> {
  const { invoice, account, billTo } = held;
  const { organizationId, id } = invoice;
  const issuer = (await loadIssuers(work, [organizationId])).of(organizationId, invoice.legalEntityId);
  const { timezone } = account;
  const at = options.asOf ?? account.now;
  const one: Finalizing = { invoice, lines, taxes: [], totals: noTotals, issuer, billTo, timezone, at, pending: null };
  computeTotals(one, await loadTaxGround(work, invoice, one));
  await replaceTaxes(work, one);
  writeTotals(invoice, one.totals);
  invoice.updatedAt = at;
  const { subtotal, discountTotal, taxTotal, taxIncluded, carriedToCredit, total } = invoice;
  const sums = { subtotal, discountTotal, taxTotal, taxIncluded, carriedToCredit, total };
  work.update(InvoiceEntity, { organizationId, id, ...sums, updatedAt: at });
  const known = await readTaxation(work, invoice);
  const finalizeAt = options.finalizeAt ?? known?.finalizeAt ?? null;
  if (one.pending === null && known && issuer.taxProvider === 'manual' && finalizeAt === null) {
    await endTaxation(work, invoice);
  } else if (known || one.pending !== null || issuer.taxProvider !== 'manual') {
    await keepTaxation(work, { ...one, finalizeAt });
    const before = known?.finalizeAt ? known.reason : null;
    const fact = taxPendingFact(invoice, held.invoice.subscriptionIds, {
      at,
      finalizeAt,
      pending: one.pending,
      before,
    });
    if (fact) work.announce(fact);
  }
  return one;
}
