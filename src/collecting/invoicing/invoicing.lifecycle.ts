import { invalidState } from '../../platform/errors.ts';
import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

export const invoiceStatuses = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof invoiceStatuses)[number];

/**
 * `finalize`: money is due · `finalize_settled`: nothing is due · `pay`: part of what is due · `settle`: the last of it ·
 * `void`: taken back, nothing is paid · `give_up`: written off · `bounce`: a payment was reversed.
 */
export const invoiceEvents = ['finalize', 'finalize_settled', 'pay', 'settle', 'void', 'give_up', 'bounce'] as const;
export type InvoiceEvent = (typeof invoiceEvents)[number];

export const invoiceLifecycle: LifecycleTable<InvoiceStatus, InvoiceEvent> = {
  draft: { finalize: 'open', finalize_settled: 'paid' },
  open: { pay: 'open', settle: 'paid', void: 'void', give_up: 'uncollectible', bounce: 'open' },
  paid: { bounce: 'open' },
  void: {},
  uncollectible: { pay: 'uncollectible', settle: 'paid', bounce: 'uncollectible' },
};

const words: Record<InvoiceEvent, string> = {
  finalize: 'finalized',
  finalize_settled: 'finalized',
  pay: 'paid',
  settle: 'paid',
  void: 'voided',
  give_up: 'written off',
  bounce: 'reopened',
};

/** The status an event leads to. INVALID_STATE, naming status and move, where the table has none. */
export function nextStatus(from: string, event: InvoiceEvent, path?: string[]): InvoiceStatus {
  const to = next(invoiceLifecycle, from as InvoiceStatus, event);
  if (!to) throw invalidState(`An invoice that is ${from} cannot be ${words[event]}.`, path);
  return to;
}
