import type { Module } from '../../platform/module.ts';
import { TaxRateEntity, TaxRegistrationEntity } from './tax.entities.ts';
import { TaxRatesResolver, taxRateNodes } from './tax.resolver.ts';
import { checkTaxIdsJob, checkWhenSet, taxIdsTimer } from './tax-id-jobs.ts';
import { TaxIdCheckEntity, TaxIdStandingEntity } from './tax-id-standings.ts';
import { TaxIdsResolver } from './tax-ids.resolver.ts';
import { registrationNodes, TaxRegistrationsResolver } from './tax-registrations.resolver.ts';
import { watchAccounts } from './watch-tax-ids.ts';

export const tax: Module = {
  name: 'tax',
  entities: [TaxRateEntity, TaxRegistrationEntity, TaxIdCheckEntity, TaxIdStandingEntity],
  resolvers: [TaxRatesResolver, TaxRegistrationsResolver, TaxIdsResolver],
  consequences: { 'account.created': watchAccounts, 'account.updated': watchAccounts },
  reactions: [checkWhenSet],
  jobs: [checkTaxIdsJob],
  timers: [taxIdsTimer],
  constraints: {
    tax_rates_one_at_a_time: {
      code: 'CONFLICT',
      path: ['input', 'validFrom'],
      message: 'Another rate holds for this place and category in that time.',
    },
    tax_registrations_one_at_a_time: {
      code: 'CONFLICT',
      path: ['input', 'country'],
      message: 'It is registered there in that time already.',
    },
  },
  nodes: { txr: taxRateNodes, txn: registrationNodes },
};
