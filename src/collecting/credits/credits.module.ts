import type { Module } from '../../platform/module.ts';
import { CreditBalanceEntity, CreditEntryEntity } from './credits.entities.ts';
import { AccountCreditsResolver } from './credits.resolver.ts';

export const credits: Module = {
  name: 'credits',
  entities: [CreditBalanceEntity, CreditEntryEntity],
  resolvers: [AccountCreditsResolver],
};
