import type { Module } from '../../platform/module.ts';
import { CreditBalanceEntity, CreditEntryEntity } from './credits.entities.ts';

export const credits: Module = { name: 'credits', entities: [CreditBalanceEntity, CreditEntryEntity] };
