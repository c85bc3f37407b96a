import type { Module } from '../../platform/module.ts';
import { TaxRateEntity } from './tax.entities.ts';
import { TaxRatesResolver, taxRateNodes } from './tax.resolver.ts';

export const tax: Module = {
  name: 'tax',
  entities: [TaxRateEntity],
  resolvers: [TaxRatesResolver],
  nodes: { txr: taxRateNodes },
};
