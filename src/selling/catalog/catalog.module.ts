import type { Module } from '../../platform/module.ts';
import { PlanEntity, PlanVersionEntity, PriceEntity } from './catalog.entities.ts';

export const catalog: Module = {
  name: 'catalog',
  entities: [PlanEntity, PlanVersionEntity, PriceEntity],
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
