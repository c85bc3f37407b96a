import { defineEntity } from '@mikro-orm/core';
import { columns, stamps, tenantFilter, tenantKey } from '../../platform/columns.ts';

export const ExchangeRateEntity = defineEntity({
  name: 'ExchangeRate',
  tableName: 'exchange_rates',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    baseCurrency: columns.text(),
    quoteCurrency: columns.text(),
    validOn: columns.day(),
    rate: columns.decimal(),
    ...stamps,
  },
});
