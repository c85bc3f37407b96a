import type { Adapter } from '../adapter.ts';
import { calendarAdapters } from './calendar.ts';
import { creditNoteAdapters } from './credit-note.ts';
import { currencyAdapters } from './currency.ts';
import { dunningAdapters } from './dunning.ts';
import { invoiceAdapters } from './invoice.ts';
import { pricingAdapters } from './pricing.ts';
import { prorationAdapters } from './proration.ts';
import { walletAdapters } from './wallet.ts';

/** Every op that the product offers, by name. */
export const ADAPTERS: ReadonlyMap<string, Adapter> = new Map(
  [
    ...calendarAdapters,
    ...currencyAdapters,
    ...pricingAdapters,
    ...prorationAdapters,
    ...invoiceAdapters,
    ...walletAdapters,
    ...creditNoteAdapters,
    ...dunningAdapters,
  ].map((adapter) => [adapter.op, adapter]),
);
