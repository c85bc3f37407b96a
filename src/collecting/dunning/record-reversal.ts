import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import type { DeclineClass } from '../../rules/dunning.ts';
import { holdInvoices } from '../invoicing/index.ts';
import { collectInvoice, type PaymentFactData } from '../payments/index.ts';
import { recordFailure } from './record-failure.ts';

/**
 * Consequence of money that is gone again: what is collected by itself and owed again is dunned from now on, as if its
 * payment had failed now. What had been recorded by mistake was never tried: it is collected at once.
 */
export async function recordReversals(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const data = fact.data as PaymentFactData;
    if (data.declineClass) await recordFailure(work, fact, data, data.declineClass as DeclineClass);
    else await collectAnew(work, fact, data);
  }
}

async function collectAnew(work: Work, fact: Fact, data: PaymentFactData): Promise<void> {
  for (const { invoice, billTo } of await holdInvoices(work, data.invoiceIds)) {
    if (invoice.collection !== 'automatic') continue;
    const collected = await collectInvoice(work, { invoice, payer: billTo });
    if (collected.status !== 'no_method') continue;
    await recordFailure(work, fact, { ...data, invoiceIds: [invoice.id] }, 'new_card');
  }
}
