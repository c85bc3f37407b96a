import { currencyMismatch, invalidState, notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';

/** Which plan is meant: its newest published version, or one version by its id. */
export interface PlanReference {
  id?: string | null;
  externalId?: string | null;
  versionId?: string | null;
}

export interface SellablePrice {
  id: string;
  component: string;
  name: string;
  model: string;
  parameters: unknown;
  billingMode: string;
  taxCategory: string | null;
  position: number;
}

/** A published version in one currency, as something to subscribe to. */
export interface SellablePlan {
  planId: string;
  planName: string;
  kind: string;
  versionId: string;
  intervalUnit: string;
  intervalCount: number;
  trialDays: number;
  /** Decimal texts of minor units by currency. */
  minimumCommitments: Record<string, string>;
  /** In the order of the components. */
  prices: SellablePrice[];
}

interface FoundPlan extends Omit<SellablePlan, 'prices'> {
  position: number;
  archived: boolean;
  status: string | null;
  prices: (SellablePrice & { currency: string })[];
}

/** The field by which a plan was asked for that there is not. */
interface NoPlan {
  missing: keyof PlanReference;
}

/** What references mean, in their order, whether or not it is for sale. */
export type FoundPlans = readonly (FoundPlan | NoPlan)[];

/** Reads what references mean, with the prices of every currency. One statement. */
export async function findPlans(work: Work, references: readonly PlanReference[]): Promise<FoundPlans> {
  const found = await work.rows<FoundPlan>(text, [
    work.organizationId,
    arrayOf(references.map((reference) => reference.id ?? null)),
    arrayOf(references.map((reference) => reference.externalId ?? null)),
    arrayOf(references.map((reference) => reference.versionId ?? null)),
  ]);
  const byPosition = new Map(found.map((row) => [row.position, row]));
  return references.map((reference, index) => byPosition.get(index + 1) ?? { missing: namedBy(reference) });
}

function namedBy(reference: PlanReference): keyof PlanReference {
  if (reference.externalId) return 'externalId';
  return reference.versionId ? 'versionId' : 'id';
}

const noPlan: Readonly<Record<keyof PlanReference, string>> = {
  id: 'There is no plan with this id.',
  externalId: 'There is no plan with this external id.',
  versionId: 'There is no version of a plan with this id.',
};

/**
 * The plans with their prices in one currency. NOT_FOUND; INVALID_STATE for archived plans, drafts and plans without a
 * published version; CURRENCY_MISMATCH for a currency without prices. `pathOf` leads to a reference within the input.
 */
export function chooseSellablePlans(
  found: FoundPlans,
  currency: string,
  pathOf: (index: number) => string[],
): SellablePlan[] {
  return found.map((row, index) => {
    if ('missing' in row) throw notFound([...pathOf(index), row.missing], noPlan[row.missing]);
    if (row.archived) throw invalidState('The plan is archived and not for sale.', pathOf(index));
    if (row.status !== 'published') throw invalidState('The plan has no published version.', pathOf(index));
    const prices = row.prices.filter((price) => price.currency === currency);
    if (prices.length === 0) {
      const offered = [...new Set(row.prices.map((price) => price.currency))].sort().join(', ');
      throw currencyMismatch(pathOf(index), `The plan has no prices in ${currency}, only in ${offered || 'none'}.`);
    }
    return { ...row, prices };
  });
}

/** Arrays travel as JSON, so that external ids may hold any character. */
function arrayOf(values: readonly (string | null)[]): string {
  return JSON.stringify(values);
}

const text = `
  with wanted as (
    select r.position::int as position, r.id::uuid, e.external_id, v.version_id::uuid
    from jsonb_array_elements_text($2::jsonb) with ordinality r(id, position)
    join jsonb_array_elements_text($3::jsonb) with ordinality e(external_id, position) on e.position = r.position
    join jsonb_array_elements_text($4::jsonb) with ordinality v(version_id, position) on v.position = r.position
  ), meant as (
    select w.position, p.id as plan_id, p.name, p.kind, p.archived_at is not null as archived, coalesce(w.version_id, (
      select n.id from plan_versions n where n.organization_id = $1 and n.plan_id = p.id and n.status = 'published'
      order by n.version desc limit 1)) as version_id
    from wanted w
    left join plan_versions g on g.organization_id = $1 and g.id = w.version_id
    join plans p on p.organization_id = $1
      and (p.id = coalesce(w.id, g.plan_id) or (w.external_id is not null and p.external_id = w.external_id))
  )
  select m.position, m.plan_id as "planId", m.name as "planName", m.kind, m.archived, m.version_id as "versionId",
    v.status, v.interval_unit as "intervalUnit", v.interval_count as "intervalCount", v.trial_days as "trialDays",
    v.minimum_commitments as "minimumCommitments",
    coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'component', c.component, 'name', c.name, 'model', c.model,
        'parameters', c.parameters, 'billingMode', c.billing_mode, 'taxCategory', c.tax_category, 'position', c.position, 'currency', c.currency)
        order by c.position)
      from prices c where c.organization_id = $1 and c.plan_version_id = v.id), '[]') as prices
  from meant m left join plan_versions v on v.organization_id = $1 and v.id = m.version_id
  order by m.position`;
