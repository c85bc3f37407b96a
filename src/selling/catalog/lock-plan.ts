import { DomainError, notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import type { PlanRow, PlanVersionRow } from './catalog.entities.ts';
import { planColumns, versionColumns } from './catalog.rows.ts';

/** The row of a plan, locked. NOT_FOUND at `path`. */
export async function lockPlan(work: Work, id: string, path: string[]): Promise<PlanRow> {
  const [row] = await work.rows<PlanRow>(
    `select ${planColumns('p')} from plans p where p.organization_id = $1 and p.id = $2 for update`,
    [work.organizationId, id],
  );
  if (!row) throw notFound(path);
  return row;
}

/** A version's row, locked behind its plan's. NOT_FOUND at `path`; IMMUTABLE once it is published. */
export async function lockDraft(work: Work, id: string, path: string[]): Promise<PlanVersionRow> {
  const [found] = await work.rows<{ planId: string }>(
    `select v.plan_id as "planId" from plan_versions v where v.organization_id = $1 and v.id = $2`,
    [work.organizationId, id],
  );
  if (!found) throw notFound(path);
  await lockPlan(work, found.planId, path);
  const [row] = await work.rows<PlanVersionRow>(
    `select ${versionColumns('v')} from plan_versions v where v.organization_id = $1 and v.id = $2 for update`,
    [work.organizationId, id],
  );
  if (!row) throw notFound(path);
  if (row.status === 'published') {
    throw new DomainError('IMMUTABLE', 'A published version does not change; make a new one.', { path });
  }
  return row;
}
