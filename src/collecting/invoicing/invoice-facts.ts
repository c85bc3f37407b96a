import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import type { TaxPending, TaxPendingReason } from '../tax/index.ts';
import type { InvoiceLineRow, InvoiceRow } from './invoicing.entities.ts';

export type InvoiceFactType =
  | 'invoice.drafted'
  | 'invoice.updated'
  | 'invoice.tax_pending'
  | 'invoice.deleted'
  | 'invoice.finalized'
  | 'invoice.payment_applied'
  | 'invoice.credited'
  | 'invoice.paid'
  | 'invoice.reopened'
  | 'invoice.voided'
  | 'invoice.uncollectible';

/** What a fact about an invoice tells: ids, statuses, amounts in minor units as text. */
export interface InvoiceFactData extends Record<string, unknown> {
  invoiceId: string;
  number: string | null;
  status: string;
  accountId: string;
  billToAccountId: string;
  currency: string;
  total: string;
  amountDue: string;
  amountPaid: string;
  collection: string;
  reason: string;
  paymentMethodId: string | null;
  dueAt: string | null;
  subscriptionIds: string[];
}

/** A fact about an invoice as it is now. `at` is the instant on the account's clock. */
export function invoiceFact(
  type: InvoiceFactType,
  invoice: InvoiceRow,
  subscriptionIds: readonly string[],
  at: Date,
  change?: unknown,
): Fact {
  const data: InvoiceFactData = {
    invoiceId: invoice.id,
    number: invoice.number ?? null,
    status: invoice.status,
    accountId: invoice.accountId,
    billToAccountId: invoice.billToAccountId,
    currency: invoice.currency,
    total: invoice.total.toString(),
    amountDue: invoice.amountDue.toString(),
    amountPaid: invoice.amountPaid.toString(),
    collection: invoice.collection,
    reason: invoice.reason,
    paymentMethodId: invoice.paymentMethodId ?? null,
    dueAt: invoice.dueAt?.toISOString() ?? null,
    subscriptionIds: [...subscriptionIds],
  };
  return {
    type,
    organizationId: invoice.organizationId,
    objectType: 'invoice',
    objectId: invoice.id,
    accountId: invoice.accountId,
    at,
    data,
    ...(change === undefined ? {} : { change }),
  };
}

/** Facts of invoices that were not paid as they became final: only for those can anything be under way that collects. */
export function paidLater(work: Work, facts: readonly Fact[]): Fact[] {
  const paidAtOnce = new Set(
    work.facts
      .filter(({ type, data }) => type === 'invoice.finalized' && (data as InvoiceFactData).status === 'paid')
      .map(({ objectId }) => objectId),
  );
  return facts.filter(({ objectId }) => !paidAtOnce.has(objectId));
}

/**
 * What is said of an invoice that is to be final and waits for a tax, once for each reason; null where nobody has to be told: its
 * tax is known, it is to stay a draft, a service is just being asked, or the same was said before.
 */
export function taxPendingFact(
  invoice: InvoiceRow,
  subscriptionIds: readonly string[],
  waits: { at: Date; finalizeAt: Date | null; pending: TaxPending | null; before: TaxPendingReason | null },
): Fact | null {
  const { at, finalizeAt, pending, before } = waits;
  if (!pending || !finalizeAt || pending.reason === 'provider' || pending.reason === before) return null;
  const fact = invoiceFact('invoice.tax_pending', invoice, subscriptionIds, at);
  Object.assign(fact.data, { taxPendingReason: pending.reason, taxProblem: pending.problem });
  return fact;
}

/** The subscriptions that lines bill, each once, in the order of the lines. */
export function subscriptionsOf(lines: readonly Pick<InvoiceLineRow, 'subscriptionId'>[]): string[] {
  const ids = new Set<string>();
  for (const line of lines) if (line.subscriptionId) ids.add(line.subscriptionId);
  return [...ids];
}
