import { systemActor } from '../../platform/actor.ts';
import type { App } from '../../platform/app-types.ts';
import type { Job, Timer } from '../../platform/module.ts';
import { expireCredit } from './expire-credit.ts';

const mostAtOnce = 500;

interface Due {
  organization_id: string;
  account_id: string;
}

function expire(app: App, { organization_id: organizationId, account_id: accountId }: Due): Promise<void> {
  const scope = { organizations: [organizationId], actor: systemActor('credits'), requestId: null };
  return app.transact(scope, (work) => expireCredit(work, organizationId, accountId));
}

/** Ends credit and holds whose time is over, account by account. The tables say what is due. */
export const expireCreditJob: Job = {
  name: 'expire-credit',
  everyMs: 30_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    let done = mostAtOnce;
    // Batch by batch: much ends at the same instant, as on the last day of a year. What fails is left for the next beat.
    while (done >= mostAtOnce) {
      const due = await app.sweep<Due>('select * from credit_that_ends($1, $2)', [app.clock.now(), mostAtOnce]);
      done = 0;
      for (const one of due) {
        if (leaveOff?.aborted) return;
        await expire(app, one).then(
          () => {
            done += 1;
          },
          (error) =>
            app.log.error({ err: error, accountId: one.account_id }, 'credit could not expire; it is tried again'),
        );
      }
    }
  },
};

const ending = `
  select organization_id, account_id, expires_at from credit_grants
  where organization_id = $1 and test_clock_id = $2::uuid and remaining > 0 and expires_at <= coalesce(frozen_at, 'infinity')
  union all
  select organization_id, account_id, expires_at from credit_holds
  where organization_id = $1 and test_clock_id = $2::uuid and status = 'held'`;

/** The same for accounts on a test clock. */
export const expireCreditTimer: Timer = {
  name: 'credit-expiry',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    const rows = await reader
      .rows<{ at: Date | null }>(`select min(expires_at) as at from (${ending}) e`, [organizationId, clockId])
      .finally(() => reader.close());
    return rows[0]?.at ?? null;
  },
  runDue: async (app, { organizationId, clockId }, at) => {
    const reader = app.read(organizationId);
    const due = await reader
      .rows<Due>(
        `select distinct organization_id, account_id from (${ending}) e where expires_at <= $3 order by account_id`,
        [organizationId, clockId, at],
      )
      .finally(() => reader.close());
    for (const one of due) await expire(app, one);
  },
};
