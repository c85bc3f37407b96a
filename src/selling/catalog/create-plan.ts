import { z } from 'zod';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { PlanEntity, type PlanRow, type PlanVersionRow } from './catalog.entities.ts';
import { announcePlan, announceVersion } from './catalog.facts.ts';
import { planSchema, planVersionSchema } from './catalog.input.ts';
import { insertPlanVersion } from './insert-plan-version.ts';
import { publishRow } from './publish-plan-version.ts';

const schema = planSchema.extend({
  version: planVersionSchema.extend({ publish: z.boolean().default(true) }).nullish(),
});

export type CreatePlanInput = z.input<typeof schema>;

/** Makes a plan, with its first version if one is given (published unless told otherwise). ALREADY_EXISTS for a taken external id. */
export async function createPlan(
  work: Work,
  input: CreatePlanInput,
): Promise<{ plan: PlanRow; version: PlanVersionRow | null }> {
  const { version, ...plan } = readInput(schema, input);
  const row: PlanRow = {
    organizationId: work.organizationId,
    id: newId(),
    name: plan.name,
    externalId: plan.externalId ?? null,
    tierLabel: plan.tierLabel ?? null,
    kind: plan.kind,
    description: plan.description ?? null,
    archivedAt: null,
    metadata: plan.metadata,
    createdAt: work.recordedAt,
    updatedAt: work.recordedAt,
  };
  work.insert(PlanEntity, [row]);
  announcePlan(work, 'plan.created', row);
  if (!version) return { plan: row, version: null };
  const { publish, ...first } = version;
  const path = ['input', 'version'];
  const versionRow = insertPlanVersion(work, { planId: row.id, number: 1, publish, input: first, path });
  announceVersion(work, 'plan_version.created', versionRow);
  if (publish) await publishRow(work, versionRow);
  return { plan: row, version: versionRow };
}
