import type { Work } from '../../../platform/work.ts';
import { type TaxPendingReason, watchTaxIds } from '../../tax/index.ts';
import { isTold as isToldTax, type LineTaxShare } from '../lines/line-taxes.ts';
import type { Finalizing } from './finalization.ts';
import { InvoiceTaxationEntity } from './taxations.entity.ts';

/** What is known of how a draft's tax is decided, locked with its invoice. */
export interface Taxation {
  status: 'pending' | 'decided';
  reason: TaxPendingReason | null;
  finalizeAt: Date | null;
  attempts: number;
  /** When it is looked at again, on the wall clock; null where a fact is awaited, or nothing. */
  retryAt: Date | null;
}

/** A draft whose tax is not known, or is told by a service, as it is kept. */
export interface TaxedDraft extends Pick<Finalizing, 'invoice' | 'issuer' | 'billTo' | 'at' | 'pending'> {
  /** It becomes final as of this instant as soon as its tax is known; null: it stays a draft. */
  finalizeAt: Date | null;
}

interface TaxationRecord {
  status: 'pending' | 'decided';
  reason: TaxPendingReason | null;
  finalize_at: Date | null;
  attempts: number;
  retry_at: Date | null;
}

/** The taxation of a held invoice; null where rates of the merchant decide and nothing is missing. */
export async function readTaxation(
  work: Work,
  { organizationId, id }: { organizationId: string; id: string },
): Promise<Taxation | null> {
  const [row] = await work.rows<TaxationRecord>(
    `select status, reason, finalize_at, attempts, retry_at from invoice_taxations
     where organization_id = $1 and invoice_id = $2 for no key update`,
    [organizationId, id],
  );
  if (!row) return null;
  const { status, reason, attempts, finalize_at: finalizeAt, retry_at: retryAt } = row;
  return { status, reason, attempts, finalizeAt, retryAt };
}

/** Whether something of its tax is to be kept: it is not known, or a service tells it. */
const waitsOrAsks = ({ pending, finalizeAt, issuer }: TaxedDraft): boolean =>
  pending !== null || finalizeAt !== null || issuer.taxProvider !== 'manual';

/** What waits for one of these is looked at again when the fact comes (`reconsider-taxes`, `wakeTakers`). */
export const awaitsFact: ReadonlySet<string> = new Set(['tax_id', 'region', 'no_rate', 'taken_back']);

/**
 * What awaits a fact is looked at once more by itself: a transaction that wrote it did not see the facts of those beside it, nor they
 * what it wrote.
 */
const secondLook = 60_000;

/** What is kept of one draft. One that is to become final and whose tax is known meanwhile is left to the job, at once. */
function rowOf(work: Work, { invoice, billTo, issuer, at, pending, finalizeAt }: TaxedDraft) {
  const waits = pending !== null || finalizeAt !== null;
  const awaits = pending !== null && awaitsFact.has(pending.reason);
  return {
    organizationId: invoice.organizationId,
    invoiceId: invoice.id,
    billToAccountId: billTo.id,
    provider: issuer.taxProvider,
    status: waits ? 'pending' : 'decided',
    reason: waits ? (pending?.reason ?? 'provider') : null,
    problem: pending?.problem ?? null,
    askedAt: at,
    finalizeAt: waits ? finalizeAt : null,
    retryAt: waits ? new Date(work.recordedAt.getTime() + (awaits ? secondLook : 0)) : null,
    attempts: 0,
    testClockId: billTo.testClockId ?? null,
    updatedAt: work.recordedAt,
  };
}

/** Sees to it that the register is asked about tax ids that these drafts wait for. One statement where any does. */
export async function watchAwaited(work: Work, drafts: readonly Omit<TaxedDraft, 'finalizeAt'>[]): Promise<void> {
  const unknown = drafts.filter((one) => one.pending?.reason === 'tax_id');
  await watchTaxIds(
    work,
    unknown.map(({ billTo, at }) => ({ accountId: billTo.id, taxIds: billTo.taxIds, at })),
  );
}

/** Gathers what new drafts wait for, with the rest of their transaction. */
export function insertTaxations(work: Work, drafts: readonly TaxedDraft[]): void {
  const rows = drafts.filter(waitsOrAsks).map((one) => rowOf(work, one));
  work.insert(
    InvoiceTaxationEntity,
    rows.map((row) => ({ ...row, questionHash: null, answer: null, providerRef: null })),
  );
}

/** Keeps what a draft waits for that is written already; an answer stays, to be used while it fits. */
export async function keepTaxation(work: Work, draft: TaxedDraft): Promise<void> {
  if (!waitsOrAsks(draft)) return;
  const { organizationId, invoiceId, ...row } = rowOf(work, draft);
  await watchAwaited(work, [draft]);
  await work.rows(
    `insert into invoice_taxations (organization_id, invoice_id, bill_to_account_id, provider, status, reason, asked_at, finalize_at, retry_at, test_clock_id, updated_at, problem)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (organization_id, invoice_id) do update set bill_to_account_id = excluded.bill_to_account_id,
       provider = excluded.provider, status = excluded.status, reason = excluded.reason, finalize_at = excluded.finalize_at,
       retry_at = case when $13 and invoice_taxations.status = 'pending' and invoice_taxations.reason = excluded.reason then null
         else excluded.retry_at end, test_clock_id = excluded.test_clock_id, attempts = 0, problem = excluded.problem, updated_at = excluded.updated_at`,
    [
      ...[organizationId, invoiceId, row.billToAccountId, row.provider, row.status, row.reason, row.askedAt],
      ...[row.finalizeAt, row.retryAt, row.testClockId, row.updatedAt, row.problem, awaitsFact.has(row.reason ?? '')],
    ],
  );
}

/** Behind `ended`, which tells that a draft waits no longer: those that take its lines back, and wait for it, are looked at again. */
const wakeTakers = `
  update invoice_taxations t set retry_at = $3, attempts = 0
  where t.organization_id = $1 and t.status = 'pending' and t.reason = 'taken_back' and exists (
    select from ended e join invoice_lines l on l.organization_id = $1 and l.invoice_id = e.invoice_id
    join invoice_lines r on r.organization_id = $1 and r.subscription_id = l.subscription_id and r.reverses_line_id = l.id
    where r.invoice_id = t.invoice_id)`;

/** What a service told of an invoice that is final now stays, as the reason of its taxes. */
export async function closeTaxation(work: Work, invoice: { organizationId: string; id: string }): Promise<void> {
  await work.rows(
    `with ended as (
       update invoice_taxations set status = 'decided', reason = null, problem = null, finalize_at = null, retry_at = null
       where organization_id = $1 and invoice_id = $2 returning invoice_id)
     ${wakeTakers}`,
    [invoice.organizationId, invoice.id, work.recordedAt],
  );
}

/** Whether a service taxed it, or taxed what its lines take back. */
export function isTold({ issuer, lines }: Pick<Finalizing, 'issuer' | 'lines'>): boolean {
  if (issuer.taxProvider !== 'manual') return true;
  return lines.some((line) => line.reversesLineId && (line.taxes as LineTaxShare[]).some(isToldTax));
}

/** A draft waits for no tax any more. */
export async function endTaxation(work: Work, invoice: { organizationId: string; id: string }): Promise<void> {
  await work.rows(
    `with ended as (delete from invoice_taxations where organization_id = $1 and invoice_id = $2 returning invoice_id)
     ${wakeTakers}`,
    [invoice.organizationId, invoice.id, work.recordedAt],
  );
}
