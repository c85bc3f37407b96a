import { exactMinor, majorToMinor } from '../../../src/rules/currency.ts';
import { formatDecimal } from '../../../src/rules/money.ts';
import { exclusiveTax, inclusiveTax } from '../../../src/rules/tax.ts';
import { type Adapter, type JsonObject, list, optionalText, rounding, text } from '../adapter.ts';

const percents = (inputs: JsonObject): string[] => list(inputs, 'rates_percent').map((rate) => String(rate));

const taxExclusive: Adapter = {
  op: 'invoice.tax_exclusive',
  policies: ['round_each_rate'],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const mode = rounding(optionalText(inputs, 'rounding'));
    const taxes = exclusiveTax(exactMinor(text(inputs, 'taxable'), currency), percents(inputs), mode);
    return {
      tax: formatDecimal(taxes.taxMinor, currency),
      per_rate: taxes.perRate.map((amount) => formatDecimal(amount, currency)),
    };
  },
};

const taxInclusive: Adapter = {
  op: 'invoice.tax_inclusive',
  policies: [],
  run(inputs) {
    const currency = text(inputs, 'currency');
    const mode = rounding(optionalText(inputs, 'rounding'));
    const taxes = inclusiveTax(majorToMinor(text(inputs, 'gross'), currency), percents(inputs), mode);
    return {
      net: formatDecimal(taxes.netMinor, currency),
      tax: formatDecimal(taxes.taxMinor, currency),
      per_rate: taxes.perRate.map((amount) => formatDecimal(amount, currency)),
    };
  },
};

export const invoiceAdapters: readonly Adapter[] = [taxExclusive, taxInclusive];
