import { z } from 'zod';
import type { App } from '../../platform/app-types.ts';
import type { Job } from '../../platform/module.ts';
import { billAccounts } from './billing/bill-accounts.ts';
import { type DueCursor, firstDue, readDuePage } from './billing/due-pages.ts';
import { lapseSubscription } from './changes/lapse-subscription.ts';
import { announceTrialEnd } from './trials/announce-trial-end.ts';

/** Due subscriptions that one job bills. */
const usualBatch = 1_000;
const lapsesAtOnce = 500;
const remindersAtOnce = 500;

/** A job carries a range, and reads what is still due in it when it runs: one that comes twice or late finds nothing. */
const rangeSchema = z.object({ cutoff: z.coerce.date(), at: z.coerce.date().nullable(), id: z.uuid() });

/** Looks for what is due; a single batch is billed at once, more of them are handed out as ranges. */
const runBillingJob = (batchSize: number): Job => ({
  name: 'run-billing',
  everyMs: 5_000,
  concurrency: 1,
  async run(app, _data, leaveOff) {
    if (app.config.billingPaused) return;
    const cutoff = app.clock.now();
    let after: DueCursor = firstDue;
    while (!leaveOff?.aborted) {
      const page = await readDuePage(app, { cutoff, after, most: batchSize });
      if (!page) return;
      if (page.subscriptions < batchSize && after === firstDue) {
        await billAccounts(app, page.accounts, page.lastAt, { skipLocked: true });
      } else {
        handOut(app, after, page.lastAt);
      }
      after = page.next;
    }
  },
});

function handOut(app: App, after: DueCursor, cutoff: Date): void {
  const data = { cutoff: cutoff.toISOString(), at: after.at?.toISOString() ?? null, id: after.id };
  app.wake('bill-accounts', data, { key: `bill-${after.at?.getTime() ?? 0}-${after.id}` });
}

const billAccountsJob = (batchSize: number): Job => ({
  name: 'bill-accounts',
  everyMs: 0,
  concurrency: 2,
  async run(app, data) {
    if (app.config.billingPaused) return;
    const { cutoff, at, id } = rangeSchema.parse(data);
    const page = await readDuePage(app, { cutoff, after: { at, id }, most: batchSize });
    if (page) await billAccounts(app, page.accounts, page.lastAt, { skipLocked: true });
  },
});

/** Ends subscriptions whose first invoice was not paid in time. */
const lapseJob: Job = {
  name: 'lapse-subscriptions',
  everyMs: 30_000,
  concurrency: 1,
  async run(app, _data, leaveOff) {
    const due = await app.sweep<{ organization_id: string; id: string }>(
      'select * from lapsing_subscriptions($1, $2)',
      [app.clock.now(), lapsesAtOnce],
    );
    for (const { organization_id: organizationId, id } of due) {
      if (leaveOff?.aborted) return;
      await lapseSubscription(app, { organizationId, subscriptionId: id }).catch((error) =>
        app.log.error({ err: error, organizationId, subscriptionId: id }, 'a subscription could not lapse'),
      );
    }
  },
};

/** Announces trials that are about to end. */
const trialRemindersJob: Job = {
  name: 'announce-trial-ends',
  everyMs: 30_000,
  concurrency: 1,
  async run(app, _data, leaveOff) {
    const due = await app.sweep<{ organization_id: string; id: string }>('select * from ending_trials($1, $2)', [
      app.clock.now(),
      remindersAtOnce,
    ]);
    for (const { organization_id: organizationId, id } of due) {
      if (leaveOff?.aborted) return;
      await announceTrialEnd(app, { organizationId, subscriptionId: id }).catch((error) =>
        app.log.error({ err: error, organizationId, subscriptionId: id }, 'the end of a trial could not be announced'),
      );
    }
  },
};

/** The jobs of this module; `batchSize` is what one transaction bills. */
export function subscriptionJobs(batchSize = usualBatch): readonly Job[] {
  return [runBillingJob(batchSize), billAccountsJob(batchSize), lapseJob, trialRemindersJob];
}
