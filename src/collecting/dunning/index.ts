/** What is done about invoices that could not be collected: everything other modules may use. */
export * from './dunning.entities.ts';
export type { DunningFactType } from './dunning-runs.ts';
