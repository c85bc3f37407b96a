import type { Module } from '../../platform/module.ts';
import { ExchangeRateEntity } from './exchange-rates.entities.ts';
import { ExchangeRatesResolver } from './exchange-rates.resolver.ts';

export const exchangeRates: Module = {
  name: 'exchange-rates',
  entities: [ExchangeRateEntity],
  resolvers: [ExchangeRatesResolver],
};
