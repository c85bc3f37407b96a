import { lockAccounts, setDunningStatus } from '../../accounts/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { retrySchedule } from '../../rules/dunning.ts';
import { DunningRunEntity, type DunningRunRow } from './dunning.entities.ts';
import { dunningFact } from './dunning-runs.ts';

interface MethodMissing extends Record<string, unknown> {
  invoiceId: string;
  accountId: string;
  subscriptionIds: string[];
}

/**
 * Consequence of `payment.method_missing`: an invoice that was to be collected and cannot be, for want of a method, awaits
 * one from its finalization until the last retry would have been made; then it is given up like any other. One look-up for
 * any number of invoices.
 */
export async function awaitFirstMethod(work: Work, facts: readonly Fact[]): Promise<void> {
  const accounts = await lockAccounts(work, [...new Set(facts.map((fact) => (fact.data as MethodMissing).accountId))]);
  for (const fact of facts) {
    const { invoiceId, accountId, subscriptionIds } = fact.data as MethodMissing;
    const payer = accounts.get(accountId);
    if (!payer) continue;
    const { organizationId, at } = fact;
    const run: DunningRunRow = {
      organizationId,
      invoiceId,
      accountId,
      testClockId: payer.testClockId ?? null,
      status: 'awaiting_method',
      firstFailedAt: at,
      failures: 0,
      nextRetryAt: null,
      givesUpAt: retrySchedule(at).retriesAt.at(-1) ?? at,
      declineClass: 'new_card',
      createdAt: at,
      updatedAt: at,
    };
    work.insert(DunningRunEntity, [run]);
    if (payer.dunningStatus === 'active') setDunningStatus(work, payer, 'warning', at);
    work.announce(dunningFact('dunning.started', run, { subscriptionIds }, at));
    work.announce(dunningFact('dunning.awaiting_method', run, { subscriptionIds }, at));
  }
}
