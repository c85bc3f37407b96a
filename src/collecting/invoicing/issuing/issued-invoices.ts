import type { Work } from '../../../platform/work.ts';
import type { TaxPending } from '../../tax/index.ts';
import type { InvoiceLineRow, InvoiceRow, InvoiceTaxRow } from '../invoicing.entities.ts';

/** An invoice as a transaction made it, with what hangs on it. */
export interface IssuedInvoice {
  invoice: InvoiceRow;
  lines: readonly InvoiceLineRow[];
  taxes: readonly InvoiceTaxRow[];
  /** Why its tax is not known and not in its sums; null once it is. */
  pending: TaxPending | null;
  /** Whether it is a draft whose lines wait for the next invoice, and are asked for by nobody until then. */
  waits?: boolean;
  /** When it is issued, on the account's clock: a draft whose lines had waited is older. */
  at: Date;
}

const issuedBy = new WeakMap<Work, IssuedInvoice[]>();

/** Keeps what a transaction issues for whoever shows it before it is written, or compares it with what was promised. */
export function rememberIssued(work: Work, invoices: readonly IssuedInvoice[]): void {
  const known = issuedBy.get(work);
  if (known) known.push(...invoices);
  else issuedBy.set(work, [...invoices]);
}

/** What the transaction made is final now, or otherwise than it made it: who shows it sees it so. Others are let be. */
export function renewIssued(
  work: Work,
  { invoice, lines, taxes, pending }: Pick<IssuedInvoice, 'invoice' | 'lines' | 'taxes' | 'pending'>,
): void {
  const known = issuedBy.get(work)?.find((one) => one.invoice.id === invoice.id);
  if (known) Object.assign(known, { invoice, lines, taxes, pending });
}

/** All invoices, drafts too, that this transaction has made so far, in their order. */
export function issuedInvoices(work: Work): readonly IssuedInvoice[] {
  return issuedBy.get(work) ?? [];
}

/**
 * What invoices ask of whom and for what, as plain JSON: equal for two runs that bill the same, whenever and under
 * whatever ids and numbers they do.
 */
export function substanceOf(issued: readonly IssuedInvoice[]): unknown {
  return issued.map(({ invoice, lines, taxes, pending }) => ({
    billTo: invoice.billToAccountId,
    currency: invoice.currency,
    status: invoice.status,
    ...(pending === null ? {} : { pending: pending.reason }),
    sums: [invoice.subtotal, invoice.discountTotal, invoice.taxTotal, invoice.taxIncluded, invoice.carriedToCredit],
    total: invoice.total,
    creditsApplied: invoice.creditsApplied,
    lines: lines.map((line) => ({
      of: [line.kind, line.accountId, line.priceId, line.component, line.description],
      period: [line.periodStart, line.periodEnd],
      price: [line.quantity, line.unitAmount, line.amount, line.discountAmount, line.taxAmount],
      takesBack: line.reversesLineId !== null,
    })),
    taxes: taxes.map((tax) => [tax.name, tax.percent, tax.inclusive, tax.taxable, tax.amount]),
  }));
}
