import { lockAccounts } from '../../accounts/index.ts';
import { newId } from '../../platform/id.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { type HeldInvoice, holdInvoices } from '../invoicing/index.ts';
import { collectInvoice } from '../payments/index.ts';
import { DunningAttemptEntity, DunningRunEntity, type DunningRunRow } from './dunning.entities.ts';
import { changeRun, dunningFact } from './dunning-runs.ts';
import { giveUp } from './give-up.ts';
import { awaitMethod } from './record-failure.ts';

const hour = 3_600_000;

/** Does what is due about an unpaid invoice on its account's clock: the next retry, or giving up waiting for a method. */
export async function runDunning(work: Work, invoiceId: string): Promise<void> {
  const [held] = await holdInvoices(work, [invoiceId]);
  if (!held) return;
  const run = await work.findOne(DunningRunEntity, { organizationId: work.organizationId, invoiceId });
  const due = run?.nextRetryAt ?? run?.givesUpAt ?? null;
  if (!run || !due || due > held.billTo.now) return;
  if (run.status === 'retrying') await retryRun(work, run, held);
  else await stopWaiting(work, run, held);
}

async function stopWaiting(work: Work, run: DunningRunRow, held: HeldInvoice): Promise<void> {
  const [inFlight] = await work.rows(
    `select 1 from payment_applications where organization_id = $1 and invoice_id = $2::uuid and status = 'pending'`,
    [run.organizationId, run.invoiceId],
  );
  // The customer is paying right now: that decides.
  if (inFlight) changeRun(work, run, { givesUpAt: later(held.billTo.now) }, held.billTo.now);
  else await giveUp(work, run, held.invoice, held.billTo);
}

/** One more try to collect the invoice of a run; its accounts and the invoice are locked. */
async function retryRun(work: Work, run: DunningRunRow, held: HeldInvoice): Promise<void> {
  const { invoice, billTo } = held;
  const at = billTo.now;
  const collected = await collectInvoice(work, { invoice, payer: billTo });
  switch (collected.status) {
    case 'started':
      await recordAttempt(work, run, collected.paymentId, at);
      if (run.status !== 'exhausted') {
        changeRun(work, run, { status: 'retrying', nextRetryAt: null, givesUpAt: null }, at);
      }
      work.announce(dunningFact('dunning.retried', run, invoice, at, { paymentId: collected.paymentId }));
      return;
    case 'in_flight':
      if (run.status === 'retrying') changeRun(work, run, { nextRetryAt: later(at) }, at);
      return;
    case 'no_method':
      if (run.status === 'retrying') {
        changeRun(work, run, { declineClass: 'new_card' }, at);
        await awaitMethod(work, run, invoice, billTo);
      }
      return;
    default:
      changeRun(work, run, { status: 'stopped', nextRetryAt: null, givesUpAt: null }, at);
  }
}

const later = (at: Date) => new Date(at.getTime() + hour);

async function recordAttempt(work: Work, run: DunningRunRow, paymentId: string, at: Date): Promise<void> {
  const { organizationId, invoiceId } = run;
  const [last] = await work.rows<{ attempt_no: number }>(
    `select coalesce(max(attempt_no), 0)::int as attempt_no from dunning_attempts where organization_id = $1 and invoice_id = $2::uuid`,
    [organizationId, invoiceId],
  );
  const attemptNo = (last?.attempt_no ?? 0) + 1;
  const row = { organizationId, id: newId(), invoiceId, installmentId: null, attemptNo, paymentId, at };
  work.insert(DunningAttemptEntity, [{ ...row, recordedAt: work.recordedAt }]);
}

/**
 * Consequence of a new default method: what awaited one is tried at once, also what was given up, and what could never be
 * collected for want of a method.
 */
export async function retryWithNewMethod(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const accountId = fact.accountId;
    if (!accountId) continue;
    const open = await work.rows<{ id: string }>(
      `select i.id from invoices i
       left join dunning_runs d on d.organization_id = i.organization_id and d.invoice_id = i.id
       where i.organization_id = $1 and i.bill_to_account_id = $2::uuid and i.status = 'open' and i.collection = 'automatic'
         and (d.status in ('awaiting_method', 'exhausted') or (d.status is null and not exists (
           select from payment_applications a where a.organization_id = i.organization_id and a.invoice_id = i.id)))
       order by i.id`,
      [fact.organizationId, accountId],
    );
    if (open.length > 0)
      await retryAll(
        work,
        accountId,
        open.map((row) => row.id),
      );
  }
}

async function retryAll(work: Work, accountId: string, invoiceIds: readonly string[]): Promise<void> {
  await lockAccounts(work, [accountId]);
  for (const held of await holdInvoices(work, invoiceIds)) {
    const { organizationId, id: invoiceId } = held.invoice;
    const run = await work.findOne(DunningRunEntity, { organizationId, invoiceId });
    if (run) await retryRun(work, run, held);
    else await collectInvoice(work, { invoice: held.invoice, payer: held.billTo });
  }
}
