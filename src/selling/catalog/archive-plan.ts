import { invalidState } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import { PlanEntity, type PlanRow } from './catalog.entities.ts';
import { announcePlan } from './catalog.facts.ts';
import { lockPlan } from './lock-plan.ts';

/** Takes a plan off sale; who has it keeps it and is billed on. NOT_FOUND; INVALID_STATE if it is archived. */
export async function archivePlan(work: Work, input: { id: string }): Promise<PlanRow> {
  const plan = await lockPlan(work, input.id, ['input', 'id']);
  if (plan.archivedAt) throw invalidState('The plan is archived already.', ['input', 'id']);
  return setArchived(work, plan, work.recordedAt);
}

/** Puts an archived plan on sale again. NOT_FOUND; INVALID_STATE if it is not archived. */
export async function unarchivePlan(work: Work, input: { id: string }): Promise<PlanRow> {
  const plan = await lockPlan(work, input.id, ['input', 'id']);
  if (!plan.archivedAt) throw invalidState('The plan is not archived.', ['input', 'id']);
  return setArchived(work, plan, null);
}

function setArchived(work: Work, plan: PlanRow, archivedAt: Date | null): PlanRow {
  const change = { archivedAt: { old: plan.archivedAt, new: archivedAt } };
  plan.archivedAt = archivedAt;
  plan.updatedAt = work.recordedAt;
  const { organizationId, id, updatedAt } = plan;
  work.update(PlanEntity, { organizationId, id, archivedAt, updatedAt });
  announcePlan(work, archivedAt ? 'plan.archived' : 'plan.unarchived', plan, change);
  return plan;
}
