import { z } from 'zod';
import { alreadyExists, invalidState } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import type { PlanVersionRow } from './catalog.entities.ts';
import { announceVersion } from './catalog.facts.ts';
import { planVersionSchema } from './catalog.input.ts';
import { insertPlanVersion } from './insert-plan-version.ts';
import { lockPlan } from './lock-plan.ts';
import { publishRow } from './publish-plan-version.ts';

const schema = planVersionSchema.extend({ planId: z.uuid(), publish: z.boolean().default(false) });

export type CreatePlanVersionInput = z.input<typeof schema>;

/**
 * Makes the next version of a plan, a draft unless told to publish. Subscriptions keep the version they have.
 * NOT_FOUND; INVALID_STATE for an archived plan; ALREADY_EXISTS while the plan has another draft.
 */
export async function createPlanVersion(work: Work, input: CreatePlanVersionInput): Promise<PlanVersionRow> {
  const { planId, publish, ...version } = readInput(schema, input);
  const plan = await lockPlan(work, planId, ['input', 'planId']);
  if (plan.archivedAt) throw invalidState('An archived plan gets no new version.', ['input', 'planId']);
  const [known] = await work.rows<{ last: number; drafts: number }>(
    `select coalesce(max(v.version), 0)::int as last, (count(*) filter (where v.status = 'draft'))::int as drafts
     from plan_versions v where v.organization_id = $1 and v.plan_id = $2`,
    [work.organizationId, planId],
  );
  if (known!.drafts > 0) throw alreadyExists(['input', 'planId'], 'The plan has a draft already.');
  const row = insertPlanVersion(work, { planId, number: known!.last + 1, publish, input: version, path: ['input'] });
  announceVersion(work, 'plan_version.created', row);
  return publish ? publishRow(work, row) : row;
}
