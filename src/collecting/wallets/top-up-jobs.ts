import { systemActor } from '../../platform/actor.ts';
import type { App } from '../../platform/app-types.ts';
import type { Job, Timer } from '../../platform/module.ts';
import { resumeInNewMonth } from './follow-automatic.ts';

const mostAtOnce = 200;

interface Due {
  organization_id: string;
  account_id: string;
  currency: string;
}

function resume(app: App, due: Due): Promise<void> {
  const { organization_id: organizationId, account_id: accountId, currency } = due;
  const scope = { organizations: [organizationId], actor: systemActor('wallets'), requestId: null };
  return app.transact(scope, (work) => resumeInNewMonth(work, { organizationId, accountId, currency }));
}

/** Starts automatic top-ups again that the cap of a month that is over had stopped, account by account. */
export const resumeTopUpsJob: Job = {
  name: 'resume-top-ups',
  everyMs: 30_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from automatic_top_ups_to_resume($1, $2)', [
      app.clock.now(),
      mostAtOnce,
    ]);
    for (const one of due) {
      if (leaveOff?.aborted) return;
      await resume(app, one).catch((error) =>
        app.log.error({ err: error, accountId: one.account_id }, 'an automatic top-up could not start again'),
      );
    }
    if (due.length >= mostAtOnce) app.wake('resume-top-ups', undefined, { key: 'resume-top-ups' });
  },
};

/** The same for accounts on a test clock. */
export const resumeTopUpsTimer: Timer = {
  name: 'automatic-top-ups',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    const rows = await reader
      .rows<{ at: Date | null }>(
        `select min(resumes_at) as at from automatic_top_ups where organization_id = $1 and test_clock_id = $2::uuid`,
        [organizationId, clockId],
      )
      .finally(() => reader.close());
    return rows[0]?.at ?? null;
  },
  runDue: async (app, { organizationId, clockId }, at) => {
    const reader = app.read(organizationId);
    const due = await reader
      .rows<Due>(
        `select organization_id, account_id, currency from automatic_top_ups
         where organization_id = $1 and test_clock_id = $2::uuid and resumes_at <= $3 order by resumes_at, account_id, currency`,
        [organizationId, clockId, at],
      )
      .finally(() => reader.close());
    for (const one of due) await resume(app, one);
  },
};
