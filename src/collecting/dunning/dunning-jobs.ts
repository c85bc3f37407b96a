import { systemActor } from '../../platform/actor.ts';
import type { App } from '../../platform/app-types.ts';
import type { Job, Timer } from '../../platform/module.ts';
import type { Scope } from '../../platform/work.ts';
import { runDunning } from './retry-collection.ts';

const mostAtOnce = 200;

const dunningScope = (organizationId: string): Scope => ({
  organizations: [organizationId],
  actor: systemActor('dunning'),
  requestId: null,
});

/** Each invoice in a transaction of its own: one that cannot be retried does not hold up the others. */
async function runEach(
  app: App,
  due: readonly { organization_id: string; invoice_id: string }[],
  leaveOff?: AbortSignal,
): Promise<void> {
  for (const { organization_id, invoice_id } of due) {
    if (leaveOff?.aborted) return;
    await app
      .transact(dunningScope(organization_id), (work) => runDunning(work, invoice_id))
      .catch((error) => app.log.error({ err: error, invoiceId: invoice_id }, 'an invoice could not be retried'));
  }
}

/** Makes the retries that are due, and gives up what has waited too long. The table says what is due. */
export const dunningJob: Job = {
  name: 'dunning-retries',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<{ organization_id: string; invoice_id: string }>(
      'select * from dunning_retries_due($1, $2)',
      [app.clock.now(), mostAtOnce],
    );
    await runEach(app, due, leaveOff);
    if (due.length >= mostAtOnce) app.wake('dunning-retries', undefined, { key: 'dunning-retries' });
  },
};

/** Retries of accounts on a test clock. */
export const dunningTimer: Timer = {
  name: 'dunning',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    try {
      const [row] = await reader.rows<{ at: Date | null }>(
        `select min(coalesce(next_retry_at, gives_up_at)) as at from dunning_runs
         where organization_id = $1 and test_clock_id = $2::uuid and coalesce(next_retry_at, gives_up_at) is not null`,
        [organizationId, clockId],
      );
      return row?.at ?? null;
    } finally {
      await reader.close();
    }
  },
  runDue: async (app, { organizationId, clockId }, at) => {
    const reader = app.read(organizationId);
    const due = await reader
      .rows<{ organization_id: string; invoice_id: string }>(
        `select organization_id, invoice_id from dunning_runs
         where organization_id = $1 and test_clock_id = $2::uuid and coalesce(next_retry_at, gives_up_at) <= $3
         order by coalesce(next_retry_at, gives_up_at), invoice_id`,
        [organizationId, clockId, at],
      )
      .finally(() => reader.close());
    await runEach(app, due);
  },
};
