import type { Module } from '../../platform/module.ts';
import { LedgerEntryEntity } from './ledger.entities.ts';

export const ledger: Module = { name: 'ledger', entities: [LedgerEntryEntity] };
