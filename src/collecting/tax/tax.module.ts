import type { Module } from '../../platform/module.ts';
import { TaxRateEntity, TaxRegistrationEntity } from './tax.entities.ts';
import { TaxRatesResolver, taxRateNodes } from './tax.resolver.ts';

import { registrationNodes, TaxRegistrationsResolver } from './tax-registrations.resolver.ts';

export const tax: Module = {
  name: 'tax',
  entities: [TaxRateEntity, TaxRegistrationEntity],
  resolvers: [TaxRatesResolver, TaxRegistrationsResolver],
  nodes: { txr: taxRateNodes, txn: registrationNodes },
};
