import type { Work } from '../../platform/work.ts';
import { PlanVersionEntity, type PlanVersionRow } from './catalog.entities.ts';
import { announceVersion } from './catalog.facts.ts';
import { lockDraft } from './lock-plan.ts';

/** Publishes a draft: from now on it can be sold, and it never changes again. NOT_FOUND, IMMUTABLE. */
export async function publishPlanVersion(work: Work, input: { id: string }): Promise<PlanVersionRow> {
  const version = await lockDraft(work, input.id, ['input', 'id']);
  return publishRow(work, version);
}

/** Publishes a draft whose plan is locked or new. */
export async function publishRow(work: Work, version: PlanVersionRow): Promise<PlanVersionRow> {
  // The version and its prices must be in the table before the freeze falls on them.
  await work.flush();
  version.status = 'published';
  version.publishedAt = work.recordedAt;
  version.updatedAt = work.recordedAt;
  const { organizationId, id, status, publishedAt, updatedAt } = version;
  work.update(PlanVersionEntity, { organizationId, id, status, publishedAt, updatedAt });
  announceVersion(work, 'plan_version.published', version);
  return version;
}
