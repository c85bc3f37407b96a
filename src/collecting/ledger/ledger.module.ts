import type { Module } from '../../platform/module.ts';
import { LedgerEntryEntity } from './ledger.entities.ts';
import { LedgerResolver } from './ledger.resolver.ts';

export const ledger: Module = { name: 'ledger', entities: [LedgerEntryEntity], resolvers: [LedgerResolver] };
