import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import type { Job } from '../../../platform/module.ts';
import type { Scope, Work } from '../../../platform/work.ts';
import { type FiledAnswer, remoteTaxOf, type TaxFiling, type TaxProviderName } from '../../tax/index.ts';
import { type FiledLine, TaxFilingEntity, type TaxFilingRow } from './tax-filings.entity.ts';
import { nextFilingStatus } from './tax-filings.lifecycle.ts';

const mostAtOnce = 100;
const minute = 60_000;
const claimedMinutes = 2;
const longestPause = 60;

interface Due {
  organization_id: string;
  id: string;
}

/** Tells tax services of sales and of what was taken back; the table says of which. */
export const fileTaxesJob: Job = {
  name: 'file-taxes',
  everyMs: 5_000,
  concurrency: 1,
  run: async (app, _data, leaveOff) => {
    const due = await app.sweep<Due>('select * from tax_filings_to_send($1, $2)', [app.clock.now(), mostAtOnce]);
    for (const one of due) {
      if (leaveOff?.aborted) return;
      await send(app, one).catch((error) =>
        app.log.error({ err: error, filingId: one.id }, 'a tax filing could not be sent; it is tried again'),
      );
    }
    if (due.length >= mostAtOnce) app.wake('file-taxes', undefined, { key: 'file-taxes' });
  },
};

interface Claimed {
  row: TaxFilingRow;
  filing: TaxFiling;
}

/** Process: 1 claims it; 2 tells the service, under a reference that it takes once; 3 keeps what came of it. */
async function send(app: App, { organization_id: organizationId, id }: Due): Promise<void> {
  const scope: Scope = { organizations: [organizationId], actor: systemActor('tax'), requestId: null };
  const claimed = await app.transact(scope, (work) => claim(work, id));
  if (!claimed) return;
  const { row, filing } = claimed;
  const remote = remoteTaxOf(app, row.provider as TaxProviderName);
  const tell = row.kind === 'sale' ? remote?.recordSale : remote?.recordReversal;
  const answer: FiledAnswer = tell
    ? await tell(app, filing)
    : { status: 'unavailable', problem: 'This tax service is not offered here.' };
  await app.transact(scope, (work) => keep(work, row, answer));
}

async function claim(work: Work, id: string): Promise<Claimed | null> {
  const { organizationId } = work;
  const row = await readFiling(work, id);
  // Another one may have taken it on meanwhile.
  if (row?.status !== 'waiting' || !row.retryAt || row.retryAt > work.recordedAt) return null;
  const later = (minutes: number) => new Date(work.recordedAt.getTime() + minutes * minute);
  const sale = row.saleId ? await work.findOne(TaxFilingEntity, { organizationId, id: row.saleId }) : null;
  const refused = nextFilingStatus(row.status, 'refuse');
  if (sale?.status === 'refused' && refused) {
    const problem = 'The sale was never recorded, so there is nothing to take back.';
    work.update(TaxFilingEntity, { organizationId, id, status: refused, retryAt: null, problem });
    return null;
  }
  const of = row.saleId ? sale?.providerRef : row.calculationRef;
  work.update(TaxFilingEntity, {
    ...{ organizationId, id, attempts: of ? row.attempts + 1 : row.attempts },
    retryAt: later(of ? claimedMinutes : 1),
  });
  if (!of) return null;
  const lines = row.lines as FiledLine[] | null;
  return {
    row: { ...row, attempts: row.attempts + 1 },
    filing: {
      ...{ organizationId, reference: row.reference, of },
      lines:
        lines?.map(({ lineId, amount, tax }) => ({ lineId, amountMinor: BigInt(amount), taxMinor: BigInt(tax) })) ??
        null,
    },
  };
}

/** What came of it, unless it is decided already: whoever took long may come behind another. */
async function keep(work: Work, { organizationId, id, attempts }: TaxFilingRow, answer: FiledAnswer): Promise<void> {
  const at = work.recordedAt;
  const row = await readFiling(work, id);
  if (answer.status === 'unavailable') {
    const pause = Math.min(2 ** (attempts - 1), longestPause) * minute;
    const values = { problem: answer.problem, retryAt: new Date(at.getTime() + pause) };
    if (row?.status === 'waiting') work.update(TaxFilingEntity, { organizationId, id, ...values, updatedAt: at });
    return;
  }
  const status = row && nextFilingStatus(row.status, answer.status === 'filed' ? 'file' : 'refuse');
  if (!status) return;
  const said =
    answer.status === 'filed' ? { providerRef: answer.reference, problem: null } : { problem: answer.problem };
  work.update(TaxFilingEntity, { organizationId, id, status, ...said, retryAt: null, updatedAt: at });
}

/** A filing, locked. */
async function readFiling(work: Work, id: string): Promise<TaxFilingRow | null> {
  const { organizationId } = work;
  const locked = await work.rows('select 1 from tax_filings where organization_id = $1 and id = $2 for no key update', [
    organizationId,
    id,
  ]);
  return locked.length === 0 ? null : work.findOne(TaxFilingEntity, { organizationId, id });
}
