import { z } from 'zod';
import { metadataInput } from '../../platform/free-text.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { PlanEntity, type PlanRow } from './catalog.entities.ts';
import { announcePlan } from './catalog.facts.ts';
import { planSchema } from './catalog.input.ts';
import { lockPlan } from './lock-plan.ts';

// What a plan is sold as does not change: subscriptions were let in by it.
const schema = planSchema.omit({ kind: true }).partial().extend({ id: z.uuid(), metadata: metadataInput.optional() });

export type UpdatePlanInput = z.input<typeof schema>;

/** Changes what a plan is called; null empties a field, a field left out stays. NOT_FOUND, ALREADY_EXISTS. */
export async function updatePlan(work: Work, input: UpdatePlanInput): Promise<PlanRow> {
  const { id, ...wanted } = readInput(schema, input);
  const plan = await lockPlan(work, id, ['input', 'id']);
  const change: Record<string, { old: unknown; new: unknown }> = {};
  for (const [field, value] of Object.entries(wanted)) {
    const key = field as keyof PlanRow;
    if (value === undefined || JSON.stringify(plan[key]) === JSON.stringify(value)) continue;
    change[field] = { old: plan[key], new: value };
    Object.assign(plan, { [key]: value });
  }
  if (Object.keys(change).length === 0) return plan;
  plan.updatedAt = work.recordedAt;
  const { organizationId, name, externalId, tierLabel, description, metadata, updatedAt } = plan;
  work.update(PlanEntity, { organizationId, id, name, externalId, tierLabel, description, metadata, updatedAt });
  announcePlan(work, 'plan.updated', plan, change);
  return plan;
}
