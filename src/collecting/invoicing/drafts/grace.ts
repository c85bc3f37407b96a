import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import type { Job, Timer } from '../../../platform/module.ts';
import type { Work } from '../../../platform/work.ts';

/** A draft has no days of grace any more, and waits for no other invoice: it becomes final now. */
export async function endGrace(work: Work, invoice: { organizationId: string; id: string }): Promise<void> {
  await work.rows(
    `with held as (delete from invoice_holds where organization_id = $1 and invoice_id = $2)
     delete from invoice_graces where organization_id = $1 and invoice_id = $2`,
    [invoice.organizationId, invoice.id],
  );
}

/** A draft and when it becomes final by itself. */
export interface Grace {
  invoiceId: string;
  finalizeAt: Date;
}

/** Drafts billed to these accounts that become final by themselves, in the order in which they do. One statement. */
export function gracesOf(work: Work, billTo: readonly string[]): Promise<Grace[]> {
  return work.rows<Grace>(
    `select i.id as "invoiceId", g.finalize_at as "finalizeAt" from invoices i
     join invoice_graces g on g.organization_id = i.organization_id and g.invoice_id = i.id
     where i.organization_id = $1 and i.bill_to_account_id = any($2::uuid[]) and i.status = 'draft'
     order by g.finalize_at, i.id`,
    [work.organizationId, `{${billTo.join(',')}}`],
  );
}

/** What finalizes a held draft whose days of grace are over; given by the verb, which itself ends the grace. */
type FinalizeDue = (work: Work, invoiceId: string) => Promise<unknown>;

interface Over {
  organization_id: string;
  invoice_id: string;
}

const mostAtOnce = 200;

function finalizeOne(app: App, { organization_id, invoice_id }: Over, finalizeDue: FinalizeDue): Promise<unknown> {
  const scope = { organizations: [organization_id], actor: systemActor('billing'), requestId: null };
  return app.transact(scope, (work) => finalizeDue(work, invoice_id));
}

/** Makes drafts final whose days of grace are over; the table says which. Each in a transaction of its own. */
export const finalizeDraftsJob = (finalizeDue: FinalizeDue): Job => ({
  name: 'finalize-drafts',
  everyMs: 1_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Over>('select * from invoice_graces_over($1, $2)', [app.clock.now(), mostAtOnce]);
    for (const one of due) {
      if (leaveOff?.aborted) return;
      await finalizeOne(app, one, finalizeDue).catch((error) =>
        app.log.error({ err: error, invoiceId: one.invoice_id }, 'a draft could not be made final'),
      );
    }
    if (due.length >= mostAtOnce) app.wake('finalize-drafts', undefined, { key: 'finalize-drafts' });
  },
});

/** Drafts of accounts on a test clock. */
export const finalizeDraftsTimer = (finalizeDue: FinalizeDue): Timer => ({
  name: 'invoice-graces',
  nextDue: async (app, { organizationId, clockId }) => {
    const reader = app.read(organizationId);
    try {
      const [row] = await reader.rows<{ at: Date | null }>(
        'select min(finalize_at) as at from invoice_graces where organization_id = $1 and test_clock_id = $2::uuid',
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
      .rows<Over>(
        `select organization_id, invoice_id from invoice_graces
         where organization_id = $1 and test_clock_id = $2::uuid and finalize_at <= $3 order by finalize_at, invoice_id`,
        [organizationId, clockId, at],
      )
      .finally(() => reader.close());
    for (const one of due) await finalizeOne(app, one, finalizeDue);
  },
});
