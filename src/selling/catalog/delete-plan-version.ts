import type { Work } from '../../platform/work.ts';
import { announceVersion } from './catalog.facts.ts';
import { lockDraft } from './lock-plan.ts';

/** Throws a draft away with its prices; its number is used again. NOT_FOUND; IMMUTABLE once it is published. */
export async function deletePlanVersion(work: Work, input: { id: string }): Promise<{ id: string; planId: string }> {
  const version = await lockDraft(work, input.id, ['input', 'id']);
  await work.rows(`delete from plan_versions where organization_id = $1 and id = $2`, [
    work.organizationId,
    version.id,
  ]);
  announceVersion(work, 'plan_version.deleted', version);
  return { id: version.id, planId: version.planId };
}
