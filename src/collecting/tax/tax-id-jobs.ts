import type { App } from '../../platform/app-types.ts';
import type { Job, Reaction, Timer } from '../../platform/module.ts';
import { askRegister } from './check-tax-id.ts';

const mostAtOnce = 50;

interface Due {
  organization_id: string;
  account_id: string;
  value: string;
}

const ask = (app: App, { organization_id: organizationId, account_id: accountId, value }: Due) =>
  askRegister(app, { organizationId, accountId, value }).catch((error) =>
    app.log.error({ err: error, accountId }, 'a tax id could not be checked; it is tried again'),
  );

/**
 * Asks the register about tax ids that are new, or whose confirmation is about to count no more. One after the other:
 * VIES refuses many at a time.
 */
export const checkTaxIdsJob: Job = {
  name: 'check-tax-ids',
  everyMs: 5_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from tax_ids_to_check($1, $2)', [app.clock.now(), mostAtOnce]);
    for (const one of due) {
      if (leaveOff?.aborted) return;
      await ask(app, one);
    }
    if (due.length >= mostAtOnce) app.wake('check-tax-ids', undefined, { key: 'check-tax-ids' });
  },
};

/** Somebody was given a tax id: it is asked about without waiting for the next look. */
export const checkWhenSet: Reaction = {
  facts: ['account.created', 'account.updated', 'legal_entity.created', 'legal_entity.updated'],
  react: async (app) => app.wake('check-tax-ids', undefined, { key: 'check-tax-ids' }),
};

/** Tax ids of accounts on a test clock. The clock does not wait for a register that is away: the job goes on trying. */
export const taxIdsTimer: Timer = {
  name: 'tax-ids',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    const [row] = await reader
      .rows<{ at: Date | null }>(
        'select min(check_at) as at from tax_id_standings where organization_id = $1 and test_clock_id = $2::uuid',
        [organizationId, clockId],
      )
      .finally(() => reader.close());
    return row?.at ?? null;
  },
  runDue: async (app, { organizationId, clockId }, at) => {
    const reader = app.read(organizationId);
    const due = await reader
      .rows<Due>(
        `select organization_id, account_id, value from tax_id_standings
         where organization_id = $1 and test_clock_id = $2::uuid and check_at <= $3 order by check_at, account_id, value`,
        [organizationId, clockId, at],
      )
      .finally(() => reader.close());
    for (const one of due) await ask(app, one);
  },
};
