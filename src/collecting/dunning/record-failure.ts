import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { type DeclineClass, retrySchedule } from '../../rules/dunning.ts';
import { type LockedInvoice, lockInvoices } from '../invoicing/index.ts';
import type { PaymentFactData } from '../payments/index.ts';
import { DunningRunEntity, type DunningRunRow } from './dunning.entities.ts';
import { changeRun, dunningFact, runsOf, settleAccountStatus } from './dunning-runs.ts';
import { giveUp } from './give-up.ts';

/**
 * Consequence of a payment that failed while the customer was away: each of its invoices that is still open is retried by
 * the schedule (soft declines), or awaits another method (all others). A failure in front of the customer starts nothing,
 * since they see it.
 */
export async function recordFailures(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const data = fact.data as PaymentFactData;
    if (!data.offSession) continue;
    await recordFailure(work, fact, data, (data.declineClass ?? 'soft') as DeclineClass);
  }
}

/**
 * Consequence of a payment that was canceled or is to be: if somebody asked for it, its retries end with it; by the
 * provider alone, it has failed.
 */
export async function recordCancellations(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const data = fact.data as PaymentFactData;
    if (data.reason === 'provider' && data.offSession) await recordFailure(work, fact, data, 'soft');
    if (data.reason === 'requested') await stopRetries(work, fact, data);
  }
}

/**
 * A payment of these invoices, at their payer, has failed in this way: dunning begins or goes on for those that are
 * collected by themselves.
 */
export async function recordFailure(
  work: Work,
  fact: Fact,
  data: Pick<PaymentFactData, 'accountId' | 'invoiceIds'>,
  declineClass: DeclineClass,
): Promise<void> {
  const payer = (await lockAccounts(work, [data.accountId])).get(data.accountId);
  if (!payer) return;
  const invoices = await lockInvoices(work, data.invoiceIds);
  const runs = await runsOf(work, fact.organizationId, data.invoiceIds);
  for (const invoice of invoices.values()) {
    if (invoice.status !== 'open' || invoice.collection !== 'automatic') continue;
    const known = runs.find((run) => run.invoiceId === invoice.id);
    const isNew = !known || known.status === 'recovered' || known.status === 'stopped';
    const run = isNew ? startRun(work, payer, invoice, known) : known;
    if (!isNew) {
      // What had only waited for a method fails now for the first time.
      const first = run.failures === 0 ? { firstFailedAt: payer.now } : {};
      changeRun(work, run, { failures: run.failures + 1, ...first }, payer.now);
    }
    changeRun(work, run, { declineClass }, payer.now);
    if (isNew) work.announce(dunningFact('dunning.started', run, invoice, payer.now));
    if (run.status !== 'exhausted') await schedule(work, run, invoice, payer);
  }
}

function startRun(work: Work, payer: LockedAccount, invoice: LockedInvoice, known?: DunningRunRow): DunningRunRow {
  const { organizationId, id: accountId, now } = payer;
  const fresh = { status: 'retrying', firstFailedAt: now, failures: 1, nextRetryAt: null, givesUpAt: null };
  if (known) {
    changeRun(work, known, fresh, now);
    return known;
  }
  const run: DunningRunRow = {
    organizationId,
    invoiceId: invoice.id,
    accountId,
    testClockId: payer.testClockId ?? null,
    declineClass: null,
    createdAt: now,
    updatedAt: now,
    ...fresh,
  };
  work.insert(DunningRunEntity, [run]);
  return run;
}

/** What comes next after a failure: a retry at its time, waiting for another method, or the end. */
async function schedule(work: Work, run: DunningRunRow, invoice: LockedInvoice, payer: LockedAccount): Promise<void> {
  const at = payer.now;
  const { retriesAt } = retrySchedule(run.firstFailedAt);
  if (run.declineClass !== 'soft') return awaitMethod(work, run, invoice, payer);
  // A retry that comes late does not make the next one come at once.
  const nextRetryAt = retriesAt.slice(run.failures - 1).find((instant) => instant > at) ?? null;
  if (!nextRetryAt) return giveUp(work, run, invoice, payer);
  changeRun(work, run, { status: 'retrying', nextRetryAt, givesUpAt: null }, at);
  await settleAccountStatus(work, payer, at);
  work.announce(dunningFact('dunning.retry_scheduled', run, invoice, at));
}

/** Only another method can help; without one it ends when the last retry would have been made. */
export async function awaitMethod(
  work: Work,
  run: DunningRunRow,
  invoice: LockedInvoice,
  payer: LockedAccount,
): Promise<void> {
  const at = payer.now;
  const givesUpAt = retrySchedule(run.firstFailedAt).retriesAt.at(-1);
  if (!givesUpAt || givesUpAt <= at) return giveUp(work, run, invoice, payer);
  changeRun(work, run, { status: 'awaiting_method', nextRetryAt: null, givesUpAt }, at);
  await settleAccountStatus(work, payer, at);
  work.announce(dunningFact('dunning.awaiting_method', run, invoice, at));
}

async function stopRetries(work: Work, fact: Fact, data: PaymentFactData): Promise<void> {
  const payer = (await lockAccounts(work, [data.accountId])).get(data.accountId);
  const runs = await runsOf(work, fact.organizationId, data.invoiceIds);
  const going = runs.filter((run) => run.status === 'retrying' || run.status === 'awaiting_method');
  if (!payer || going.length === 0) return;
  const invoices = await lockInvoices(work, data.invoiceIds);
  for (const run of going) {
    changeRun(work, run, { status: 'stopped', nextRetryAt: null, givesUpAt: null }, payer.now);
    const invoice = invoices.get(run.invoiceId);
    if (invoice) work.announce(dunningFact('dunning.stopped', run, invoice, payer.now));
  }
  await settleAccountStatus(work, payer, payer.now);
}
