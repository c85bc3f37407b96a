import type { Module } from '../../platform/module.ts';
import { expireCreditJob, expireCreditTimer } from './credit-jobs.ts';
import {
  CreditBalanceEntity,
  CreditEntryEntity,
  CreditGrantEntity,
  CreditHoldEntity,
  CreditHoldPartEntity,
} from './credits.entities.ts';
import {
  AccountCreditsResolver,
  CreditEntryResolver,
  CreditGrantResolver,
  CreditHoldResolver,
  CreditsResolver,
  creditNodes,
} from './credits.resolver.ts';
import { keepCreditors } from './keep-creditors.ts';

export const credits: Module = {
  name: 'credits',
  entities: [CreditBalanceEntity, CreditEntryEntity, CreditGrantEntity, CreditHoldEntity, CreditHoldPartEntity],
  resolvers: [CreditsResolver, CreditGrantResolver, CreditEntryResolver, CreditHoldResolver, AccountCreditsResolver],
  nodes: creditNodes,
  consequences: { 'account.deleted': keepCreditors },
  jobs: [expireCreditJob],
  timers: [expireCreditTimer],
  constraints: {
    credit_grants_source_once: { code: 'CONFLICT', message: 'This credit was given already.' },
  },
};
