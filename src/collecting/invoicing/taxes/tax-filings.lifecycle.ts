import { type LifecycleTable, next } from '../../../rules/lifecycle.ts';

export type TaxFilingStatus = 'waiting' | 'filed' | 'refused' | 'canceled';

/** `file`: the service has it · `refuse`: it will not take it · `cancel`: what it tells of is void, and the service was not told. */
export type TaxFilingEvent = 'file' | 'refuse' | 'cancel';

export const taxFilingLifecycle: LifecycleTable<TaxFilingStatus, TaxFilingEvent> = {
  waiting: { file: 'filed', refuse: 'refused', cancel: 'canceled' },
  filed: {},
  refused: {},
  canceled: {},
};

/** The status an event leads to; null where the filing is decided already, as it is for who comes late. */
export const nextFilingStatus = (from: string, event: TaxFilingEvent): TaxFilingStatus | null =>
  next(taxFilingLifecycle, from as TaxFilingStatus, event) ?? null;
