export { findTestCard, type TestCard, testCards } from './data/test-cards.ts';
export type { BookEntry } from './knobs/book.ts';
export type { Delivery, ReleaseOrder } from './knobs/delivery-rules.ts';
export { FAULT_KINDS, type FaultKind, type FaultRule, type InjectedFault } from './knobs/faults.ts';
export type { LoggedRequest } from './knobs/request-log.ts';
export { type SimulatorOptions, type StripeSimulator, startStripeSimulator, type WebhookOption } from './simulator.ts';
