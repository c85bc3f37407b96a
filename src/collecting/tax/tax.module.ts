import type { Module } from '../../platform/module.ts';
import { TaxRateEntity } from './tax.entities.ts';

export const tax: Module = { name: 'tax', entities: [TaxRateEntity] };
