import { type LockedAccount, setDunningStatus } from '../../accounts/index.ts';
import type { Work } from '../../platform/work.ts';
import { customerAction, type DeclineClass } from '../../rules/dunning.ts';
import type { LockedInvoice } from '../invoicing/index.ts';
import { DunningRunEntity, type DunningRunRow } from './dunning.entities.ts';

export type DunningFactType =
  | 'dunning.started'
  | 'dunning.retry_scheduled'
  | 'dunning.retried'
  | 'dunning.awaiting_method'
  | 'dunning.exhausted'
  | 'dunning.recovered'
  | 'dunning.stopped';

/** A fact about what is done about an unpaid invoice. `at` is the instant on the account's clock. */
export function dunningFact(
  type: DunningFactType,
  run: DunningRunRow,
  invoice: Pick<LockedInvoice, 'subscriptionIds'>,
  at: Date,
  more: Record<string, unknown> = {},
) {
  const action = customerAction((run.declineClass ?? 'soft') as DeclineClass);
  return {
    type,
    organizationId: run.organizationId,
    objectType: 'invoice',
    objectId: run.invoiceId,
    accountId: run.accountId,
    at,
    data: {
      invoiceId: run.invoiceId,
      accountId: run.accountId,
      subscriptionIds: [...invoice.subscriptionIds],
      status: run.status,
      failures: run.failures,
      nextRetryAt: run.nextRetryAt?.toISOString() ?? null,
      givesUpAt: run.givesUpAt?.toISOString() ?? null,
      customerAction: action,
      ...(run.declineClass ? { declineClass: run.declineClass } : {}),
      ...more,
    },
  };
}

/** Gathers changes of a run's row and keeps the copy the same. */
export function changeRun(work: Work, run: DunningRunRow, changes: Partial<DunningRunRow>, at: Date): void {
  const { organizationId, invoiceId } = run;
  const changed = { ...changes, updatedAt: at };
  Object.assign(run, changed);
  work.update(DunningRunEntity, { organizationId, invoiceId, ...changed });
}

/** The runs of these invoices, locked with their accounts before. */
export function runsOf(work: Work, organizationId: string, invoiceIds: readonly string[]): Promise<DunningRunRow[]> {
  if (invoiceIds.length === 0) return Promise.resolve([]);
  return work.find(DunningRunEntity, { organizationId, invoiceId: { $in: [...invoiceIds] } }, { invoiceId: 'asc' });
}

/**
 * How far dunning has gone with an account follows from its runs: blocked while one is given up, warned while one goes on,
 * otherwise active.
 */
export async function settleAccountStatus(work: Work, account: LockedAccount, at: Date): Promise<void> {
  const [row] = await work.rows<{ exhausted: boolean; going: boolean }>(
    `select coalesce(bool_or(status = 'exhausted'), false) as exhausted,
       coalesce(bool_or(status in ('retrying', 'awaiting_method')), false) as going
     from dunning_runs where organization_id = $1 and account_id = $2::uuid`,
    [account.organizationId, account.id],
  );
  setDunningStatus(work, account, row?.exhausted ? 'blocked' : row?.going ? 'warning' : 'active', at);
}
