import type { BilledTax } from '../../tax/index.ts';

/** A line's tax under one rate, as the line keeps it: what a credit takes back, and what a document shows. Minor units as text. */
export interface LineTaxShare extends BilledTax {
  amount: string;
  /** What a service told it is the tax of, net, or gross where the amount contains it; rates of the merchant have a `base`. */
  taxable?: string;
  /** How the amount came about; lines that are older than this, and taxes that others computed, have none of it. */
  base?: string;
  /** The share before it was rounded (`parseExact`). */
  exact?: string;
  /** What was rounded together: the base of all lines, the tax of all lines, and of inclusive rates the sum of the percentages. */
  together?: { base: string; amount: string; includedPercent?: string };
}

/** Whether a tax is one that a service told of some invoice: it is no rate that there is, and never comes again. */
export const isTold = ({ taxRateId }: { taxRateId: string }): boolean => taxRateId.includes(':');

/** The told tax that a row of an invoice is of: where its lines did not agree each has a row, numbered behind it. */
export const toldTaxOf = (taxRateId: string): string => taxRateId.replace(/(#\d+)+$/, '');
