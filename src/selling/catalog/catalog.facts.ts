import type { Work } from '../../platform/work.ts';
import type { PlanRow, PlanVersionRow } from './catalog.entities.ts';

export type PlanFact = 'plan.created' | 'plan.updated' | 'plan.archived' | 'plan.unarchived';
export type PlanVersionFact = 'plan_version.created' | 'plan_version.published' | 'plan_version.deleted';

/** Announces what happened to a plan; the catalog hangs on no account, so it happens by the wall clock. */
export function announcePlan(work: Work, type: PlanFact, plan: PlanRow, change?: Record<string, unknown>): void {
  work.announce({
    type,
    organizationId: plan.organizationId,
    objectType: 'plan',
    objectId: plan.id,
    accountId: null,
    at: work.recordedAt,
    data: { planId: plan.id, archived: plan.archivedAt !== null },
    ...(change ? { change } : {}),
  });
}

/** Announces what happened to a version of a plan. */
export function announceVersion(work: Work, type: PlanVersionFact, version: PlanVersionRow): void {
  work.announce({
    type,
    organizationId: version.organizationId,
    objectType: 'plan_version',
    objectId: version.id,
    accountId: null,
    at: work.recordedAt,
    data: { planVersionId: version.id, planId: version.planId, version: version.version, status: version.status },
  });
}
