import type { Context } from '../../platform/context.ts';
import { requirePermission } from '../../platform/context.ts';
import type { Module } from '../../platform/module.ts';
import { PlanEntity, PlanVersionEntity, PriceEntity } from './catalog.entities.ts';

import { toPlan, toPlanVersion, toPrice } from './catalog.graphql.ts';
import { planLoader, planVersionLoader, priceLoader } from './catalog.queries.ts';
import { PlansResolver, PlanVersionsResolver } from './catalog.resolver.ts';
import { PriceChargesResolver } from './price-charges.resolver.ts';
import { QuotesResolver } from './quote.resolver.ts';

/** Objects by uuid for `node`, through a loader of this module. */
function nodesBy<Row>(
  loader: (context: Context) => { loadMany(ids: string[]): Promise<(Row | Error | null)[]> },
  show: (row: Row) => object,
) {
  return async (context: Context, ids: readonly string[]): Promise<Map<string, object>> => {
    requirePermission(context, 'catalog:read');
    const rows = await loader(context).loadMany([...ids]);
    const found = new Map<string, object>();
    rows.forEach((row, index) => {
      if (row instanceof Error) throw row;
      if (row) found.set(ids[index]!, show(row));
    });
    return found;
  };
}

export const catalog: Module = {
  name: 'catalog',
  entities: [PlanEntity, PlanVersionEntity, PriceEntity],
  resolvers: [PlansResolver, PlanVersionsResolver, QuotesResolver, PriceChargesResolver],
  nodes: {
    plan: nodesBy(planLoader, toPlan),
    plv: nodesBy(planVersionLoader, toPlanVersion),
    price: nodesBy(priceLoader, toPrice),
  },
  constraints: {
    plans_external_id_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'externalId'],
      message: 'Another plan has this external id.',
    },
    plan_versions_one_draft: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'planId'],
      message: 'The plan has a draft already.',
    },
  },
};
