import { invoiceBreaks } from './breaks-of-invoices.ts';
import { machineryBreaks } from './breaks-of-machinery.ts';
import { moneyBreaks } from './breaks-of-money.ts';
import { sellingBreaks } from './breaks-of-selling.ts';

/** One lie told to the sane world, and the rule that has to notice: rule → what is wrong → the statement that makes it so. */
export type Breaks = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const breaks: Breaks = { ...invoiceBreaks, ...moneyBreaks, ...sellingBreaks, ...machineryBreaks };
