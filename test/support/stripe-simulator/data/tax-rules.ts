/** One tax of a place, as Stripe Tax breaks it down. */
export interface TaxRule {
  level: 'country' | 'state' | 'county' | 'city' | 'district';
  jurisdiction: string;
  name: string;
  type: 'vat' | 'sales_tax';
  percent: string;
  /** How many hundredths of the price are taxed; all if left out. */
  taxedPart?: number;
}

/** Where the simulated account is registered, and what is due there: by country, or country and state. */
export const taxRules: Readonly<Record<string, readonly TaxRule[]>> = {
  AT: [{ level: 'country', jurisdiction: 'Austria', name: 'VAT', type: 'vat', percent: '20.0' }],
  DE: [{ level: 'country', jurisdiction: 'Germany', name: 'VAT', type: 'vat', percent: '19.0' }],
  // A fifth of what data processing costs is exempt in Texas.
  'US/TX': [
    { level: 'state', jurisdiction: 'Texas', name: 'Sales Tax', type: 'sales_tax', percent: '6.25', taxedPart: 80 },
    { level: 'city', jurisdiction: 'Austin', name: 'Sales Tax', type: 'sales_tax', percent: '2.0', taxedPart: 80 },
  ],
  'US/CA': [
    { level: 'state', jurisdiction: 'California', name: 'Sales Tax', type: 'sales_tax', percent: '6.0' },
    { level: 'county', jurisdiction: 'Los Angeles', name: 'Sales Tax', type: 'sales_tax', percent: '0.25' },
    {
      level: 'district',
      jurisdiction: 'Los Angeles County',
      name: 'Local Sales and Use Tax',
      type: 'sales_tax',
      percent: '3.25',
    },
  ],
};

/** Codes of goods that are taxed in another way: exempt in the United States, reduced in the European Union. */
export const reducedCodes: Readonly<Record<string, { exemptIn: string; percents: Readonly<Record<string, string>> }>> =
  {
    txcd_35010000: { exemptIn: 'US', percents: { AT: '10.0', DE: '7.0' } },
  };

export const defaultTaxCode = 'txcd_10000000';
