import { lockAccounts } from '../../accounts/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { type InvoiceFactData, paidLater } from '../invoicing/index.ts';
import { dunningMove } from './dunning.lifecycle.ts';
import { changeRun, dunningFact, runsOf, settleAccountStatus } from './dunning-runs.ts';

/** Consequence of `invoice.paid`: whatever was still to be tried is off in the same transaction. */
export function recover(work: Work, facts: readonly Fact[]): Promise<void> {
  return end(work, paidLater(work, facts), 'recover');
}

/** Consequence of an invoice that asks for nothing any more. One written off because dunning gave up stays exhausted. */
export async function stop(work: Work, facts: readonly Fact[]): Promise<void> {
  await end(work, facts, 'stop');
}

async function end(work: Work, facts: readonly Fact[], event: 'recover' | 'stop'): Promise<void> {
  for (const organizationId of new Set(facts.map((fact) => fact.organizationId))) {
    const own = facts.filter((fact) => fact.organizationId === organizationId);
    const runs = await runsOf(
      work,
      organizationId,
      own.map((fact) => fact.objectId),
    );
    for (const run of runs) {
      const fact = own.find((one) => one.objectId === run.invoiceId);
      const status = dunningMove(run.status, event);
      if (!fact || !status || (fact.type === 'invoice.uncollectible' && run.status === 'exhausted')) continue;
      const payer = (await lockAccounts(work, [run.accountId])).get(run.accountId);
      const { subscriptionIds } = fact.data as InvoiceFactData;
      changeRun(work, run, { status, nextRetryAt: null, givesUpAt: null }, fact.at);
      if (payer) await settleAccountStatus(work, payer, fact.at);
      const type = event === 'recover' ? 'dunning.recovered' : 'dunning.stopped';
      work.announce(dunningFact(type, run, { subscriptionIds }, fact.at));
    }
  }
}
