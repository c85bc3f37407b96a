import type { App } from '../../../platform/app-types.ts';
import type { Job, Timer } from '../../../platform/module.ts';
import { decideInvoiceTax } from './decide-taxes.ts';

const mostAtOnce = 100;
const atATime = 4;

interface Due {
  organization_id: string;
  invoice_id: string;
}

const decide = (app: App, { organization_id: organizationId, invoice_id: invoiceId }: Due) =>
  decideInvoiceTax(app, { organizationId, invoiceId }).catch((error) =>
    app.log.error({ err: error, invoiceId }, 'the tax of a draft could not be decided; it is tried again'),
  );

/** Asks for the taxes that drafts wait for, and makes those final that were to be; the table says which. */
export const decideTaxesJob: Job = {
  name: 'decide-taxes',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from invoices_to_tax($1, $2)', [app.clock.now(), mostAtOnce]);
    const left = [...due];
    const worker = async () => {
      for (let one = left.shift(); one && !leaveOff?.aborted; one = left.shift()) await decide(app, one);
    };
    await Promise.all(Array.from({ length: Math.min(atATime, due.length) }, worker));
    if (due.length >= mostAtOnce) app.wake('decide-taxes', undefined, { key: 'decide-taxes' });
  },
};

/** Drafts of accounts on a test clock are asked about on it once; it does not wait for a service that is away. */
export const taxesTimer: Timer = {
  name: 'invoice-taxes',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    const [row] = await reader
      .rows<{ at: Date | null }>(
        `select min(coalesce(finalize_at, asked_at)) as at from invoice_taxations
         where organization_id = $1 and test_clock_id = $2::uuid and status = 'pending' and attempts = 0 and retry_at <= $3`,
        [organizationId, clockId, app.clock.now()],
      )
      .finally(() => reader.close());
    return row?.at ?? null;
  },
  runDue: async (app, { organizationId, clockId }, _at) => {
    const reader = app.read(organizationId);
    const due = await reader
      .rows<Due>(
        `select organization_id, invoice_id from invoice_taxations
         where organization_id = $1 and test_clock_id = $2::uuid and status = 'pending' and attempts = 0 and retry_at <= $3
         order by coalesce(finalize_at, asked_at), invoice_id`,
        [organizationId, clockId, app.clock.now()],
      )
      .finally(() => reader.close());
    for (const one of due) await decide(app, one);
  },
};
